//go:build browser

package browser

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

const password = "correct horse battery"

var secretForm = regexp.MustCompile(`sluss_[0-9A-Za-z_-]{40,}`)

// A walk is a person's first hour: from no account to a bank's accounts.
type walk struct {
	*tab
	hand
	box     *sandbox
	app     *app
	email   string
	scripts bool
	careful bool // types no wrong password: after five from one network all have to wait
	// look is called at every new page; it may be nil.
	look func(page string)
}

func (w *walk) seen(page string) {
	w.t.Helper()
	if w.look != nil {
		w.look(page)
	}
	w.complain(page)
}

// TestWalk takes the same way in four manners.
func TestWalk(t *testing.T) {
	browser, box := startBrowser(t), startSandbox(t)
	back := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<!doctype html><html lang=en><link rel=icon href=data:,><title>Back</title><main><h1>Back in the app</h1></main>"))
	}))
	t.Cleanup(back.Close)
	tests := []struct {
		name    string
		size    size
		scripts bool
		hand    func(*tab) hand
	}{
		{"phone", phone, true, func(w *tab) hand { return pointer{w} }},
		{"keyboard", desktop, true, func(w *tab) hand { return keyboard{w} }},
		{"no scripts", desktop, false, func(w *tab) hand { return pointer{w} }},
	}
	t.Run("ways", func(t *testing.T) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				w := &walk{tab: newTab(t, browser, box.Auth, tt.size, tt.scripts), box: box, scripts: tt.scripts}
				w.hand = tt.hand(w.tab)
				w.email = strings.ReplaceAll(tt.name, " ", "-") + "@example.com"
				w.all(back.URL + "/callback")
			})
		}
		t.Run("passkey", func(t *testing.T) {
			t.Parallel()
			w := &walk{tab: newTab(t, browser, box.Auth, phone, true), box: box, scripts: true, careful: true, email: "grace@example.com"}
			w.hand = pointer{w.tab}
			w.passkey()
		})
		t.Run("console, by keyboard and without scripts", func(t *testing.T) {
			t.Parallel()
			w := &walk{tab: newTab(t, browser, box.Auth, desktop, false), box: box}
			k := keyboard{w.tab}
			w.hand = k
			w.tour("Swedbank", func() {
				k.reach("any", "SEB")
				w.key(kb.ArrowDown)
			})
		})
		t.Run("console, and its pages", func(t *testing.T) {
			t.Parallel()
			w := &walk{tab: newTab(t, browser, box.Auth, desktop, true), box: box, scripts: true}
			w.hand = pointer{w.tab}
			w.look = newInspector(t, w.tab, os.Getenv("SLUSS_SCREENSHOTS")).look
			w.tour("Handelsbanken", func() { w.toggle("Handelsbanken") })
			w.redirected(back.URL + "/callback")
		})
		t.Run("desktop, and every page", func(t *testing.T) {
			t.Parallel()
			w := &walk{tab: newTab(t, browser, box.Auth, desktop, true), box: box, scripts: true, email: "ada@example.com"}
			w.hand = pointer{w.tab}
			i := newInspector(t, w.tab, os.Getenv("SLUSS_SCREENSHOTS"))
			w.look = i.look
			w.all(back.URL + "/callback")
			i.rest(w)
		})
	})
}

// all walks the whole way.
func (w *walk) all(redirect string) {
	w.t.Helper()
	w.join()
	w.makeApp(redirect)
	w.watch()
	w.rotate()
	w.approve()
	if w.look == nil {
		w.remove()
	}
}

// skip follows the link that skips the menus, as who has only keys would.
func (w *walk) skip() {
	w.t.Helper()
	k, ok := w.hand.(keyboard)
	if !ok {
		return
	}
	k.reach("press", "Skip to the content")
	w.key(kb.Enter)
	if at := eval[string](w.tab, `document.activeElement.id`); at != "main" {
		w.t.Errorf("the link that skips leads to %q", at)
	}
}

// join makes an account and an organisation.
func (w *walk) join() {
	w.t.Helper()
	w.open("/portal")
	w.seen("sign-in")
	w.skip()
	w.press("Make one")
	w.seen("sign-up")
	w.fill("Your name", "Ada")
	w.fill("E-mail address", w.email)
	w.fill("Password", password)
	w.press("Make the account")
	w.says("a link is on its way")
	w.seen("sign-up sent")
	w.open(w.box.mail(w.t, w.email, "Prove"))
	w.seen("verify")
	w.press("This is my address")
	w.says("Your address is proved")
	w.fill("E-mail address", w.email)
	if !w.careful {
		w.fill("Password", "not it at all")
		w.press("Sign in")
		w.says("do not belong together")
		w.seen("sign-in wrong")
	}
	w.fill("Password", password)
	w.press("Sign in")
	w.says("Your organisation")
	w.seen("organisation-new first")
	w.fill("Name", "Räkna "+w.email)
	w.press("Make it")
	w.says("No application yet")
	w.seen("home empty")
}

// makeApp makes an application, and gets a token with the secret that it is
// shown.
func (w *walk) makeApp(redirect string) {
	w.t.Helper()
	w.press("Make the first one")
	w.seen("app-new")
	w.fill("Name", "Ledger")
	w.fill("Redirect URIs", "http://shop.example/callback")
	if w.scripts {
		w.says("Line 1 must be https") // at once
	}
	w.press("Make the application")
	w.says("a redirect URI is https")
	w.seen("app-new wrong")
	w.fill("Redirect URIs", redirect)
	w.press("Make the application")
	w.says("Your client secret", "shown this once")
	w.app = &app{t: w.t, box: w.box, redirect: redirect, secret: w.shown()}
	w.says("curl "+w.box.Auth+"/connect/token", "client_secret="+w.app.secret)
	w.app.id = strings.TrimPrefix(w.path(), "/portal/apps/")
	w.seen("app made")
	if status := w.app.first("accountinformation private"); status != http.StatusOK {
		w.t.Fatalf("the secret that was shown gets %d", status)
	}
}

// shown returns the secret that the page shows.
func (w *walk) shown() string {
	w.t.Helper()
	return secretForm.FindString(eval[string](w.tab, `document.body.innerText`))
}

// watch sees calls appear in the log of requests.
func (w *walk) watch() {
	w.t.Helper()
	w.press("Requests")
	w.seen("requests empty")
	w.app.call(http.MethodGet, "/psd2/aspspinformation/v1/aspsps", "")
	if w.scripts {
		w.wait("/psd2/aspspinformation/v1/aspsps") // by itself
	} else {
		if !eval[bool](w.tab, `true`) {
			return
		}
		w.open(w.path())
		for range 20 {
			if strings.Contains(eval[string](w.tab, `document.body.innerText`), "aspspinformation/v1") {
				break
			}
			w.press("Load again")
		}
		w.says("/psd2/aspspinformation/v1/aspsps")
	}
	w.open(w.path())
	w.seen("requests")
	w.press("GET /psd2/aspspinformation/v1/aspsps")
	w.says("Make it again")
	w.seen("request")
	w.fails()
}

// fails makes a call that is refused, finds it in the log by a filter, and reads
// there why it was, what to do, and how to make it again.
func (w *walk) fails() {
	w.t.Helper()
	const path = "/psd2/consent/v1/consents/99f0b5a2-4d1e-4c7a-8f5b-2f6f4d0c9a11"
	if status, _ := w.app.send(http.MethodGet, path, "", "", "Authorization", "Bearer "+w.app.token, "X-BicFi", "ESSESESS"); status != http.StatusBadRequest {
		w.t.Fatalf("a call without an X-Request-ID gets %d", status)
	}
	log := "/portal/apps/" + w.app.id + "/requests"
	w.until(log, "400")
	w.fill("Error code", "FORMAT_ERROR")
	w.press("Filter")
	w.says("Show all", path)
	if w.has("aspspinformation") {
		w.t.Errorf("the filter leaves in what it should not: %s", eval[string](w.tab, `document.body.innerText`))
	}
	w.seen("requests filtered")
	w.press("GET " + path)
	w.says("FORMAT_ERROR", "What to do:", "More in the guides", "X-Request-ID", "Make it again")
	for _, language := range []string{"Go", "JavaScript", "Python"} { // curl is open
		w.toggle(language)
	}
	if w.scripts {
		w.toggle("Copy the Python call")
		if !eval[bool](w.tab, `await sluss.until(() => /Copied|Selected/.test(document.body.innerText))`) {
			w.t.Error("the button that copies does nothing")
		}
	}
	w.seen("request failed")
	w.press("More in the guides")
	if !strings.HasPrefix(w.path(), "/docs/") || w.status() != http.StatusOK {
		w.t.Errorf("the hint leads to %s, %d", w.at(), w.status())
	}
}

// rotate makes another secret and takes the first away.
func (w *walk) rotate() {
	w.t.Helper()
	old := w.app.secret
	w.open("/portal/apps/" + w.app.id)
	w.press("Secrets")
	w.seen("secrets")
	first := eval[string](w.tab, `document.querySelector("tbody th").innerText`)
	w.fill("Label", "second")
	w.press("Make a secret")
	w.says("Your client secret")
	w.seen("secrets new")
	w.app.secret = w.shown()
	if w.app.secret == "" || w.app.secret == old || w.app.first("accountinformation private") != http.StatusOK {
		w.t.Fatal("the second secret is no good")
	}
	w.press("Remove " + first)
	w.says("The secret is gone")
	fresh := w.app.secret
	w.app.secret = old
	if status := w.app.first("accountinformation private"); status != http.StatusBadRequest {
		w.t.Errorf("the secret that was removed gets %d", status)
	}
	w.app.secret = fresh
}

// approve has the person approve a consent on the page of a bank, and reads the
// accounts.
func (w *walk) approve() {
	w.t.Helper()
	s := w.app.consent()
	w.open(s.link)
	w.says("Log in", "Ledger")
	w.seen("bank log-in")
	w.press("Log in")
	w.says("Give Ledger access?")
	w.seen("bank consent")
	w.press("Approve")
	w.says("Back in the app")
	back, err := url.Parse(w.at())
	if err != nil || back.Query().Get("state") != "walk" || back.Query().Get("code") == "" {
		w.t.Fatalf("the bank led back to %s", w.at())
	}
	if status := w.app.exchange(s, back.Query().Get("code")); status != http.StatusOK {
		w.t.Fatalf("the code gets %d", status)
	}
	list := w.app.call(http.MethodGet, "/psd2/accountinformation/v1/accounts", "", "Consent-ID", s.id)
	if all, ok := list["accounts"].([]any); !ok || len(all) == 0 {
		w.t.Errorf("no accounts in %v", list)
	}
	w.open("/portal/apps/" + w.app.id + "/consents")
	w.says("valid")
	w.open("/portal/apps/" + w.app.id + "/tokens")
	w.says("private, by hour", "the rule: at most 2 an hour")
	w.toggle("As a table")
	w.says("Hour (UTC)")
	w.complain("the end")
}

// remove deletes the application, whose name has to be typed.
func (w *walk) remove() {
	w.t.Helper()
	w.open("/portal/apps/" + w.app.id)
	w.press("Settings")
	w.press("Delete …")
	w.fill("Type the name of the application", "Leger")
	w.press("Delete it")
	w.says("Type the name of the application")
	w.fill("Type the name of the application", "Ledger")
	w.press("Delete it")
	w.says("No application yet")
	if status := w.app.first("accountinformation private"); status != http.StatusBadRequest {
		w.t.Errorf("the deleted application gets %d", status)
	}
	w.complain("deleted")
}
