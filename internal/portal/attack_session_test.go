package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/portal"
)

// sessionOf returns the secret of a browser's session; empty if none.
func (b *browser) sessionOf() string {
	b.r.t.Helper()
	at, err := url.Parse(b.r.web.URL)
	if err != nil {
		b.r.t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(at) {
		if c.Name == "sluss" {
			return c.Value
		}
	}
	return ""
}

// opens reports whether a secret is that of a session.
func (r *rig) opens(secret string) bool {
	r.t.Helper()
	return r.browser().raw(http.MethodGet, "/portal/profile", nil, "Cookie", "sluss="+secret).status == http.StatusOK
}

// A session gets another secret wherever it is worth more or its person is
// another: the one before is worth nothing then, and neither is one that
// somebody else has chosen or has in another browser.
func TestSessionsRotate(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.founder("ada@example.com", "O")
	in := func() *browser {
		return r.browser().post("/portal/sign-in", "email", "ada@example.com", "password", goodPassword)
	}
	ada, other := in(), in()
	was, others := ada.sessionOf(), other.sessionOf()
	if !r.opens(was) || !r.opens(others) {
		t.Fatal("not signed in")
	}
	ada.get("/portal/profile/password").post("/portal/profile/password", "password", "quite another password").expect(200, "/portal/profile", "Saved.")
	if now := ada.sessionOf(); now == was || !r.opens(now) || r.opens(was) || r.opens(others) {
		t.Errorf("after a new password the same secret: %t, the old one opens: %t, that of another browser: %t", now == was, r.opens(was), r.opens(others))
	}

	was = ada.sessionOf()
	r.browser().post("/portal/forgot", "email", "ada@example.com")
	r.browser().post("/portal/reset", "link", strings.TrimPrefix(r.link(), "/portal/reset?link="), "password", goodPassword)
	if r.opens(was) {
		t.Error("a session goes on after the password was set by a link")
	}

	half, secret, _ := r.lockedOut("half@example.com")
	was = half.sessionOf()
	r.clock.Advance(time.Minute)
	half.post("/portal/factor", "code", totpCode(t, secret, r.clock.Now())).expect(200, "/portal")
	if now := half.sessionOf(); now == was || !r.opens(now) || r.opens(was) {
		t.Errorf("after the second factor the same secret: %t, the old one opens: %t", now == was, r.opens(was))
	}
}

// What a person may do is looked up with each request, so that no session keeps
// what was taken from its person.
func TestRolesChangeAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	people, _, id := r.cast()
	u, o := r.user("dev@example.com"), r.organisationOf("dev@example.com")
	dev := people["a developer"]
	path := "/portal/apps/" + id + "/settings"
	for _, step := range []struct {
		role developer.Role
		want int
	}{{developer.Viewer, 403}, {developer.Developer, 200}, {"", 303}} {
		if err := r.people.SetRole(t.Context(), o, u.ID, step.role); err != nil {
			t.Fatal(err)
		}
		if got := dev.raw(http.MethodGet, path, nil); got.status != step.want {
			t.Errorf("as %q the session is answered %d, want %d", step.role, got.status, step.want)
		}
	}
	if _, err := r.people.SetDisabled(t.Context(), u.ID, true, "console"); err != nil {
		t.Fatal(err)
	}
	if got := dev.raw(http.MethodGet, "/portal/profile", nil); got.status != http.StatusSeeOther {
		t.Errorf("who was put out is answered %d", got.status)
	}
}

// With https each cookie that any route sets is for this host alone, out of
// reach of scripts and of other sites' forms.
func TestCookiesOfEveryRoute(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada, id := r.chief("ada@example.com")
	secret, token := ada.sessionOf(), ada.csrf()
	r.h.Base = "https" + strings.TrimPrefix(r.h.Base, "http")
	n := 0
	for _, row := range portal.Rows() {
		form := url.Values(nil)
		if row.Method == http.MethodPost {
			form = url.Values{"csrf": {token}, "email": {"ada@example.com"}, "password": {goodPassword}, "name": {"Name"}, "label": {"x"}}
		}
		if leaves(row.Path) && !strings.HasSuffix(row.Path, "/sign-out") || row.Path == "/portal/profile/password" {
			continue
		}
		got := r.browser().raw(row.Method, pathOf(row, id), form, "Cookie", "__Host-sluss="+secret)
		for _, c := range got.header.Values("Set-Cookie") {
			n++
			for _, want := range []string{"; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/"} {
				if !strings.HasPrefix(c, "__Host-") || !strings.Contains(c, want) || strings.Contains(c, "; Domain") {
					t.Errorf("%s %s sets %s", row.Method, row.Path, c)
				}
			}
		}
		if row.Path == "/portal/sign-out" {
			_, next, err := r.people.SignIn(t.Context(), "ada@example.com", goodPassword, developer.Device{})
			if err != nil {
				t.Fatal(err)
			}
			secret = next
		}
	}
	if n < 3 {
		t.Errorf("only %d cookies were set", n)
	}
}

// Answers about an address take the same time, whatever is known of it.
func TestAnswersAreEven(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.founder("ada@example.com", "O")
	r.h.Even = 150 * time.Millisecond
	for _, path := range []string{"/portal/sign-up", "/portal/forgot"} {
		for _, email := range []string{"ada@example.com", "nobody@example.com"} {
			start := clock.Real{}.Now()
			r.browser().raw(http.MethodPost, path, url.Values{"email": {email}, "name": {"X"}, "password": {"a very good password"}})
			if took := (clock.Real{}).Since(start); took < r.h.Even {
				t.Errorf("%s for %s took %s, and is to take %s", path, email, took, r.h.Even)
			}
		}
	}
}

// A link of a mail is too long to be guessed, good for one thing and once, and
// for no other kind of link.
func TestLinksAreNotGuessed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.founder("ada@example.com", "O")
	ada := r.browser().post("/portal/sign-in", "email", "ada@example.com", "password", goodPassword)
	links := map[string]string{}
	take := func(kind string) {
		_, link, _ := strings.Cut(r.link(), "link=")
		links[kind] = link
		if len(link) < 43 {
			t.Errorf("the link to %s has a secret of %d characters", kind, len(link))
		}
	}
	r.browser().post("/portal/sign-up", "email", "new@example.com", "name", "New", "password", goodPassword)
	take("verify")
	r.browser().post("/portal/forgot", "email", "ada@example.com")
	take("reset")
	ada.get("/portal/members").post("/portal/members/invite", "email", "bo@example.com", "role", "owner")
	take("invitation")
	wrong := append([]string{"", "x", strings.Repeat("A", 43)}, links["verify"]+"A", strings.ToUpper(links["reset"]))
	for kind, link := range links {
		for other := range links {
			if other != kind {
				wrong = append(wrong, link)
			}
		}
	}
	guess := func(kind, link string) int {
		form := url.Values{"csrf": {ada.csrf()}, "link": {link}, "password": {"a very good password"}}
		return ada.raw(http.MethodPost, "/portal/"+kind, form).status
	}
	for kind, own := range links {
		for _, link := range wrong {
			if link == own {
				continue
			}
			if got := guess(kind, link); got < 400 || got >= 500 {
				t.Errorf("a wrong link to %s is answered %d", kind, got)
			}
		}
	}
	for _, kind := range []string{"verify", "reset"} {
		if got := guess(kind, links[kind]); got != http.StatusSeeOther {
			t.Errorf("the link to %s is answered %d", kind, got)
		}
		ada.post("/portal/sign-in", "email", "ada@example.com", "password", "a very good password")
		if got := guess(kind, links[kind]); got < 400 || got >= 500 {
			t.Errorf("the link to %s, once more, is answered %d", kind, got)
		}
	}
	r.clock.Advance(40 * 24 * time.Hour)
	ada.post("/portal/sign-in", "email", "ada@example.com", "password", "a very good password")
	if got := guess("invitation", links["invitation"]); got < 400 || got >= 500 {
		t.Errorf("an old invitation is answered %d", got)
	}
}
