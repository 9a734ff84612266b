package server_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/server"
	"sluss.example/sluss/internal/store/storetest"
)

// TestPostgresAway cuts the line to PostgreSQL and mends it.
func TestPostgresAway(t *testing.T) {
	t.Parallel()
	if os.Getenv("SLUSS_TEST_POSTGRES") == "" {
		t.Skip("no PostgreSQL server; check.sh has one")
	}
	u, err := url.Parse(storetest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	ln := newLine(t, u.Host)
	u.Host = ln.Addr().String()
	r := run(t, func(c *config.Config, _ *server.Deps) { c.Database, c.Audit.Spool = u.String(), t.TempDir() })
	bearer := "Bearer " + r.token()
	ready := func() int {
		status, _, _ := r.do("GET", r.auth+"/readyz", "")
		return status
	}
	consent := func() int {
		status, body, header := r.do("GET", r.auth+"/psd2/consent/v1/consents/00000000-0000-4000-8000-000000000000", "",
			"Authorization", bearer, "X-BicFi", "ESSESESS", "PSU-ID", "199002092386")
		if status == http.StatusServiceUnavailable && (header.Get("Retry-After") == "" || !strings.Contains(body, "SERVICE_UNAVAILABLE")) {
			t.Errorf("503 without Retry-After or code: %s", body)
		}
		return status
	}
	if got := [2]int{ready(), consent()}; got != [2]int{200, 404} {
		t.Fatalf("at first ready, consent = %v", got)
	}
	ln.cut(true)
	if got := [2]int{ready(), consent()}; got != [2]int{503, 503} {
		t.Errorf("while PostgreSQL is away ready, consent = %v", got)
	}
	if r.token() == "" {
		t.Error("no token while PostgreSQL is away")
	}
	ln.cut(false)
	if got := [2]int{ready(), consent()}; got != [2]int{200, 404} {
		t.Errorf("after it is back ready, consent = %v", got)
	}
}

// A line is a TCP line to a server that can be cut.
type line struct {
	net.Listener
	server string
	mu     sync.Mutex
	down   bool
	conns  []net.Conn
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := &line{Listener: l, server: to}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := (&net.Dialer{}).DialContext(context.WithoutCancel(t.Context()), "tcp", to)
			ln.mu.Lock()
			if err != nil || ln.down {
				_ = c.Close()
				if err == nil {
					_ = s.Close()
				}
				ln.mu.Unlock()
				continue
			}
			ln.conns = append(ln.conns, c, s)
			ln.mu.Unlock()
			for _, pair := range [][2]net.Conn{{c, s}, {s, c}} {
				group.Go(func() { _, _ = io.Copy(pair[0], pair[1]); _ = pair[0].Close() })
			}
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		ln.cut(true)
		group.Wait()
	})
	return ln
}

// cut cuts the line, or mends it.
func (ln *line) cut(down bool) {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	ln.down = down
	for _, c := range ln.conns {
		_ = c.Close()
	}
	ln.conns = nil
}
