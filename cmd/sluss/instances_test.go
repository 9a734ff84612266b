package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sluss.example/sluss/internal/store/storetest"
)

// A fleet is three servers on one PostgreSQL database.
type fleet struct {
	*testing.T
	folder  string
	program string
	env     []string
	nodes   []*node
}

// A node is a server of a fleet.
type node struct {
	base   string
	cmd    *exec.Cmd
	killed atomic.Bool // set before it is killed
}

// newFleet starts three servers, and returns once they are ready.
func newFleet(t *testing.T) *fleet {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f := &fleet{T: t, folder: t.TempDir()}
	f.program = filepath.Join(f.folder, "sluss")
	if err := os.Symlink(self, f.program); err != nil {
		t.Fatal(err)
	}
	conf := "control = \"off\"\nsealingKeyFile = \"sealing.key\"\nbase.auth = \"http://sluss.test\"\nbanks.simulator = true\nlog.level = \"warn\"\n"
	if err := os.WriteFile(filepath.Join(f.folder, "sluss.toml"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	f.env = append(os.Environ(), "SLUSS_DATABASE="+storetest.Postgres(t))
	if err := os.WriteFile(filepath.Join(f.folder, "sealing.key"), []byte(f.run("key", "new-sealing")), 0o600); err != nil {
		t.Fatal(err)
	}
	f.run("db", "migrate", "--config", "sluss.toml")
	for range 3 {
		f.start()
	}
	for _, n := range f.nodes {
		f.within(patience, "a server is ready", func() bool {
			status, _, err := fetch(http.MethodGet, n.base+"/readyz", "", "")
			return err == nil && status == http.StatusOK
		})
	}
	return f
}

// run runs a command to its end and returns what it prints.
func (f *fleet) run(args ...string) string {
	f.Helper()
	cmd := exec.CommandContext(f.Context(), f.program, args...)
	cmd.Dir, cmd.Env = f.folder, f.env
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		f.Fatalf("sluss %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// start starts one more server, on a free port.
func (f *fleet) start() {
	f.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	n := &node{base: "http://" + address, cmd: exec.Command(f.program, "serve", "--config", "sluss.toml")}
	n.cmd.Dir, n.cmd.Env = f.folder, append(f.env, "SLUSS_LISTEN="+address)
	log, err := os.Create(filepath.Join(f.folder, fmt.Sprintf("server-%d.log", len(f.nodes))))
	if err != nil {
		f.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	n.cmd.Stderr = log
	if err := n.cmd.Start(); err != nil {
		f.Fatal(err)
	}
	f.nodes = append(f.nodes, n)
	f.Cleanup(func() {
		_ = n.cmd.Process.Kill()
		_ = n.cmd.Wait()
		if text, err := os.ReadFile(log.Name()); err == nil && f.Failed() {
			f.Logf("%s: %s", log.Name(), text)
		}
	})
}

// within waits until g is true, and fails if that takes longer than most.
func (f *fleet) within(most time.Duration, what string, g func() bool) {
	f.Helper()
	for start := time.Now(); !g(); time.Sleep(20 * time.Millisecond) {
		if time.Since(start) > most {
			f.Fatalf("not within %v: %s", most, what)
		}
	}
}

// alive returns the servers that were not killed.
func (f *fleet) alive() []*node {
	var all []*node
	for _, n := range f.nodes {
		if !n.killed.Load() {
			all = append(all, n)
		}
	}
	return all
}

// everywhere waits until g is true on all servers: a second, and as long again
// for a machine that is busy with other tests.
func (f *fleet) everywhere(what string, g func(n *node) bool) {
	f.Helper()
	for _, n := range f.alive() {
		f.within(2*time.Second, what, func() bool { return g(n) })
	}
}

// fetch makes a request.
func fetch(method, to, form, bearer string) (status int, body string, err error) {
	r, err := http.NewRequest(method, to, strings.NewReader(form))
	if err != nil {
		return 0, "", err
	}
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
		r.Header.Set("X-Request-ID", "99f0b5a2-4d1e-4c7a-8f5b-2f6f4d0c9a11")
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

// An account is the credentials of an app.
type account struct{ ClientID, ClientSecret string }

func (f *fleet) newApp(name string) account {
	f.Helper()
	var a account
	if err := json.Unmarshal([]byte(f.run("app", "create", name, "--json", "--config", "sluss.toml")), &a); err != nil {
		f.Fatal(err)
	}
	return a
}

// token asks a server for a token.
func (a account) token(n *node) (status int, token string, err error) {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {a.ClientID}, "client_secret": {a.ClientSecret}, "scope": {"aspspinformation private"},
	}
	status, body, err := fetch(http.MethodPost, n.base+"/connect/token", form.Encode(), "")
	var out struct {
		Token string `json:"access_token"`
	}
	if err == nil && status == http.StatusOK {
		err = json.Unmarshal([]byte(body), &out)
	}
	return status, out.Token, err
}

// load asks the servers in turn for tokens and uses each at the next one, until
// ctx ends. A request may only fail on a server that is being killed.
func (f *fleet) load(ctx context.Context, a account, served *atomic.Int64) {
	for i := 0; ctx.Err() == nil; i++ {
		alive := f.alive()
		n, next := alive[i%len(alive)], alive[(i+1)%len(alive)]
		status, token, err := a.token(n)
		switch {
		case err != nil && n.killed.Load():
			continue
		case err != nil || status != http.StatusOK:
			f.Errorf("token at %s = %d, %v", n.base, status, err)
			continue
		}
		status, body, err := fetch(http.MethodGet, next.base+"/psd2/aspspinformation/v1/aspsps", "", token)
		if err != nil && next.killed.Load() {
			continue
		}
		if err != nil || status != http.StatusOK {
			f.Errorf("directory at %s = %d %s, %v", next.base, status, body, err)
			continue
		}
		served.Add(1)
	}
}

// TestThreeInstances kills one of three servers under load: nothing fails but
// what was under way on it, and the others learn of every change.
func TestThreeInstances(t *testing.T) {
	t.Parallel()
	if os.Getenv("SLUSS_TEST_POSTGRES") == "" {
		t.Skip("no PostgreSQL server; check.sh has one")
	}
	f := newFleet(t)
	first := f.newApp("First")
	works := func(a account, want int) func(n *node) bool {
		return func(n *node) bool {
			status, _, err := a.token(n)
			return err == nil && status == want
		}
	}
	f.everywhere("a new app is known", works(first, http.StatusOK))

	ctx, stop := context.WithCancel(t.Context())
	var served atomic.Int64
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() { f.load(ctx, first, &served) })
	}
	more := func() {
		before := served.Load()
		f.within(patience, "the load goes on", func() bool { return served.Load() > before+60 })
	}
	more()
	victim := f.nodes[1]
	victim.killed.Store(true)
	if err := victim.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	more()

	var second account
	if err := json.Unmarshal([]byte(f.run("app", "secret", "add", first.ClientID, "--json", "--config", "sluss.toml")), &second); err != nil {
		t.Fatal(err)
	}
	second.ClientID = first.ClientID
	f.everywhere("a new secret is known", works(second, http.StatusOK))
	other := f.newApp("Other")
	f.everywhere("another app is known", works(other, http.StatusOK))
	f.run("app", "delete", other.ClientID, "--config", "sluss.toml")
	f.everywhere("the other app is gone", works(other, http.StatusBadRequest))
	_, old, _ := strings.Cut(f.run("key", "list", "--config", "sluss.toml"), "\n")
	f.run("key", "rotate", "--now", "--config", "sluss.toml")
	f.everywhere("the new key is published", func(n *node) bool {
		_, jwks, err := fetch(http.MethodGet, n.base+"/.well-known/openid-configuration/jwks", "", "")
		return err == nil && strings.Count(jwks, `"kid"`) == 2
	})
	for _, n := range f.alive() { // once each instance has it, see keyring.AtOnce
		f.within(patience, "tokens are signed by the new key", func() bool {
			_, token, err := second.token(n)
			return err == nil && !strings.Contains(old, keyOf(t, token))
		})
	}
	more()
	stop()
	group.Wait()
	if out := f.run("audit", "verify", "--config", "sluss.toml"); !strings.HasPrefix(out, "chains ") {
		t.Errorf("audit verify: %s", out)
	}
}

// keyOf returns the kid of a token.
func keyOf(t *testing.T, token string) string {
	t.Helper()
	head, _, _ := strings.Cut(token, ".")
	var h struct{ Kid string }
	if err := json.Unmarshal(decodeBase64(t, head), &h); err != nil {
		t.Fatal(err)
	}
	return h.Kid
}

func decodeBase64(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
