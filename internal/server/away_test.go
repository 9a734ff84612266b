package server_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/audit"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/server"
	"sluss.example/sluss/internal/store"
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

// tokenID returns the jti of a token.
func tokenID(t *testing.T, token string) string {
	t.Helper()
	claims, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		ID string `json:"jti"`
	}
	if err := json.Unmarshal(claims, &c); err != nil {
		t.Fatal(err)
	}
	return c.ID
}

// until waits until f is true.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	clock.Real{}.Poll(ctx, 20*time.Millisecond, nil, func(context.Context) {
		if f() {
			cancel()
		}
	})
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Fatalf("waited too long until %s", what)
	}
}

// TestPostgresStopped stops a PostgreSQL server under two instances that issue
// tokens, and starts it again. One may go on for a while, and nothing of what
// it did is lost.
func TestPostgresStopped(t *testing.T) {
	t.Parallel()
	pg := storetest.NewServer(t)
	spool := t.TempDir()
	instance := func(grace time.Duration) *running {
		return run(t, func(c *config.Config, d *server.Deps) {
			c.Database, c.Audit.Spool, c.Token.OfflineGrace = pg.URL, spool, config.Duration(grace)
			d.Sandbox.Clock = clock.NewRunning()
		})
	}
	patient := instance(15 * time.Minute)
	hasty := instance(100 * time.Millisecond)
	ids := map[string]bool{}
	issue := func(n int) {
		for range n {
			ids[tokenID(t, patient.token())] = true
		}
	}
	issue(20)
	hasty.token() // it has read the key
	bearer := "Bearer " + patient.tokenFor("accountinformation private")
	ids[tokenID(t, bearer)] = true
	pg.Stop()
	issue(50)
	until(t, "the metrics tell", func() bool {
		_, text, _ := patient.do("GET", "http://"+patient.control+"/metrics", "")
		return regexp.MustCompile(`(?m)^sluss_store_away_seconds [0-9.e+-]*[1-9]`).MatchString(text) &&
			regexp.MustCompile(`(?m)^sluss_audit_spool_batches [1-9]`).MatchString(text)
	})
	until(t, "the hasty instance gives up", func() bool {
		status, body, header := hasty.do("POST", hasty.auth+"/connect/token", hasty.form(), "Content-Type", "application/x-www-form-urlencoded")
		return status == http.StatusServiceUnavailable && strings.Contains(body, "temporarily_unavailable") && header.Get("Retry-After") != ""
	})
	issue(50)
	for _, tt := range []struct {
		r    *running
		path string
		want int
	}{
		{patient, "/readyz", 503},
		{patient, "/readyz?only=tokens", 200},
		{hasty, "/readyz?only=tokens", 503},
		{patient, "/healthz", 200},
	} {
		if status, body, _ := tt.r.do("GET", tt.r.auth+tt.path, ""); status != tt.want {
			t.Errorf("%s = %d %s, want %d", tt.path, status, body, tt.want)
		}
	}
	// A token is still good: the directory needs no database.
	if status, body, _ := patient.do("GET", patient.auth+"/psd2/aspspinformation/v1/aspsps", "", "Authorization", bearer); status != http.StatusOK {
		t.Errorf("the directory = %d %s", status, body)
	}
	pg.Start()
	until(t, "all is well again", func() bool {
		status, _, _ := patient.do("GET", patient.auth+"/readyz", "")
		return status == http.StatusOK && audit.Spool{Folder: spool}.Waiting() == 0
	})
	issue(5)
	until(t, "the hasty instance issues again", func() bool {
		status, _, _ := hasty.do("POST", hasty.auth+"/connect/token", hasty.form(), "Content-Type", "application/x-www-form-urlencoded")
		return status == http.StatusOK
	})
	// What came while the spool was being emptied went there too.
	until(t, "the spool is empty", func() bool { return audit.Spool{Folder: spool}.Waiting() == 0 })
	checkRecorded(t, pg.URL, ids)
}

// checkRecorded checks that the trail holds, and has each of the tokens once.
func checkRecorded(t *testing.T, url string, ids map[string]bool) {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var out bytes.Buffer
	if err := db.ReadAudit(t.Context(), func(r audit.Reader) error {
		report, err := audit.Export(t.Context(), r, &out)
		if len(report.Faults) > 0 {
			t.Errorf("the trail has faults: %v", report.Faults)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for id := range ids {
		if n := strings.Count(out.String(), `"tokenId":"`+id+`"`); n != 1 {
			t.Errorf("token %s is recorded %d times", id, n)
		}
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
			s, err := (&net.Dialer{Timeout: patience}).DialContext(context.WithoutCancel(t.Context()), "tcp", to)
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

// form returns a request for a token.
func (r *running) form() string {
	return url.Values{
		"grant_type": {"client_credentials"}, "client_id": {r.sb.ClientID}, "client_secret": {string(r.sb.Secret)},
		"scope": {"accountinformation aspspinformation private"},
	}.Encode()
}
