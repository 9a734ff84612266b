package docs_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	site "sluss.example/sluss/internal/docs"
)

// newSite returns a handler of all pages, which tests share since rendering
// takes long.
var newSite = sync.OnceValue(func() http.Handler {
	mux := http.NewServeMux()
	site.New(site.Options{Base: "http://localhost:8480", API: "http://localhost:8480", Sandbox: true, Version: "test"}).Register(mux)
	return mux
})

// get asks the site for a path.
func get(path string, header ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	newSite().ServeHTTP(w, r)
	return w.Result()
}

// body returns the body of an answer of 200.
func body(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v: %s", res.StatusCode, err, b)
	}
	return string(b)
}

var (
	hrefs = regexp.MustCompile(`(?:href|src|action)="([^"]*)"`)
	ids   = regexp.MustCompile(`\bid="([^"]*)"`)
)

// pages returns the HTML of every page that can be reached from the first one,
// by path, and the paths of all else that pages link to.
func pages(t *testing.T) (all map[string]string, others []string) {
	t.Helper()
	all = map[string]string{}
	queue := []string{body(t, get("/docs/overview"))}
	seen := map[string]bool{"/docs/overview": true}
	all["/docs/overview"] = queue[0]
	for len(queue) > 0 {
		html := queue[0]
		queue = queue[1:]
		for _, m := range hrefs.FindAllStringSubmatch(html, -1) {
			path, _, _ := strings.Cut(m[1], "#")
			if !strings.HasPrefix(path, site.Path+"/") && path != site.ListPath || seen[path] {
				continue
			}
			seen[path] = true
			res := get(path)
			if res.StatusCode == http.StatusNotFound {
				continue // TestLinks tells who links to it
			}
			if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
				others = append(others, path)
				continue
			}
			all[path] = body(t, res)
			queue = append(queue, all[path])
		}
	}
	return all, others
}

// TestLinks: every link of every page leads somewhere, to the anchor too.
func TestLinks(t *testing.T) {
	t.Parallel()
	all, others := pages(t)
	elsewhere := []string{"/portal", "/docs"}
	for path, html := range all {
		for _, m := range hrefs.FindAllStringSubmatch(html, -1) {
			to, anchor, _ := strings.Cut(m[1], "#")
			if to == "" {
				to = path
			}
			switch target, page := all[to]; {
			case strings.HasPrefix(to, "https://"), strings.HasPrefix(to, "http://localhost"), slices.Contains(elsewhere, to), slices.Contains(others, to):
			case !page:
				t.Errorf("%s links to %s, which is not there", path, m[1])
			case anchor != "" && !strings.Contains(target, ` id="`+anchor+`"`):
				t.Errorf("%s links to %s, which has no such anchor", path, m[1])
			}
		}
	}
	for _, path := range others {
		if res := get(path); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

// TestPages: what all pages have in common.
func TestPages(t *testing.T) {
	t.Parallel()
	all, _ := pages(t)
	if len(all) < 9 {
		t.Errorf("only %d pages", len(all))
	}
	css := 0
	for _, url := range regexp.MustCompile(`rel="stylesheet" href="([^"]*)"`).FindAllStringSubmatch(all["/docs/overview"], -1) {
		css += len(body(t, get(url[1])))
	}
	for path, html := range all {
		if len(html)+css > 100_000 {
			t.Errorf("%s is %d bytes of HTML and %d of CSS", path, len(html), css)
		}
		if n := strings.Count(html, "<h1"); n != 1 {
			t.Errorf("%s has %d titles", path, n)
		}
		level := 1
		for _, m := range regexp.MustCompile(`<h([1-6])[ >]`).FindAllStringSubmatch(html[strings.Index(html, "<h1"):], -1) {
			next := int(m[1][0] - '0')
			if next > level+1 {
				t.Errorf("%s skips from a heading of level %d to %d", path, level, next)
			}
			level = next
		}
		seen := map[string]bool{}
		for _, m := range ids.FindAllStringSubmatch(html, -1) {
			if seen[m[1]] {
				t.Errorf("%s has two elements with the id %s", path, m[1])
			}
			seen[m[1]] = true
		}
		for _, bad := range []string{"<script>", "<style", " style=", " onclick=", "javascript:"} {
			if strings.Contains(html, bad) {
				t.Errorf("%s has %s, which its policy does not allow", path, bad)
			}
		}
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	res := get("/docs/get-started")
	if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy %q", csp)
	}
	etag := res.Header.Get("ETag")
	tests := []struct {
		name, path string
		header     []string
		status     int
		location   string
	}{
		{"home", "/docs", nil, http.StatusSeeOther, "/docs/overview"},
		{"guide", "/docs/sandbox", nil, http.StatusOK, ""},
		{"kept", "/docs/get-started", []string{"If-None-Match", etag}, http.StatusNotModified, ""},
		{"other encoding", "/docs/get-started", []string{"If-None-Match", etag, "Accept-Encoding", "gzip"}, http.StatusOK, ""},
		{"list", "/llms.txt", nil, http.StatusOK, ""},
		{"all", "/docs/llms-full.txt", nil, http.StatusOK, ""},

		{"reference", "/docs/api/payments", nil, http.StatusOK, ""},
		{"try", "/docs/try", nil, http.StatusOK, ""},
		{"viewer", "/docs/try/swagger-ui-bundle.js", nil, http.StatusOK, ""},
		{"checksum", "/docs/sluss.sha256", nil, http.StatusOK, ""},

		{"no family", "/docs/api/nothing", nil, http.StatusNotFound, ""},
		{"other file of the viewer", "/docs/try/oauth2-redirect.html", nil, http.StatusNotFound, ""},
		{"none", "/docs/nothing", nil, http.StatusNotFound, ""},
		{"below", "/docs/sandbox/more", nil, http.StatusNotFound, ""},
		{"no asset", "/docs/assets/../x", nil, http.StatusTemporaryRedirect, "/docs/x"},
	}
	for _, tt := range tests {
		res := get(tt.path, tt.header...)
		if res.StatusCode != tt.status || res.Header.Get("Location") != tt.location {
			t.Errorf("%s: %d to %q, want %d to %q", tt.name, res.StatusCode, res.Header.Get("Location"), tt.status, tt.location)
		}
	}
}

// TestMarkdown: each guide is there as Markdown, whose links lead to Markdown.
func TestMarkdown(t *testing.T) {
	t.Parallel()
	all, _ := pages(t)
	links := regexp.MustCompile(`\]\(([^)]+)\)`)
	for path, html := range all {
		if !strings.Contains(html, `href="`+path+`.md"`) {
			continue
		}
		text := body(t, get(path+".md"))
		if !strings.HasPrefix(text, "# ") {
			t.Errorf("%s.md begins with %.20q", path, text)
		}
		for _, m := range links.FindAllStringSubmatch(text, -1) {
			to, _, _ := strings.Cut(m[1], "#")
			if to == "" || strings.HasPrefix(to, "https://") || strings.HasPrefix(to, "/portal") || to == site.ListPath || strings.HasPrefix(to, "http://localhost") {
				continue
			}
			if !strings.HasPrefix(to, "/") {
				to = site.Path + "/" + to
			}
			if res := get(to); res.StatusCode != http.StatusOK {
				t.Errorf("%s.md links to %s: %d", path, m[1], res.StatusCode)
			}
		}
	}
}

// TestBuild: everything can be rendered, under any address.
func TestBuild(t *testing.T) {
	t.Parallel()
	for _, o := range []site.Options{{Base: "https://auth.bank.example", API: "https://api.bank.example"}, {Base: "http://localhost:40713", API: "http://localhost:40713", Sandbox: true, Version: "test"}} {
		if err := site.Build(o); err != nil {
			t.Error(err)
		}
	}
}
