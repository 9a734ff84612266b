package benchmark

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestLoadFlow has each flow use what its earlier steps were answered.
func TestLoadFlow(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /things", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, `{"thingId":"of-%s-%s"}`, body, r.Header.Get("Who"))
	})
	mux.HandleFunc("GET /things/{id}", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.PathValue("id")) })
	server := httptest.NewServer(mux)
	defer server.Close()
	f := &Flow{Addr: server.Listener.Addr().String(), Customers: 3, Steps: []Step{
		{"make", Call{Method: "POST", Path: "/things", Body: "{n}", Header: [][2]string{{"Who", "x{n}"}}, Status: 200, Contain: "-x0000"}, "thingId"},
		{"make another", Call{Method: "POST", Path: "/things", Body: "{thingId}", Status: 200, Contain: "of-of-0000"}, ""},
		{"get", Call{Method: "GET", Path: "/things/{thingId}", Status: 200, Contain: "of-0000"}, ""},
	}}
	got, err := LoadFlow(t.Context(), f, 2, time.Minute, 5)
	if err != nil || got.Flows != 5 || len(got.Steps) != 3 || got.Steps[2].Requests != 5 {
		t.Errorf("LoadFlow = %+v, %v, want five flows of three steps", got, err)
	}
	if _, err := LoadFlow(t.Context(), f, 2, 20*time.Millisecond, 0); err != nil {
		t.Error(err)
	}
	f.Steps[0].Keep = "missing"
	if _, err := LoadFlow(t.Context(), f, 1, time.Minute, 1); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("LoadFlow of an answer without the field = %v", err)
	}
}
