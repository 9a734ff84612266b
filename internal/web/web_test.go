package web_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/web"
)

// serve sends one request to a server with a handler for each kind of end, and
// returns the answer and what was logged.
func serve(t *testing.T, path, requestID string) (*http.Response, string, string) {
	t.Helper()
	fail := func(w http.ResponseWriter, r *http.Request, err error) {
		web.NoteError(r.Context(), err, "CODE")
		_ = web.WriteJSON(w, http.StatusTeapot, "failed")
	}
	mux := http.NewServeMux()
	for pattern, fn := range map[string]web.HandlerFunc{
		"/good/{id}": func(w http.ResponseWriter, _ *http.Request) error { return web.WriteJSON(w, http.StatusOK, "<å>") },
		"/problem": func(http.ResponseWriter, *http.Request) error {
			return problem.New(problem.FormatInvalid, "no").Because(errors.New("quotes 199001011234"))
		},
		"/error": func(http.ResponseWriter, *http.Request) error { return errors.New("broken") },
		"/panic": func(http.ResponseWriter, *http.Request) error { panic("ouch") },
		"/late": func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(http.StatusAccepted)
			return errors.New("too late")
		},
		"/unencodable": func(w http.ResponseWriter, _ *http.Request) error { return web.WriteJSON(w, http.StatusOK, func() {}) },
	} {
		mux.Handle("GET "+pattern, web.Adapt(fn, fail))
	}
	mux.HandleFunc("/bare", func(http.ResponseWriter, *http.Request) { panic("outside an edge") })

	var log bytes.Buffer
	reg := prometheus.NewRegistry()
	observer := web.Observer{Log: slog.New(slog.NewTextHandler(&log, nil)), Metrics: web.NewMetrics(reg)}
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for id := range strings.SplitSeq(requestID, ",") {
		if id != "" {
			r.Header.Add("X-Request-ID", id)
		}
	}
	w := httptest.NewRecorder()
	observer.Observe(mux).ServeHTTP(w, r)
	if n, err := testutil.GatherAndCount(reg, "sluss_http_requests_total"); err != nil || n != 1 {
		t.Errorf("%s is counted in %d series (%v), want 1", path, n, err)
	}
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Result(), string(body), log.String()
}

func TestObserve(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path string
		wantStatus int
		wantBody   string
		wantLog    []string
		wantNotLog string
	}{
		{"good", "/good/7788", 200, "\"<å>\"\n", []string{`route="GET /good/{id}"`, "status=200", "level=INFO"}, "7788"},
		{"problem", "/problem", 418, "\"failed\"\n", []string{"reason=format_invalid", "code=CODE", "level=INFO"}, "199001011234"},
		{"error", "/error", 418, "\"failed\"\n", []string{"error=broken", "level=ERROR"}, "reason"},
		{"panic", "/panic", 418, "\"failed\"\n", []string{"panic: ouch", "web_test.go", "level=ERROR"}, "reason"},
		{"late", "/late", 202, "", []string{`error="too late"`, "status=202"}, "CODE"},
		{"unencodable", "/unencodable", 418, "\"failed\"\n", []string{"encode answer"}, "reason"},
		{"panic outside an edge", "/bare", 500, "Internal Server Error\n", []string{"panic: outside an edge"}, "reason"},
		{"no route", "/nowhere/7788", 404, "404 page not found\n", []string{"route=none"}, "7788"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			res, body, log := serve(t, tt.path, "")
			if res.StatusCode != tt.wantStatus || body != tt.wantBody {
				t.Errorf("GET %s = %d %q, want %d %q", tt.path, res.StatusCode, body, tt.wantStatus, tt.wantBody)
			}
			for _, want := range tt.wantLog {
				if !strings.Contains(log, want) {
					t.Errorf("GET %s logs %q, want %q in it", tt.path, log, want)
				}
			}
			if strings.Contains(log, tt.wantNotLog) {
				t.Errorf("GET %s logs %q, want no %q in it", tt.path, log, tt.wantNotLog)
			}
		})
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		kept     bool
	}{
		{"version 4", "0f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f10", true},
		{"version 1, upper case", "C232AB00-9414-11EC-B3C8-9F6BDECED846", true},
		{"nil", "00000000-0000-0000-0000-000000000000", true},

		{"none", "", false},
		{"two", "0f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f10,0f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f11", false},
		{"short", "0f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f1", false},
		{"braces", "{0f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f}", false},
		{"hyphen at the wrong place", "0f7f2f5c2-a1e-4a9f-8a34-5e0d6a6f3f10", false},
		{"not hex", "0f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3fzz", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			res, _, log := serve(t, "/good/1", tt.in)
			got := res.Header.Get("X-Request-ID")
			if kept := got == tt.in; kept != tt.kept {
				t.Errorf("X-Request-ID %q is answered %q, want it kept: %t", tt.in, got, tt.kept)
			}
			if !ident.IsUUID(got) || !strings.Contains(log, got) {
				t.Errorf("X-Request-ID %q is answered %q, want a UUID that is in the log %q", tt.in, got, log)
			}
		})
	}
}
