package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/portal"
)

// No form is taken that was not made by us, for this session.
func TestForgeryOfEveryForm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada, id := r.chief("ada@example.com")
	eve, _ := r.chief("eve@example.com")
	own, foreign := ada.csrf(), eve.csrf()
	const form = "application/x-www-form-urlencoded"
	tests := []struct {
		name, token string
		header      []string
		public      bool // holds for public routes too
	}{
		{"no token", "", nil, false},
		{"another session's token", foreign, nil, false},
		{"from another site", own, []string{"Sec-Fetch-Site", "cross-site"}, true},
		{"from another host of the site", own, []string{"Sec-Fetch-Site", "same-site"}, true},
		{"from another origin", own, []string{"Origin", "https://evil.example", "Content-Type", form}, true},
		{"from no origin", own, []string{"Origin", "null"}, true},
	}
	n := 0
	for _, row := range portal.Rows() {
		if row.Method != http.MethodPost {
			continue
		}
		for _, tt := range tests {
			if row.Public && !tt.public {
				continue
			}
			n++
			got := ada.raw(row.Method, pathOf(row, id), url.Values{"csrf": {tt.token}}, tt.header...)
			if got.status != http.StatusForbidden {
				t.Errorf("POST %s %s: %d, want 403", row.Path, tt.name, got.status)
			}
		}
	}
	if n < 200 {
		t.Errorf("only %d forms were tried", n)
	}
	if b := ada.get("/portal/apps/" + id); b.status != http.StatusOK {
		t.Errorf("the application answers with %d", b.status)
	}
}

// elsewhere are ways to write an address that is not ours.
var elsewhere = []string{
	"https://evil.example/portal", "//evil.example/portal", `/\evil.example`, `\\evil.example`, "/portal@evil.example", "javascript:alert(1)",
	"/portal/../..//evil.example", "https:/portal", "\t//evil.example", "/portal/\r\nLocation: https://evil.example", "http:evil.example", "/%2F/evil.example",
	"https:evil.example", "///evil.example/portal", `/\/evil.example`, "%2f%2fevil.example", "%68ttps://evil.example", "/portal/%2e%2e//evil.example", "\x00//evil.example",
	"/\t/evil.example", "\u2215\u2215evil.example", "https://localhost@evil.example/portal", "//evil.example%00/portal", `/portal/\..\..\evil.example`, "data:text/html,x", "HTTPS://EVIL.EXAMPLE",
}

// ways are the names by which programs are told where to go on to.
var ways = []string{
	"to", "next", "redirect", "redirect_uri", "redirect_url", "return", "return_to", "returnUrl", "continue", "goto", "url", "from", "link", "back", "rd", "dest", "target", "Referer",
}

// staysHere checks that an answer leads nowhere but to a page of ours.
func staysHere(t *testing.T, what string, got *answer) {
	t.Helper()
	to := got.header.Get("Location")
	at, err := url.Parse(to)
	if err != nil || at.Host != "" || at.Scheme != "" || to != "" && at.Path != "/portal" && !strings.HasPrefix(at.Path, "/portal/") ||
		strings.ContainsAny(to, "\r\n\t\x00\\") || strings.Contains(at.Path, "//") || strings.Contains(at.Path, "..") {
		t.Errorf("%s leads to %q", what, to)
	}
	if r := got.header.Get("Refresh"); r != "" || strings.Contains(strings.ToLower(got.body), `http-equiv="refresh"`) {
		t.Errorf("%s goes on by itself: %q", what, r)
	}
}

// No page leads out of the portal, whatever its link or its form says, to who
// is signed in or not, and with a Referer that is not ours.
func TestNoRouteRedirectsElsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.h.Demo = "demo"
	if err := r.people.Store.InsertUser(t.Context(), developer.User{ID: "demo", Email: "demo@example.com", Name: "Demo", VerifiedAt: noon, CreatedAt: noon}); err != nil {
		t.Fatal(err)
	}
	ada, id := r.chief("ada@example.com")
	half, _, _ := r.lockedOut("half@example.com")
	for who, b := range map[string]*browser{"an owner": ada, "who lacks the second factor": half, "a stranger": r.browser()} {
		token := csrfOf(b)
		for _, row := range portal.Rows() {
			if leaves(row.Path) || row.Path == "/portal/demo" || row.Path == "/portal/sign-in" && row.Method == http.MethodPost {
				continue // below: these are others' session then
			}
			for i, to := range elsewhere {
				if i%4 != 0 && !strings.Contains("/portal/factor /portal/prove /portal/sso /portal/passkey", row.Path) {
					continue // all ways for those that read it, some for the others
				}
				form := url.Values{"csrf": {token}}
				for _, name := range ways {
					form.Set(name, to)
				}
				what := row.Method + " " + row.Path + " with " + to + " to " + who
				path := pathOf(row, id)
				if row.Method == http.MethodGet {
					form.Del("csrf")
					got := b.raw(row.Method, path+"?"+form.Encode(), nil)
					staysHere(t, what, &got)
					continue
				}
				got := b.raw(row.Method, pathOf(row, "x")+"?"+form.Encode(), form, "Referer", "https://evil.example/portal")
				staysHere(t, what, &got)
			}
		}
	}
	r.clock.Advance(time.Hour) // so many tries must wait
	for _, to := range elsewhere {
		want := http.StatusSeeOther
		if strings.Contains(to, "\x00") {
			want = http.StatusBadRequest
		}
		form := url.Values{"email": {"ada@example.com"}, "password": {goodPassword}}
		for _, name := range ways {
			form.Set(name, to)
		}
		for _, path := range []string{"/portal/sign-in", "/portal/demo"} {
			got := r.browser().raw(http.MethodPost, path, form)
			if staysHere(t, "POST "+path+" with "+to, &got); got.status != want {
				t.Errorf("POST %s: %d", path, got.status)
			}
			form.Set("csrf", ada.csrf())
			got = ada.raw(http.MethodPost, "/portal/prove", form)
			if staysHere(t, "POST /portal/prove with "+to, &got); got.status != want {
				t.Errorf("POST /portal/prove: %d", got.status)
			}
		}
	}
}

// What is no text gets nowhere, in any field, part of a path or parameter.
func TestNoTextIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada, id := r.chief("ada@example.com")
	token := ada.csrf()
	for _, row := range portal.Rows() {
		if leaves(row.Path) {
			continue
		}
		for _, bad := range []string{"a\x00b", "a\xff"} {
			path, escaped := pathOf(row, id), url.QueryEscape(bad)
			var got []answer
			if row.Method == http.MethodPost {
				got = append(got, ada.raw(row.Method, path, url.Values{"csrf": {token}, "name": {bad}}), ada.raw(row.Method, path, url.Values{"csrf": {token}, bad: {"x"}}))
			} else {
				got = append(got, ada.raw(row.Method, path+"?type="+escaped, nil))
			}
			if strings.Contains(row.Path, "{") {
				got = append(got, ada.raw(http.MethodGet, braces.ReplaceAllString(row.Path, escaped), nil))
			}
			for _, a := range got {
				if a.status != http.StatusBadRequest {
					t.Errorf("%s %s with %q: %d", row.Method, row.Path, bad, a.status)
				}
			}
		}
	}
}

// No page can be framed, stored or taken for something else, not even one that
// says that something is wrong.
func TestHeadersOfEveryPage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada, id := r.chief("ada@example.com")
	for _, row := range portal.Rows() {
		path := pathOf(row, id)
		form := url.Values(nil)
		if row.Method == http.MethodPost {
			form = url.Values{"csrf": {""}}
		}
		for who, b := range map[string]*browser{"an owner": ada, "a stranger": r.browser()} {
			got := b.raw(row.Method, path, form)
			h := got.header
			if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
				t.Errorf("%s %s for %s has the policy %q", row.Method, row.Path, who, csp)
			}
			if h.Get("X-Frame-Options") != "DENY" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s for %s has the headers %v", row.Method, row.Path, who, h)
			}
			for _, c := range h.Values("Set-Cookie") {
				if !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=") {
					t.Errorf("%s %s sets %s", row.Method, row.Path, c)
				}
			}
		}
	}
}

// A session ends where another begins in the same browser, and what was not a
// session before is none after.
func TestSessionsDoNotSurvive(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.founder("ada@example.com", "O")
	cookie, opens := b.sessionOf, r.opens
	first := cookie()
	b.raw(http.MethodPost, "/portal/sign-in", url.Values{"email": {"ada@example.com"}, "password": {goodPassword}})
	if second := cookie(); second == first || !opens(second) || opens(first) {
		t.Errorf("after a second sign-in the first cookie opens: %t, the second: %t", opens(first), opens(second))
	}
	last := cookie()
	b.raw(http.MethodPost, "/portal/sign-out", url.Values{"csrf": {b.csrf()}})
	if opens(last) {
		t.Error("the cookie opens after who had it signed out")
	}
}
