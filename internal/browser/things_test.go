//go:build browser

package browser

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pquerna/otp/totp"
)

// promote makes the person an operator, who sees more, and makes what only
// operators and webhooks have to show.
func (i *inspector) promote(w *walk) {
	i.t.Helper()
	w.box.control(i.t, http.MethodPatch, "/users/"+url.PathEscape(w.email), `{"operator": true}`)
	i.hooks(w)
	i.production(w)
	w.open("/portal/operator/kyc?status=open") // a sandbox decides by itself what is sent in
	i.gather()
	w.open("/portal/operator/keys")
	w.press("Make a successor")
	w.says("successor is made")
	i.look("operator keys successor")
	w.open("/portal/operator/audit")
	w.press("Verify it")
	w.says("Nobody has changed anything")
	i.look("operator audit verified")
	w.open("/portal")
	i.gather()
}

// hooks gives the application a webhook, and has messages delivered that are
// taken and that are not.
func (i *inspector) hooks(w *walk) {
	i.t.Helper()
	var broken atomic.Bool
	there := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			http.Error(rw, "the shop is closed", http.StatusServiceUnavailable)
		}
	}))
	i.t.Cleanup(there.Close)
	w.open("/portal/apps/" + w.app.id + "/webhooks")
	i.look("webhooks empty")
	w.fill("Address", there.URL+"/sluss/events/of/the/whole/application")
	w.press("Add it")
	w.says("The signing secret")
	i.look("webhook new")
	here := w.path()
	w.press("Send a test")
	w.until(here, "200")
	w.press("Again")
	w.says("What was to be sent again is on its way")
	broken.Store(true)
	w.press("Send a test")
	w.until(here, "503")
	i.look("webhook deliveries")
	w.open("/portal/apps/" + w.app.id + "/webhooks")
	w.says("failing")
	i.look("webhooks")
}

// production has the organisation ask for access to production and be let in,
// and makes client certificates.
func (i *inspector) production(w *walk) {
	i.t.Helper()
	w.open("/portal/organisation")
	w.fill("Organisation number", "5560160680")
	w.fill("Country", "SE")
	w.press("Save")
	w.fill("What do you want it for?", "Book-keeping for some 200 small companies: their accounts each night, and their salaries once a month.")
	w.press("Ask for access")
	w.says("An operator answers")
	i.look("organisation asked")
	w.open("/portal/operator/access")
	w.says("Book-keeping")
	i.look("operator access asked")
	w.press("Räkna")
	i.look("operator organisation asked")
	w.press("Let it in")
	w.open("/portal/certificates")
	i.look("certificates none")
	w.fill("Password of the PFX", password)
	w.toggle("Make it") // a file comes, and the page stays
	if !eval[bool](w.tab, `await sluss.until(async () => (await (await fetch("/portal/certificates")).text()).includes("Revoke"))`) {
		w.t.Fatal("no certificate is made")
	}
	w.open("/portal/certificates")
	w.says("good")
	i.look("certificates")
	w.press("Revoke")
	w.says("revoked")
	i.look("certificates revoked")
}

// byHand looks at the pages that only a form or a mail leads to.
func (i *inspector) byHand(w *walk) {
	i.t.Helper()
	w.open("/portal/prove?to=/portal/profile")
	i.look("prove")
	w.open("/portal/members")
	i.look("members")
	w.fill("E-mail address", "bo@example.com")
	w.press("Invite")
	i.look("members invited")
	w.open(w.box.mail(w.t, "bo@example.com", "You are invited"))
	i.look("invitation")
	i.factor(w)
}

var codeForm = regexp.MustCompile(`[A-Z2-7 ]{39}`)

// factor sets up an authenticator app, and signs in with it.
func (i *inspector) factor(w *walk) {
	i.t.Helper()
	w.open("/portal/profile/totp")
	i.look("totp")
	w.toggle("Or type the secret")
	secret := codeForm.FindString(eval[string](w.tab, `document.body.innerText`))
	code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), time.Now())
	if err != nil {
		i.t.Fatal(err)
	}
	w.fill("Type the code", code)
	w.press("Switch it on")
	w.says("shown this once")
	i.look("recovery new")
	recovery := regexp.MustCompile(`[a-z2-7]{4}(-[a-z2-7]{4}){3}`).FindString(eval[string](w.tab, `document.body.innerText`))
	w.open("/portal/profile/recovery")
	i.look("recovery")
	w.press("Sign out")
	w.press("Forgot the password?")
	w.fill("E-mail address", w.email)
	w.press("Send")
	i.look("forgot sent")
	w.open(w.box.mail(w.t, w.email, "Set a new password"))
	i.look("reset")
	w.open("/portal/sign-in")
	w.fill("E-mail address", w.email)
	w.fill("Password", password)
	w.press("Sign in")
	i.look("factor")
	w.fill("Code", recovery)
	w.press("Go in")
	w.says("Overview")
	i.look("home")
}
