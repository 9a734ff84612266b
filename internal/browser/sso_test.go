//go:build browser

package browser

import (
	"net/http"
	"net/url"
	"os"
	"testing"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/sso/ssotest"
)

// TestSingleSignOn lets an operator in by another site, with the keyboard and
// without scripts too, and looks at what there is to see on the way.
func TestSingleSignOn(t *testing.T) {
	browser, provider := startBrowser(t), ssotest.Start(t, clock.Real{}.Now)
	provider.Page, provider.Away = true, true
	box := startSandbox(t, "--set", "sso.issuer="+provider.URL, "--set", "sso.clientId="+ssotest.ClientID, "--set", "sso.domains=example.com",
		"--set", "sso.operatorClaim=groups=sluss-operators")
	w := &signOn{walk: walk{tab: newTab(t, browser, box.Auth, desktop, true), box: box, scripts: true}}
	w.hand = pointer{w.tab}
	i := newInspector(t, w.tab, os.Getenv("SLUSS_SCREENSHOTS"))
	w.look = i.look
	w.open("/portal/sso")
	w.says("The identity provider does not answer")
	w.seen("sso away")
	provider.Away = false
	keys := &signOn{walk: walk{tab: newTab(t, browser, box.Auth, phone, false), box: box}}
	keys.hand = keyboard{keys.tab}
	keys.in()
	w.in()
	w.account()
	w.refused(provider)
	for _, pattern := range []string{"GET /portal/sso", "GET /portal/sso/callback"} {
		if !i.visited[pattern] {
			t.Errorf("nobody looked at %s", pattern)
		}
	}
}

// TestInstallation looks at what an installation shows to an operator who is
// the first to come: it has no demo developer, no console, and nobody signs up.
func TestInstallation(t *testing.T) {
	browser, provider := startBrowser(t), ssotest.Start(t, clock.Real{}.Now)
	provider.Page = true
	box := startInstallation(t, provider.URL)
	w := &signOn{walk: walk{tab: newTab(t, browser, box.Auth, desktop, true), box: box, scripts: true}}
	w.hand = pointer{w.tab}
	w.look = newInspector(t, w.tab, os.Getenv("SLUSS_SCREENSHOTS")).look
	w.open("/portal")
	for _, none := range []string{"demo", "No account yet?"} {
		if w.has(none) {
			t.Errorf("the page where one signs in says %q", none)
		}
	}
	w.seen("installation sign-in")
	w.through("Single sign-on for operators")
	w.says("Your organisation")
	w.seen("installation organisation-new")
	w.fill("Name", "Räkna AB")
	w.press("Make it")
	w.says("No application yet")
	w.seen("installation home")
	for _, page := range []string{"/portal/try", "/portal/sandbox", "/portal/nothing"} {
		w.open(page)
		if status := w.status(); status != http.StatusNotFound {
			t.Errorf("%s is %d", page, status)
		}
	}
	for _, page := range []string{"operator", "operator/users", "operator/banks", "operator/settings", "apps/new", "organisation", "certificates"} {
		w.open("/portal/" + page)
		if w.status() != http.StatusOK || w.has("made up") {
			t.Errorf("%s is %d", page, w.status())
		}
		w.seen("installation " + page)
	}
}

// A signOn is a walk of an operator who signs in by another site.
type signOn struct{ walk }

// through goes to the other site, and back.
func (w *signOn) through(name string) {
	w.t.Helper()
	w.press(name)
	w.says("Another site")
	w.complain(name)
	w.press("Let me in")
}

// in signs in on the way to an operators' page, and proves who it is once more
// on the way to another.
func (w *signOn) in() {
	w.t.Helper()
	w.open("/portal/operator")
	w.says("Single sign-on for operators")
	w.seen("sso sign-in")
	w.through("Single sign-on for operators")
	w.says("Nobody waits", "Opal")
	if w.path() != "/portal/operator" {
		w.t.Errorf("single sign-on leads to %s", w.at())
	}
	w.seen("sso operator")
	w.open("/portal/prove?to=" + url.QueryEscape("/portal/operator/keys"))
	w.seen("sso prove")
	w.through("Single sign-on again")
	if w.path() != "/portal/operator/keys" {
		w.t.Errorf("the proof leads to %s", w.at())
	}
	w.seen("sso operator keys")
}

// account looks at what is said of an account that has no password.
func (w *signOn) account() {
	w.t.Helper()
	w.open("/portal/profile")
	w.says("you sign in without")
	w.seen("sso profile")
	w.open("/portal/operator/users")
	w.press("op@example.com")
	w.says("Single sign-on")
	w.seen("sso user")
	w.press("Sign out")
}

// refused tries to get in when that must not be.
func (w *signOn) refused(p *ssotest.Provider) {
	w.t.Helper()
	p.Claims["groups"] = []string{"x"}
	w.open("/portal/sign-in")
	w.through("Single sign-on for operators")
	w.says("not among the operators")
	w.seen("sso no operator")
	p.Answer = func(q url.Values) {
		q.Del("code")
		q.Set("error", "access_denied")
	}
	w.open("/portal/sign-in")
	w.through("Single sign-on for operators")
	w.says("did not let you in")
	w.seen("sso denied")
	w.open("/portal/sso/callback?code=c-1&state=x")
	w.says("not begun in this browser")
	w.seen("sso not begun")
}
