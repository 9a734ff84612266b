package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/storetest"
)

// A killing is one server that is killed again and again while clients pay,
// with what must hold in the end.
type killing struct {
	*testing.T
	rand    *rand.Rand // of the main goroutine
	folder  string
	program string
	url     string // of the database
	cut     *cutter
	env     []string
	base    string
	client  http.Client

	cmd *exec.Cmd

	mu    sync.Mutex
	token string
	rough time.Time                  // since when a fault is nobody's: zero while all is well
	shown map[string]map[string]bool // statuses that the API has shown, by payment
	whose map[string]int             // number of the payer, by payment
	told  map[string]bool            // "type id" of each webhook that came
	said  map[string]int             // what the calls were answered, for the log
	left  string                     // the jobs that were left, or the events, when somebody last looked
}

// killSeed and kills say what to do: anew each time, unless the environment
// says otherwise.
func killSeed(t *testing.T) (seed uint64, kills int) {
	t.Helper()
	seed, kills = rand.Uint64(), 5
	if s := os.Getenv("SLUSS_TEST_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	if s := os.Getenv("SLUSS_TEST_KILLS"); s != "" {
		kills, _ = strconv.Atoi(s)
	}
	return seed, kills
}

// TestPaymentsKilled kills a server at any moment, again and again, while
// clients create, sign and cancel payments and baskets. Afterwards each payment
// was paid as often as the API said, once or not at all, and everybody was told.
// SLUSS_TEST_SEED repeats a run, as far as the clock allows; SLUSS_TEST_KILLS
// makes it longer.
func TestPaymentsKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("kills servers for half a minute")
	}
	seed, kills := killSeed(t)
	storetest.Each(t, func(t *testing.T, url string) {
		if strings.HasSuffix(url, ":memory:") {
			return // goes with its process
		}
		t.Logf("SLUSS_TEST_SEED=%d SLUSS_TEST_KILLS=%d", seed, kills)
		k := newKilling(t, seed, url)
		ctx, stop := context.WithCancel(t.Context())
		var group sync.WaitGroup
		k.start()
		for i := range 6 {
			p := &payer{killing: k, rand: rand.New(rand.NewPCG(seed, uint64(i))), n: i}
			group.Go(func() { p.run(ctx) })
		}
		for range kills {
			k.pause(1500 * time.Millisecond)
			if k.cut != nil && k.rand.IntN(3) == 0 { // the line is cut instead
				k.disturb(func() {
					k.cut.set(true)
					k.pause(2 * time.Second)
					k.cut.set(false)
					k.ready()
				})
				continue
			}
			k.disturb(func() {
				k.kill()
				if k.rand.IntN(2) == 0 {
					k.dayComes()
				}
				k.start()
			})
		}
		k.pause(time.Second)
		stop()
		group.Wait()
		k.kill()
		k.dayComes()
		k.start()
		k.checkAll()
	})
}

// newKilling makes a database with an app and a receiver of its webhooks.
func newKilling(t *testing.T, seed uint64, dbURL string) *killing {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	k := &killing{
		T: t, rand: rand.New(rand.NewPCG(seed, 99)), folder: t.TempDir(), url: dbURL,
		shown: map[string]map[string]bool{}, told: map[string]bool{}, whose: map[string]int{}, said: map[string]int{}, client: http.Client{Timeout: 20 * time.Second},
	}
	k.program = filepath.Join(k.folder, "sluss")
	if err := os.Symlink(self, k.program); err != nil {
		t.Fatal(err)
	}
	conf := "control = \"off\"\nbanks.simulator = true\nlog.level = \"warn\"\nwebhooks.allow = [\"127.0.0.0/8\"]\n"
	if err := os.WriteFile(k.config(), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(dbURL, "postgres") {
		k.cut, dbURL = newCutter(t, dbURL)
	}
	address := freeAddress(t)
	k.base = "http://" + address
	k.env = append(os.Environ(), "SLUSS_DATABASE="+dbURL, "SLUSS_LISTEN="+address)
	k.env = append(k.env, "SLUSS_SEALING_KEY="+strings.TrimSpace(k.run("key", "new-sealing")))
	k.run("db", "migrate", "--config", k.config())
	var a account
	if err := json.Unmarshal([]byte(k.run("app", "create", "Killed", "--json", "--config", k.config())), &a); err != nil {
		t.Fatal(err)
	}
	k.env = append(k.env, "CLIENT_ID="+a.ClientID, "CLIENT_SECRET="+a.ClientSecret)
	receiver := httptest.NewServer(http.HandlerFunc(k.receive))
	t.Cleanup(receiver.Close)
	k.run("app", "webhook", "add", a.ClientID, receiver.URL, "--config", k.config())
	t.Cleanup(func() {
		if k.cmd != nil {
			_ = k.cmd.Process.Kill()
			_ = k.cmd.Wait()
		}
		if text, err := os.ReadFile(filepath.Join(k.folder, "log")); err == nil && t.Failed() {
			t.Logf("left: %.2000s\nend of the log: %s", k.left, text[max(0, len(text)-4000):])
		}
	})
	return k.authorised(a)
}

// authorised sets how to get a token, once there is a server.
func (k *killing) authorised(a account) *killing {
	k.start()
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {a.ClientID}, "client_secret": {a.ClientSecret}, "scope": {"paymentinitiation private"},
	}
	status, body, err := fetch(http.MethodPost, k.base+"/connect/token", form.Encode(), "")
	var out struct {
		Token string `json:"access_token"`
	}
	if err == nil && status == http.StatusOK {
		err = json.Unmarshal([]byte(body), &out)
	}
	if err != nil || out.Token == "" {
		k.Fatalf("token: %d %s, %v", status, body, err)
	}
	k.token = out.Token
	k.kill()
	return k
}

func (k *killing) config() string { return filepath.Join(k.folder, "sluss.toml") }

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// run runs a command to its end and returns what it prints.
func (k *killing) run(args ...string) string {
	k.Helper()
	cmd := exec.CommandContext(k.Context(), k.program, args...)
	cmd.Env = k.env
	var faults bytes.Buffer
	cmd.Stderr = &faults
	out, err := cmd.Output()
	if err != nil {
		k.Fatalf("sluss %s: %v\n%s%s", strings.Join(args, " "), err, out, faults.String())
	}
	return string(out)
}

// start starts the server, whose banks wait as usual or not at all.
func (k *killing) start() {
	k.Helper()
	log, err := os.OpenFile(filepath.Join(k.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		k.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	waits := []string{"usual", "none"}[k.rand.IntN(2)]
	k.cmd = exec.Command(k.program, "serve", "--config", k.config())
	k.cmd.Env, k.cmd.Stderr = append(k.env, "SLUSS_BANKS_WAITS="+waits), log
	if err := k.cmd.Start(); err != nil {
		k.Fatal(err)
	}
	k.ready()
}

// ready waits until the server is ready.
func (k *killing) ready() {
	k.Helper()
	k.within(2*patience, "the server is ready", func() bool {
		status, _, err := fetch(http.MethodGet, k.base+"/readyz", "", "")
		return err == nil && status == http.StatusOK
	})
}

func (k *killing) within(most time.Duration, what string, g func() bool) {
	k.Helper()
	for start := time.Now(); !g(); time.Sleep(20 * time.Millisecond) {
		if time.Since(start) > most {
			k.Fatalf("not within %v: %s", most, what)
		}
	}
}

func (k *killing) pause(most time.Duration) {
	time.Sleep(time.Duration(k.rand.Int64N(int64(most))) + most/4)
}

// kill kills the server, which gets no chance to end anything.
func (k *killing) kill() {
	_ = k.cmd.Process.Kill()
	_ = k.cmd.Wait()
}

// disturb does something that calls may fail of.
func (k *killing) disturb(f func()) {
	k.set(time.Now())
	f()
	k.set(time.Time{})
}

func (k *killing) set(rough time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.rough = rough
}

// store calls f with the database, past the server.
func (k *killing) store(f func(ctx context.Context, db *store.DB) error) {
	k.Helper()
	db, err := store.Open(k.Context(), store.Options{URL: k.url, MaxConns: 4})
	if err != nil {
		k.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := f(k.Context(), db); err != nil {
		k.Fatal(err)
	}
}

// dayComes makes everything due that waits for its day, and lets go of the
// jobs that the killed server held, as time would.
func (k *killing) dayComes() {
	k.Helper()
	k.store(func(ctx context.Context, db *store.DB) error {
		if err := db.MakeDue(ctx, time.Now(), simulator.Job, payment.LookJob, time.Second); err != nil {
			return err
		}
		held, err := db.Jobs(ctx, job.Filter{Limit: 100_000})
		for _, j := range held {
			if err == nil && j.Owner != "" {
				err = db.RetryJob(ctx, j.ID)
			}
		}
		return err
	})
}

// receive notes a webhook.
func (k *killing) receive(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var m struct {
		Type string
		Data struct{ ID string }
	}
	if json.Unmarshal(body, &m) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.told[m.Type+" "+m.Data.ID] = true
}

// saw notes a status that the API has shown.
func (k *killing) saw(id string, n int, status string) {
	if status == "" {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.shown[id] == nil {
		k.shown[id] = map[string]bool{}
	}
	k.shown[id][status], k.whose[id] = true, n
}

// note counts an answer, and reports a fault that no kill explains.
func (k *killing) note(method, path string, status int, body []byte, err error, began time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.said[fmt.Sprint(method, " ", uuidForm.ReplaceAllString(path, "ID"), " ", status)]++
	disturbed := !k.rough.IsZero() || began.Before(k.rough)
	if err == nil && status == http.StatusInternalServerError || err == nil && status >= 500 && !disturbed && k.cut == nil {
		k.Errorf("%s %s answered %d %.300s", method, path, status, body)
	}
}

var uuidForm = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

// A cutter stands between a server and PostgreSQL, and can cut the line.
type cutter struct {
	mu    sync.Mutex
	off   bool
	conns map[net.Conn]bool
}

// newCutter returns a cutter and the URL through it.
func newCutter(t *testing.T, server string) (*cutter, string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, target := &cutter{conns: map[net.Conn]bool{}}, u.Host
	if u.Port() == "" {
		target += ":5432"
	}
	t.Cleanup(func() {
		_ = l.Close()
		c.set(true)
	})
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go c.join(in, target)
		}
	}()
	u.Host = l.Addr().String()
	return c, u.String()
}

// join passes on what comes, in both directions.
func (c *cutter) join(in net.Conn, target string) {
	out, err := net.Dial("tcp", target)
	if err != nil || !c.add(in, out) {
		_ = in.Close()
		return
	}
	go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
	_, _ = io.Copy(out, in)
	_ = out.Close()
}

func (c *cutter) add(in, out net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.off {
		_ = out.Close()
		return false
	}
	c.conns[in], c.conns[out] = true, true
	return true
}

// set cuts the line, or mends it.
func (c *cutter) set(off bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off = off
	if off {
		for conn := range c.conns {
			_ = conn.Close()
		}
		clear(c.conns)
	}
}
