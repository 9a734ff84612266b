package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// receiver starts a receiver of webhooks. It adds a line to a file for each
// that it gets: how many signatures it has, and the body.
func receiver(t *testing.T, ts *testscript.TestScript, args []string) {
	t.Helper()
	if len(args) != 2 {
		ts.Fatalf("usage: receiver VAR FILE")
	}
	var mu sync.Mutex
	file := ts.MkAbs(args[1])
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		defer func() { _ = f.Close() }()
		_, _ = fmt.Fprintf(f, "%s %s %s\n", r.Header.Get("webhook-id"), r.Header.Get("webhook-signature"), body)
	}))
	t.Cleanup(s.Close)
	ts.Setenv(args[0], s.URL)
}
