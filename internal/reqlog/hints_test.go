package reqlog

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sluss.example/sluss/internal/docs"
)

// TestHints: every hint says what it has to say, and its guide has the anchor.
func TestHints(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	docs.New(docs.Options{Base: "http://localhost:8480", Sandbox: true, Version: "test"}).Register(mux)
	pages := map[string]string{}
	for code, h := range hints {
		if h.Means == "" || h.Fix == "" {
			t.Errorf("%s: %+v", code, h)
		}
		path, anchor, has := strings.Cut(h.Guide, "#")
		page, known := pages[path]
		if !known {
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
			if w.Code == http.StatusOK {
				page = w.Body.String()
			}
			pages[path] = page
		}
		switch {
		case page == "":
			t.Errorf("%s: there is no guide %s", code, path)
		case has && !strings.Contains(page, ` id="`+anchor+`"`):
			t.Errorf("%s: the guide %s has no anchor %s", code, path, anchor)
		}
	}
}
