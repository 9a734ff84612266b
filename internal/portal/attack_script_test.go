package portal_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sluss.example/sluss/internal/portal"
	"sluss.example/sluss/internal/reqlog"
)

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
