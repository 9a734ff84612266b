package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sluss.example/sluss/internal/developer"
)

func TestFirstSteps(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser().get("/portal").expect(200, "/portal/sign-in", "Make one")
	b.post("/portal/sign-up", "name", "", "email", "ada", "password", "short").
		expect(422, "/portal/sign-up", "Enter a name.", "such as name@example.com", "at least 10 characters", `aria-invalid="true"`)
	b.post("/portal/sign-up", "name", "Ada", "email", "ada@example.com", "password", goodPassword).expect(200, "/portal/sign-up", "a link is on its way")
	link := r.link()
	b.get(link).expect(200, link, "This is my address")
	b.post("/portal/verify", "link", strings.TrimPrefix(link, "/portal/verify?link=")).expect(200, "/portal/sign-in", "Your address is proved")
	b.get("/portal/sign-in")
	if strings.Contains(b.body, "Your address is proved") {
		t.Error("the page says it twice")
	}
	b.post("/portal/sign-in", "email", "ada@example.com", "password", "wrong").expect(422, "/portal/sign-in", "do not belong together", "ada@example.com")
	b.post("/portal/sign-in", "email", "ada@example.com", "password", goodPassword).expect(200, "/portal/organisations/new", "Your organisation")
	b.post("/portal/organisations/new", "name", "Räkna AB").expect(200, "/portal", "Räkna AB", "No application yet")
	b.get("/portal/sessions").expect(200, "/portal/sessions", "this one", "192.0.2.0/24")
	b.post("/portal/sign-out").expect(200, "/portal/sign-in", "You are signed out.")
	b.get("/portal/sessions?x=1").expect(200, "/portal/sign-in?to=%2Fportal%2Fsessions%3Fx%3D1")
	b.post("/portal/sign-in", "to", "/portal/sessions?x=1", "email", "ada@example.com", "password", goodPassword).expect(200, "/portal/sessions?x=1")
}

// No page leads anywhere else, whatever the link says.
func TestNoOpenRedirect(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.founder("ada@example.com", "O")
	for _, to := range []string{
		"https://evil.example/portal", "//evil.example/portal", `/\evil.example`, "/portal@evil.example", "/portalx", "javascript:alert(1)",
		"/portal/../../evil", "https:/portal", "\t//evil.example",
	} {
		b := r.browser().post("/portal/sign-in", "to", to, "email", "ada@example.com", "password", goodPassword)
		if u, err := url.Parse(b.path); err != nil || u.Host != "" || !strings.HasPrefix(b.path, "/portal") {
			t.Errorf("to=%q leads to %s", to, b.path)
		}
	}
}

func TestForgery(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.founder("ada@example.com", "O")
	send := func(site, token string) int {
		form := url.Values{"csrf": {token}}
		req, err := http.NewRequest(http.MethodPost, r.web.URL+"/portal/sessions/end", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", site)
		return b.do(req).status
	}
	token := csrfForm.FindStringSubmatch(b.body)[1]
	for _, tt := range []struct {
		name, site, token string
		want              int
	}{
		{"ours", "same-origin", token, 200},
		{"another site's", "cross-site", token, 403},
		{"without a token", "same-origin", "", 403},
		{"another session's token", "same-origin", csrfForm.FindStringSubmatch(r.founder("eve@example.com", "E").body)[1], 403},
	} {
		if got := send(tt.site, tt.token); got != tt.want {
			t.Errorf("%s form: %d, want %d", tt.name, got, tt.want)
		}
	}
}

// The cookie changes when somebody signs in, so that a cookie from before is
// worth nothing.
func TestFixation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.founder("ada@example.com", "O")
	b := r.browser()
	at, err := url.Parse(r.web.URL)
	if err != nil {
		t.Fatal(err)
	}
	b.client.Jar.SetCookies(at, []*http.Cookie{{Name: "sluss", Value: "chosen-by-somebody-else", Path: "/"}})
	b.post("/portal/sign-in", "email", "ada@example.com", "password", goodPassword)
	for _, c := range b.client.Jar.Cookies(at) {
		if c.Name == "sluss" && (c.Value == "chosen-by-somebody-else" || len(c.Value) != 43) {
			t.Errorf("the session's cookie is %q", c.Value)
		}
	}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.browser().post("/portal/demo").expect(404, "/portal/demo")
	u := developer.User{ID: "demo", Email: "demo@example.com", Name: "Demo", VerifiedAt: noon, CreatedAt: noon}
	if err := r.people.Store.InsertUser(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	r.h.Demo = u.ID
	r.browser().get("/portal").expect(200, "/portal/sign-in", "Go in as the demo developer").
		post("/portal/demo").expect(200, "/portal/organisations/new", "You are the demo developer")
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser().get("/portal/sign-in")
	csp := b.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'self'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("CSP %q lacks %s", csp, want)
		}
	}
	if strings.Contains(csp, "unsafe") || b.header.Get("Cache-Control") != "no-store" || b.header.Get("X-Frame-Options") != "DENY" {
		t.Errorf("headers %v", b.header)
	}
	for _, inline := range []string{"<script>", "onclick=", "style="} {
		if strings.Contains(b.body, inline) {
			t.Errorf("the page has %s", inline)
		}
	}
	r.browser().get("/portal/nothing").expect(404, "/portal/nothing", "There is no such page")
}
