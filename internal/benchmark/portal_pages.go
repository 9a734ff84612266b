package benchmark

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A page is one to measure.
type page struct {
	path   string
	who    string // its cookie; empty for a stranger
	status int
}

var (
	nameForm    = regexp.MustCompile(`\{[a-z]+\}`)
	serialForm  = regexp.MustCompile(`/portal/certificates/([0-9A-Za-z]+)"`)
	hookForm    = regexp.MustCompile(`/webhooks/([^"/]+)"`)
	consentForm = regexp.MustCompile(`/consents/([0-9a-f-]{36})`)
	paymentForm = regexp.MustCompile(`/payments/([0-9a-f-]{36})`)
	guideForm   = regexp.MustCompile(`href="(/docs/[^"#?]*)"`)
)

// list returns the pages: each pattern with names filled in, what lists can be
// asked for, and each guide.
func (b *portalBench) list(ctx context.Context, p *Process, cookies map[string]string, pick func(string) bool) ([]page, error) {
	if err := b.findNames(ctx, p, cookies); err != nil {
		return nil, err
	}
	var all []page
	for _, pattern := range slices.Concat(b.Pages, b.queries()) {
		one := b.pageOf(strings.TrimPrefix(pattern, "GET "))
		if one.status != 0 && pick(pattern) {
			all = append(all, one)
		}
	}
	if pick("GET /docs") {
		guides, err := b.guides(ctx, p)
		if err != nil {
			return nil, err
		}
		all = append(all, guides...)
	}
	for _, one := range all {
		if missing := nameForm.FindString(one.path); missing != "" {
			return nil, fmt.Errorf("nothing stands for %s of %s", missing, one.path)
		}
	}
	return all, nil
}

// queries are what people ask of long lists, with what is dear to find.
func (b *portalBench) queries() []string {
	return []string{
		"GET /portal/apps/{app}/requests?status=5", "GET /portal/apps/{app}/requests?code=CONSENT_EXPIRED", "GET /portal/apps/{app}/requests?bank=NOSUCHSS",
		"GET /portal/apps/{app}/requests?method=PATCH", "GET /portal/apps/{app}/requests?before={middle}", "GET /portal/apps/{app}/requests/rows?after={request}",
		"GET /portal/apps/{app}/payments?status=RJCT", "GET /portal/apps/{app}/consents?status=expired",
		"GET /portal/operator/users?q=nobody", "GET /portal/operator/organisations?q=nobody", "GET /portal/operator/apps?q=nobody",
		"GET /portal/operator/audit?type=app.created", "GET /portal/operator/audit?type=no.such", "GET /portal/operator/audit?subject={app}",
	}
}

// pageOf returns who sees the page at a path, and with which answer. The status
// is zero for what nobody sees here: single sign-on needs a provider.
func (b *portalBench) pageOf(path string) page {
	one := page{path: path, who: b.cast.Developer, status: http.StatusOK}
	switch {
	case strings.HasPrefix(path, "/portal/sso"):
		one.status = 0
	case strings.HasPrefix(path, "/portal/operator"):
		one.who = b.cast.Operator
	case path == "/portal/factor":
		one.who = b.cast.Half
	case path == "/portal/invitation":
		one.path, one.who = "/portal/invitation?link={invitation}", ""
	case slices.Contains([]string{"/portal/sign-in", "/portal/sign-up", "/portal/verify", "/portal/forgot", "/portal/reset"}, path):
		one.who = ""
	}
	one.path = nameForm.ReplaceAllStringFunc(one.path, func(name string) string {
		return cmp.Or(b.names[strings.Trim(name, "{}")], name)
	})
	return one
}

// findNames makes a webhook and a certificate by the pages' forms, and looks up
// the ids that the API made.
func (b *portalBench) findNames(ctx context.Context, p *Process, cookies map[string]string) error {
	if b.names["serial"] != "" {
		return nil
	}
	v := &visitor{p: p, jar: map[string]string{}}
	v.take(cookies[b.cast.Developer])
	app := "/portal/apps/" + b.in.ClientID
	if err := v.post(ctx, "/portal/certificates", "format", "pem"); err != nil {
		return err
	}
	if err := v.post(ctx, app+"/webhooks", "url", "https://hooks.example/sluss", "event", "payment.*"); err != nil {
		return err
	}
	for _, look := range []struct {
		name, path string
		form       *regexp.Regexp
	}{
		{"serial", "/portal/certificates", serialForm},
		{"hook", app + "/webhooks", hookForm},
		{"consent", app + "/consents", consentForm},
		{"payment", app + "/payments", paymentForm},
	} {
		body, err := v.get(ctx, look.path)
		if err != nil {
			return err
		}
		m := look.form.FindStringSubmatch(body)
		if m == nil {
			return fmt.Errorf("%s leads to no %s: %.500s", look.path, look.name, body)
		}
		b.names[look.name] = m[1]
	}
	b.names["app"], b.names["id"] = b.in.ClientID, b.in.ClientID
	return nil
}

// guides returns the pages of the guides and of the reference that lead to each
// other, and what programs read.
func (b *portalBench) guides(ctx context.Context, p *Process) ([]page, error) {
	v := newVisitor(p)
	seen := map[string]bool{"/docs/search?q=payment+status": true, "/llms.txt": true, "/docs/openapi.yaml": true}
	queue := []string{"/docs/overview", "/docs/api"}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		body, err := v.get(ctx, path)
		if err != nil {
			return nil, err
		}
		seen[path] = true
		for _, m := range guideForm.FindAllStringSubmatch(body, -1) {
			leaf := strings.Contains(filepath.Base(m[1]), ".") // a file
			if !seen[m[1]] && !leaf {
				queue, seen[m[1]] = append(queue, m[1]), true
			}
		}
	}
	var all []page
	for path := range seen {
		all = append(all, page{path: path, status: http.StatusOK})
	}
	slices.SortFunc(all, func(x, y page) int { return strings.Compare(x.path, y.path) })
	return all, nil
}

// nameless puts the names of the pattern back into a path.
func (b *portalBench) nameless(path string) string {
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for n := range b.names {
			if n != "id" && !yield(n) {
				return
			}
		}
	}) {
		path = strings.ReplaceAll(path, b.names[name], "{"+name+"}")
	}
	return path
}
