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
	w.fill("Password", "not it at all")
	w.press("Sign in")
	w.says("do not belong together")
	w.seen("sign-in wrong")
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
	w.fill("Redirect URIs", redirect)
	w.press("Make the application")
	w.says("Your client secret", "shown this once")
	w.app = &app{t: w.t, box: w.box, redirect: redirect, secret: w.shown()}
	w.app.id = strings.TrimPrefix(w.path(), "/portal/apps/")
	w.seen("app new")
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
	w.complain("the end")
}
