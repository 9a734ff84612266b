//go:build browser

package browser

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"sluss.example/sluss/internal/docs"
	"sluss.example/sluss/internal/portal"
)

// unlooked are the patterns of the portal's table at whose pages this walk does
// not look, and why.
var unlooked = map[string]string{
	"GET /portal/apps/{app}/requests/rows": "part of a page, loaded by its script; the walk waits for what it brings",
	"GET /portal/certificates/ca.pem":      "a file, PEM",
	"GET /portal/certificates/{serial}":    "a file, PEM",
	"GET /portal/sso":                      "TestSingleSignOn looks at it",
	"GET /portal/sso/callback":             "TestSingleSignOn looks at it",
}

// rest looks at all pages that the walk has not come by: those that links lead
// to, one for each pattern of the portal's table, and every guide and page of
// the reference.
func (i *inspector) rest(w *walk) {
	i.t.Helper()
	i.seed(w)
	i.byHand(w)
	i.promote(w)
	for n := 0; n < len(i.links); n++ {
		link := i.links[n]
		path, _, _ := strings.Cut(link, "?")
		pattern := patternOf(path)
		if pattern == "" || i.paths[path] || unlooked[pattern] != "" || path == viewerPage || pattern != docsPattern && i.visited[pattern] {
			continue
		}
		w.open(link)
		if i.paths[w.path()] { // it led on
			continue
		}
		if status := w.status(); status != http.StatusOK {
			i.t.Errorf("a link leads to %s, which is %d", link, status)
		}
		i.look(nameOf(path))
	}
	i.complete()
}

// viewerPage is the page with the viewer: see [TestViewer].
const viewerPage = "/docs/try"

// complete checks that no page was left out: none of the portal's table, and
// none of the guides and the reference.
func (i *inspector) complete() {
	i.t.Helper()
	patterns := portal.Pages()
	for _, pattern := range patterns {
		if !i.visited[pattern] && unlooked[pattern] == "" {
			i.t.Errorf("no link leads to %s, and the test does not open it", pattern)
		}
	}
	for pattern := range unlooked {
		if !slices.Contains(patterns, pattern) || i.visited[pattern] {
			i.t.Errorf("%s need not be left out", pattern)
		}
	}
	pages, err := docs.New(docs.Options{Sandbox: true}).Pages()
	if err != nil {
		i.t.Fatal(err)
	}
	for _, path := range pages {
		if !i.paths[path] && path != viewerPage {
			i.t.Errorf("no link leads to %s", path)
		}
	}
}

// nameOf returns the path without what differs from run to run.
func nameOf(path string) string {
	return regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|/\d+$`).ReplaceAllString(strings.Trim(path, "/"), "one")
}

// docsPattern stands for all pages of the guides and the reference, each of
// which is looked at.
const docsPattern = "GET /docs/{page}"

// patternOf returns the pattern that serves the path; empty if it is none of a
// page.
func patternOf(path string) string {
	if path == "/docs" || path == "/docs/search" || strings.HasPrefix(path, "/docs/") && !strings.Contains(path, ".") {
		return docsPattern
	}
	mux := http.NewServeMux()
	for _, p := range portal.Pages() {
		mux.Handle(p, http.NotFoundHandler())
	}
	r, err := http.NewRequest(http.MethodGet, "http://localhost"+path, nil)
	if err != nil {
		return ""
	}
	_, pattern := mux.Handler(r)
	return pattern
}
