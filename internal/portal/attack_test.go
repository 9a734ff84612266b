package portal_test

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"sluss.example/sluss/internal/portal"
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
