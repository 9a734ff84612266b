package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

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
}

// No page leads out of the portal, whatever its link or its form says.
func TestNoRouteRedirectsElsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada, id := r.chief("ada@example.com")
	names := []string{"to", "next", "redirect", "return", "url", "Referer"}
	for _, row := range portal.Rows() {
		for _, to := range elsewhere {
			if strings.HasSuffix(row.Path, "/sign-out") {
				continue
			}
			form := url.Values{"csrf": {ada.csrf()}, "email": {"ada@example.com"}, "password": {goodPassword}}
			for _, name := range names {
				form.Set(name, to)
			}
			var got answer
			if row.Method == http.MethodGet {
				got = ada.raw(row.Method, pathOf(row, id)+"?"+form.Encode(), nil)
			} else {
				got = ada.raw(row.Method, pathOf(row, "x"), form)
			}
			at, err := url.Parse(got.header.Get("Location"))
			if err != nil || at.Host != "" || at.Scheme != "" || strings.HasPrefix(strings.TrimLeft(at.Path, `/\`), "evil") {
				t.Errorf("%s %s with %q leads to %q", row.Method, row.Path, to, got.header.Get("Location"))
			}
			break // one way for each route, and all ways for those that read it
		}
	}
	for _, to := range elsewhere {
		for _, path := range []string{"/portal/sign-in", "/portal/prove", "/portal/factor", "/portal/demo"} {
			form := url.Values{"csrf": {ada.csrf()}, "email": {"ada@example.com"}, "password": {goodPassword}, "to": {to}}
			for _, got := range []answer{ada.raw(http.MethodPost, path, form), ada.raw(http.MethodGet, path+"?"+form.Encode(), nil)} {
				at, err := url.Parse(got.header.Get("Location"))
				if err != nil || at.Host != "" || at.Scheme != "" || at.Path != "" && !strings.HasPrefix(at.Path, "/portal") {
					t.Errorf("%s with %q leads to %q", path, to, got.header.Get("Location"))
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
	at, err := url.Parse(r.web.URL)
	if err != nil {
		t.Fatal(err)
	}
	cookie := func() string {
		for _, c := range b.client.Jar.Cookies(at) {
			if c.Name == "sluss" {
				return c.Value
			}
		}
		return ""
	}
	opens := func(value string) bool {
		return r.browser().raw(http.MethodGet, "/portal/profile", nil, "Cookie", "sluss="+value).status == http.StatusOK
	}
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
