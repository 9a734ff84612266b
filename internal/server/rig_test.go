package server_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/server"
)

// direct has connections of its own: those of http.DefaultClient are closed
// whenever any test closes its httptest.Server. A server that hangs fails its
// test alone.
var direct = &http.Client{Transport: &http.Transport{}, Timeout: patience}

const requestID = "99f0b5a2-4d1e-4c7a-8f5b-2f6f4d0c9a11"

// A running is a server on a free port.
type running struct {
	*testing.T
	config  config.Config
	sb      *server.Sandbox
	auth    string
	host    string // Host of every request; empty: that of the URL
	addr    string
	control string       // address of the control listener
	stop    func() error // ends it and returns what Run did
}

// run runs a sandbox with the changes that change makes.
func run(t *testing.T, change func(*config.Config, *server.Deps)) *running {
	t.Helper()
	c := config.Default()
	c.Listen, c.Control, c.Database, c.Migrate = "127.0.0.1:0", "127.0.0.1:0", "sqlite::memory:", true
	c.Base = config.BaseConfig{Auth: "http://127.0.0.1:0", API: "http://127.0.0.1:0"}
	c.Banks.Simulator = true
	sb := &server.Sandbox{Clock: clock.NewRunning(), OnOrigin: true}
	sb.WellKnown()
	d := server.Deps{SealingKey: keyring.SealingKey{1}, Sandbox: sb}
	if change != nil {
		change(&c, &d)
	}
	ls, err := server.Listen(t.Context(), &c)
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(t.Context(), c, d)
	if err != nil {
		ls.Close()
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, ls) }()
	stop := sync.OnceValue(func() error {
		cancel()
		err := inTime(t, "Run returns", func() error { return <-ended })
		if cerr := inTime(t, "Close returns", s.Close); cerr != nil {
			t.Error(cerr)
		}
		return err
	})
	t.Cleanup(func() { _ = stop() })
	return &running{
		T: t, config: c, sb: sb, auth: c.Base.Auth, addr: ls.Public.Addr().String(), control: ls.Control.Addr().String(), stop: stop,
	}
}

// patience is how long a test waits for what should take a moment: so long that
// nothing but a fault takes longer.
const patience = time.Minute

// inTime returns what f does. If that takes for ever the test fails, and tells
// what everybody waits for.
func inTime(t *testing.T, what string, f func() error) error {
	t.Helper()
	done, over := make(chan error, 1), make(chan struct{})
	go func() { done <- f() }()
	timer := clock.Real{}.AfterFunc(patience, func() { close(over) })
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-over:
		var stacks strings.Builder
		_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
		t.Errorf("waited %v until %s; the goroutines are\n%s", patience, what, stacks.String())
		return nil
	}
}

// in returns the server for a test within its own.
func (r *running) in(t *testing.T) *running {
	inner := *r
	inner.T = t
	return &inner
}

func (r *running) do(method, to, body string, header ...string) (int, string, http.Header) {
	r.Helper()
	req, err := http.NewRequestWithContext(r.Context(), method, to, strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("X-Request-ID", requestID)
	req.Host = r.host
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		} else {
			req.Header.Set(header[i], header[i+1])
		}
	}
	res, err := direct.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		r.Fatal(err)
	}
	return res.StatusCode, string(answer), res.Header
}

func (r *running) token() string {
	r.Helper()
	return r.tokenFor("accountinformation private")
}

func (r *running) tokenFor(scope string) string {
	r.Helper()
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {r.sb.ClientID}, "client_secret": {string(r.sb.Secret)}, "scope": {scope},
	}
	status, body, _ := r.do("POST", r.auth+"/connect/token", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	var out struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil || status != http.StatusOK {
		r.Fatalf("token = %d %s", status, body)
	}
	return out.Token
}
