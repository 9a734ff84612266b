package portal_test

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/portal"
	"sluss.example/sluss/internal/reqlog"
)

// An answer is what came back, with no redirect followed.
type answer struct {
	status int
	header http.Header
	body   string
}

// raw sends one request of the browser.
func (b *browser) raw(method, path string, form url.Values, header ...string) answer {
	b.r.t.Helper()
	req, err := http.NewRequestWithContext(b.r.t.Context(), method, b.r.web.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.r.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := *b.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		b.r.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.r.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(body)}
}

// csrf returns the token of the session's forms.
func (b *browser) csrf() string {
	b.r.t.Helper()
	m := csrfForm.FindStringSubmatch(b.raw(http.MethodGet, "/portal/profile", nil).body)
	if m == nil {
		b.r.t.Fatal("the profile has no form")
	}
	return m[1]
}

// pathOf returns the path of a row for an application.
func pathOf(row portal.Row, id string) string {
	return braces.ReplaceAllString(strings.ReplaceAll(row.Path, "{app}", id), "x")
}

// chief is somebody who may do everything: an owner, and an operator.
func (r *rig) chief(email string) (b *browser, id string) {
	r.t.Helper()
	b = r.operator(email).post("/portal/organisations/new", "name", "Org of "+email)
	return b, strings.TrimPrefix(b.newApp("App of "+email), "/portal/apps/")
}

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

// payload is a script, in all ways in which one gets into a page.
const payload = `x"'><script>alert(1)</script><img src=x onerror=alert(2)>`

var (
	formForm  = regexp.MustCompile(`(?s)<form[^>]*method="post"[^>]*action="([^"]+)"[^>]*>(.*?)</form>`)
	fieldForm = regexp.MustCompile(`(?s)<(input|textarea|select)\b([^>]*)>`)
	nameForm  = regexp.MustCompile(`\bname="([^"]+)"`)
	valueForm = regexp.MustCompile(`\bvalue="([^"]*)"`)
	linkTo    = regexp.MustCompile(`href="(/portal[^"#]*)"`)
)

// injected fails if the page has the payload as markup.
func injected(t *testing.T, where, body string) {
	t.Helper()
	for _, bad := range []string{"<script>alert", "<img src=x"} {
		if i := strings.Index(body, bad); i >= 0 {
			t.Errorf("%s is open to scripts: …%s", where, body[max(0, i-120):min(len(body), i+60)])
		}
	}
}

// A form as a page has it.
type filled struct {
	action string
	fields url.Values
	typed  []string // names of what a person writes
}

func formsOf(body string) (all []filled) {
	for _, m := range formForm.FindAllStringSubmatch(body, -1) {
		f := filled{action: html.UnescapeString(m[1]), fields: url.Values{}}
		for _, field := range fieldForm.FindAllStringSubmatch(m[2], -1) {
			name, value := nameForm.FindStringSubmatch(field[2]), valueForm.FindStringSubmatch(field[2])
			if name == nil {
				continue
			}
			text := ""
			if value != nil {
				text = html.UnescapeString(value[1])
			}
			f.fields.Add(name[1], text)
			if name[1] != "csrf" {
				f.typed = append(f.typed, name[1])
			}
		}
		all = append(all, f)
	}
	return all
}

// ends are forms that end the walk through all forms, or what it stands on.
var ends = regexp.MustCompile(`/(sign-out|leave|sessions/end|turn|demo|disable|remove|profile/password|users|operators?/.*)$`)

// crawl returns what all pages that links lead to say, by their path.
func (b *browser) crawl(from ...string) map[string]string {
	b.r.t.Helper()
	pages, todo := map[string]string{}, append([]string{"/portal"}, from...)
	for len(todo) > 0 && len(pages) < 300 {
		path := todo[0]
		todo = todo[1:]
		if _, done := pages[path]; done || strings.Contains(path, "/assets/") || strings.Contains(path, "sign-out") {
			continue
		}
		got := b.raw(http.MethodGet, path, nil)
		pages[path] = got.body
		for _, m := range linkTo.FindAllStringSubmatch(got.body, -1) {
			todo = append(todo, html.UnescapeString(m[1]))
		}
	}
	return pages
}

// A script in any field of any form, and in what programs send, is text on
// every page.
func TestNoFieldIsOpenToScripts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada, id := r.chief("ada@example.com")
	e := reqlog.Entry{
		ClientID: id, At: noon, Method: payload, Route: payload, Path: "/" + payload, BICFI: payload, Status: 400, Code: payload, Reason: payload, Field: payload,
		Detail: payload, RequestID: payload, Headers: reqlog.Headers(func(string) string { return payload }),
	}
	if err := r.db.InsertRequests(t.Context(), []reqlog.Entry{e}); err != nil {
		t.Fatal(err)
	}
	c := consentOf(id, 1)
	c.BICFI, c.Authorisations[0].Message, c.Authorisations[0].Method = payload, payload, payload
	r.putConsents(c)
	sent := map[string]bool{}
	for range 2 { // the second time round with what the first has stored
		for path, body := range ada.crawl() {
			injected(t, path, body)
			for _, f := range formsOf(body) {
				key := f.action + fmt.Sprint(f.typed)
				if sent[key] || ends.MatchString(f.action) {
					continue
				}
				sent[key] = true
				form := url.Values{"csrf": {ada.csrf()}}
				for _, name := range f.typed {
					form.Set(name, payload)
				}
				injected(t, "POST "+f.action, ada.raw(http.MethodPost, f.action, form).body)
				for _, name := range f.typed { // and each alone, where all at once fail
					one := url.Values{}
					for k, v := range f.fields {
						one[k] = v
					}
					one.Set("csrf", form.Get("csrf"))
					one.Set(name, payload)
					injected(t, "POST "+f.action+" "+name, ada.raw(http.MethodPost, f.action, one).body)
				}
			}
		}
	}
	if len(sent) < 10 {
		t.Errorf("only %d forms were found", len(sent))
	}
	query := url.Values{}
	for _, name := range []string{"to", "link", "invitation", "status", "code", "bank", "method", "before", "after", "q", "step", "error", "state", "kind", "page"} {
		query.Set(name, payload)
	}
	for _, row := range portal.Rows() {
		if row.Method == http.MethodGet {
			injected(t, "GET "+row.Path, ada.raw(row.Method, pathOf(row, id)+"?"+query.Encode(), nil).body)
			injected(t, "GET "+row.Path, ada.raw(row.Method, braces.ReplaceAllString(row.Path, url.PathEscape(payload)), nil).body)
		}
	}
	agent := r.browser()
	agent.raw(http.MethodPost, "/portal/sign-in", url.Values{"email": {"ada@example.com"}, "password": {goodPassword}}, "User-Agent", payload)
	injected(t, "/portal/sessions", ada.raw(http.MethodGet, "/portal/sessions", nil).body)
}

// ids are what hidden fields and values of forms name.
func ids(pages map[string]string) url.Values {
	all := url.Values{}
	for _, body := range pages {
		for _, f := range formsOf(body) {
			for name, values := range f.fields {
				if name != "csrf" && name != "to" {
					all[name] = append(all[name], values...)
				}
			}
		}
	}
	for name := range all {
		slices.Sort(all[name])
		all[name] = slices.DeleteFunc(slices.Compact(all[name]), func(s string) bool { return s == "" })
	}
	return all
}

var changing = regexp.MustCompile(`(?s)name="(?:csrf|sealed)" value="[^"]*"|<img class="qr"[^>]*>|<code>[A-Z2-7 ]{39}</code>|<time[^>]*>[^<]*</time>|<summary>.*?</summary>`)

// Who belongs to another organisation sees none of its pages, and changes
// nothing of it by any form, with its ids in every field.
func TestNothingOfOthersByAnyID(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.founder("ada@example.com", "Adas")
	adas := strings.TrimPrefix(ada.newApp("Ledger"), "/portal/apps/")
	ada.get("/portal/members").post("/portal/members/invite", "email", "bo@example.com", "role", "viewer")
	r.putConsents(consentOf(adas, 1))
	if err := r.db.InsertRequests(t.Context(), []reqlog.Entry{{ClientID: adas, At: noon, Method: "GET", Route: "GET /x", Path: "/ledgers-call", Status: 200}}); err != nil {
		t.Fatal(err)
	}
	eve := r.founder("eve@example.com", "Eves")
	eves := strings.TrimPrefix(eve.newApp("Spy"), "/portal/apps/")
	before := ada.crawl()
	for path := range before {
		if got := eve.raw(http.MethodGet, path, nil); strings.Contains(got.body, adas) && !strings.Contains(path, adas) || strings.Contains(got.body, "Ledger") ||
			strings.Contains(got.body, "ada@example.com") || strings.Contains(strings.Split(path, "?")[0], adas) && got.status != http.StatusNotFound {
			t.Errorf("GET %s answers a stranger with %d:\n%s", path, got.status, got.body)
		}
		if at := strings.ReplaceAll(path, adas, eves); at != path && at != strings.Split(at, "?")[0] || regexp.MustCompile(`/apps/[^/]+/[^/]+/.`).MatchString(path) {
			if got := eve.raw(http.MethodGet, at, nil); strings.Contains(got.body, "ledgers-call") || strings.Contains(got.body, "…86") {
				t.Errorf("GET %s shows what is another application's", at)
			}
		}
	}
	stolen := ids(before)
	if len(stolen["secret"]) == 0 || len(stolen["member"]) == 0 || len(stolen["invitation"]) == 0 {
		t.Fatalf("ids in forms: %v", stolen)
	}
	for _, row := range portal.Rows() {
		if row.Method != http.MethodPost || ends.MatchString(row.Path) && !strings.Contains(row.Path, "{app}") && !strings.Contains(row.Path, "remove") && !strings.Contains(row.Path, "end") && !strings.Contains(row.Path, "turn") {
			continue
		}
		for _, owner := range []string{eves, adas} {
			form := url.Values{"csrf": {eve.csrf()}, "organisation": {}, "role": {"viewer"}, "remove": {"yes"}, "do": {"remove"}, "typed": {"Ledger"}, "name": {"Stolen"}}
			for name, values := range stolen {
				if name != "name" && name != "email" {
					form[name] = values
				}
			}
			for _, value := range append([]string{""}, r.organisationOf("ada@example.com")) {
				form.Set("organisation", value)
				eve.raw(row.Method, pathOf(row, owner), form)
			}
		}
		eve.post("/portal/sign-in", "email", "eve@example.com", "password", goodPassword) // if that has ended the session
	}
	if x := r.organisationOf("eve@example.com"); x == r.organisationOf("ada@example.com") {
		t.Error("a stranger is a member now")
	}
	after := ada.crawl()
	for path, was := range before {
		if changing.ReplaceAllString(was, "") != changing.ReplaceAllString(after[path], "") {
			t.Errorf("%s was\n%s\nand is\n%s", path, was, after[path])
		}
	}
}

// organisationOf returns the first organisation of a user; empty if none.
func (r *rig) organisationOf(email string) string {
	r.t.Helper()
	in, err := r.people.Store.Memberships(r.t.Context(), r.user(email).ID)
	if err != nil {
		r.t.Fatal(err)
	}
	if len(in) == 0 {
		return ""
	}
	return in[0].OrganisationID
}

// extra are fields that no form has.
var extra = url.Values{
	"operator": {"true"}, "Operator": {"true"}, "organisationId": {"o"}, "OrganisationID": {"o"}, "disabled": {"true"}, "Disabled": {"true"},
	"id": {"00000000-0000-4000-8000-000000000009"}, "ID": {"x"}, "environment": {"production"}, "Environment": {"production"}, "userId": {"x"},
	"verified": {"true"}, "VerifiedAt": {"2026-01-01"}, "stage": {"full"}, "Stage": {"full"}, "production": {"true"}, "Extensions.OrganisationID": {"x"}, "Version": {"9"},
}

// What no form asks for changes nothing: nobody becomes an operator, and
// nothing another organisation's.
func TestNoFieldBeyondTheForm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.founder("ada@example.com", "O")
	id := strings.TrimPrefix(ada.newApp("Ledger"), "/portal/apps/")
	user, organisation := r.user("ada@example.com"), r.organisationOf("ada@example.com")
	was, err := r.apps.App(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for path, body := range ada.crawl() {
		for _, f := range formsOf(body) {
			if ends.MatchString(f.action) || strings.HasSuffix(f.action, "/delete") {
				continue
			}
			form := url.Values{}
			for name, value := range extra {
				form[name] = value
			}
			for name, value := range f.fields {
				form[name] = value
			}
			form.Set("csrf", ada.csrf())
			if form.Get("name") == "" {
				form.Set("name", "O")
			}
			if got := ada.raw(http.MethodPost, f.action+"?"+extra.Encode(), form); got.status >= 500 {
				t.Errorf("POST %s of %s: %d", f.action, path, got.status)
			}
		}
	}
	is, err := r.apps.App(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if is.Extensions.OrganisationID != was.Extensions.OrganisationID || is.Environment != was.Environment || is.Disabled != was.Disabled {
		t.Errorf("the application is %+v and was %+v", is, was)
	}
	if u := r.user("ada@example.com"); u.Operator || u.Disabled || u.ID != user.ID || !u.VerifiedAt.Equal(user.VerifiedAt) {
		t.Errorf("the user is %+v and was %+v", u, user)
	}
	if o, err := r.people.Store.Organisation(t.Context(), organisation); err != nil || o.Access.Status == developer.Granted {
		t.Errorf("the organisation is %+v, %v", o, err)
	}
	stranger := url.Values{"name": {"Eve"}, "email": {"eve@example.com"}, "password": {goodPassword}, "role": {"owner"}}
	for name, value := range extra {
		stranger[name] = value
	}
	r.browser().raw(http.MethodPost, "/portal/sign-up", stranger)
	if u := r.user("eve@example.com"); u.Operator || !u.VerifiedAt.IsZero() || r.organisationOf("eve@example.com") != "" {
		t.Errorf("a stranger signed up as %+v", u)
	}
}

// guessed sends the same guess until it is refused, and returns after how many.
func (b *browser) guessed(path string, form url.Values) int {
	b.r.t.Helper()
	for n := range 30 {
		got := b.raw(http.MethodPost, path, form)
		if got.status == http.StatusTooManyRequests {
			if got.header.Get("Retry-After") == "" {
				b.r.t.Errorf("%s: no Retry-After", path)
			}
			return n
		}
	}
	return 30
}

// Who tries many passwords, codes or addresses is soon made to wait.
func TestGuessesAreSlowedDown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path string
		form       url.Values
		signedIn   bool
	}{
		{"passwords", "/portal/sign-in", url.Values{"email": {"ada@example.com"}, "password": {"wrong"}}, false},
		{"passwords of nobody", "/portal/sign-in", url.Values{"email": {"nobody@example.com"}, "password": {"wrong"}}, false},
		{"password once more", "/portal/prove", url.Values{"password": {"wrong"}}, true},
		{"mail to who forgot", "/portal/forgot", url.Values{"email": {"ada@example.com"}}, false},
		{"mail to who has an account", "/portal/sign-up", url.Values{"email": {"ada@example.com"}, "name": {"Ada"}, "password": {goodPassword}}, false},
		{"mail to an address not proved", "/portal/sign-in", url.Values{"email": {"new@example.com"}, "password": {goodPassword}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			ada := r.founder("ada@example.com", "O")
			r.browser().raw(http.MethodPost, "/portal/sign-up", url.Values{"email": {"new@example.com"}, "name": {"New"}, "password": {goodPassword}})
			b := r.browser()
			if tt.signedIn {
				b = ada
				tt.form.Set("csrf", ada.csrf())
			}
			if n := b.guessed(tt.path, tt.form); n > 10 {
				t.Errorf("%d were let through", n)
			}
		})
	}
}

// Nobody learns from an answer, or from how long it takes, who has an account.
func TestNobodyLearnsWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.founder("ada@example.com", "O")
	tests := []struct {
		path string
		form url.Values
	}{
		{"/portal/sign-in", url.Values{"password": {"not the password"}}},
		{"/portal/sign-up", url.Values{"name": {"X"}, "password": {"a very good password"}}},
		{"/portal/forgot", url.Values{}},
	}
	for _, tt := range tests {
		var bodies []string
		for _, email := range []string{"ada@example.com", "eva@example.com"} {
			tt.form.Set("email", email)
			got := r.browser().raw(http.MethodPost, tt.path, tt.form)
			bodies = append(bodies, fmt.Sprint(got.status, strings.ReplaceAll(got.body, email, "…"), len(got.header.Values("Set-Cookie"))))
		}
		if bodies[0] != bodies[1] {
			t.Errorf("%s answers who has an account\n%s\nand who has none\n%s", tt.path, bodies[0], bodies[1])
		}
	}
	r.people.Hasher = developer.NewHasher()
	quickest := func(email string) time.Duration {
		best := time.Hour
		for range 3 {
			start := time.Now() //nolint:forbidigo // what is measured is real time
			if _, _, err := r.people.SignIn(t.Context(), email, "not the password", developer.Device{Network: email}); err == nil {
				t.Fatal("signed in")
			}
			best = min(best, time.Since(start))
		}
		return best
	}
	if known, unknown := quickest("ada@example.com"), quickest("otto@example.com"); unknown < known/8 {
		t.Errorf("a sign-in takes %s for who has an account and %s for who has none", known, unknown)
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
