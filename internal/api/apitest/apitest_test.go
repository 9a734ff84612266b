package apitest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sluss.example/sluss/internal/api/apitest"
)

// A recorder is a test that may fail.
type recorder struct {
	testing.TB
	faults []string
}

func (r *recorder) Helper() {}

// Errorf implements [testing.TB].
func (r *recorder) Errorf(format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

func TestValidator(t *testing.T) {
	t.Parallel()
	const id, list = "0f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f10", "/psd2/aspspinformation/v1/aspsps"
	message := func(code string) string { return `{"tppMessages":[{"category":"ERROR","code":"` + code + `"}]}` }
	tests := []struct {
		name, path   string
		status       int
		body         string
		cacheControl string
		requestID    string
		strict       bool
		want         string // of the fault; empty if good
	}{
		{"good", list, 200, `{"aspsps":[]}`, "private, max-age=3600", id, false, ""},
		{"good error", list, 401, message("TOKEN_UNKNOWN"), "no-store", id, false, ""},
		{"good problem", "/psd2/consent/v1/none", 404, message("RESOURCE_UNKNOWN"), "no-store", id, false, ""},

		{"unknown member", list, 200, `{"aspsps":[],"x":1}`, "private, max-age=3600", id, false, "unsupported"},
		{"missing member", list, 200, `{}`, "private, max-age=3600", id, false, "missing"},
		{"code of another status", list, 401, message("FORMAT_ERROR"), "no-store", id, false, "allowed values"},
		{"no such status", list, 418, `{}`, "no-store", id, false, "status is not supported"},
		{"missing header", list, 200, `{"aspsps":[]}`, "private, max-age=3600", "", false, "X-Request-ID"},
		{"wrong header", list, 200, `{"aspsps":[]}`, "no-store", id, false, "Cache-Control"},
		{"unknown path served", "/psd2/none", 200, `{}`, "no-store", id, false, "no such operation"},
		{"bad request taken", list, 200, `{"aspsps":[]}`, "private, max-age=3600", id, true, "refuses the request"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rec := &recorder{TB: t}
			v := apitest.New(rec)
			v.Strict = tt.strict
			h := v.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for name, value := range map[string]string{"Content-Type": "application/json", "Cache-Control": tt.cacheControl, "X-Request-ID": tt.requestID} {
					if value != "" {
						w.Header().Set(name, value)
					}
				}
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			}))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.path, nil))
			if w.Code != tt.status || w.Body.String() != tt.body {
				t.Errorf("the answer comes through as %d %s", w.Code, w.Body)
			}
			got := strings.Join(rec.faults, "\n")
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("the fault is %q, want %q in it", got, tt.want)
			}
		})
	}
}
