package portal_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/issuer"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/passkey"
	"sluss.example/sluss/internal/portal"
	"sluss.example/sluss/internal/server"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/ui"
	"sluss.example/sluss/internal/webhook"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const goodPassword = "correct horse battery"

// A rig is a portal on a real store, with a mail box in which all mail lands.
type rig struct {
	t      *testing.T
	h      *portal.Handler
	people *developer.Service
	clock  *clock.Virtual
	db     *store.DB
	apps   apps
	web    *httptest.Server
	mail   box

	webhooks *webhook.Service
}

// apps are read from the store, so that no test waits for a snapshot.
type apps struct{ *server.Apps }

func (a apps) OfOrganisation(ctx context.Context, id string) (own []app.App, err error) {
	all, err := a.Apps.Apps(ctx)
	for _, x := range all {
		if x.Extensions.OrganisationID == id {
			own = append(own, x)
		}
	}
	return own, err
}

// A box keeps mail.
type box struct {
	mu  sync.Mutex
	all []developer.Mail
}

func (b *box) Send(_ context.Context, m developer.Mail) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = append(b.all, m)
	return nil
}

func newRig(t *testing.T) *rig {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sluss.db")
	if err := os.WriteFile(file, template.file(t), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + file})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	own, err := portal.Assets()
	if err != nil {
		t.Fatal(err)
	}
	assets, err := ui.NewAssets(own)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, clock: clock.NewFrozen(noon)}
	mux := http.NewServeMux()
	r.web = httptest.NewServer(mux)
	t.Cleanup(r.web.Close)
	sealer := rigSealer()
	r.people = &developer.Service{
		Store: store.Developers{DB: db}, Hasher: developer.NewQuickHasher(), Sealer: sealer, Mailer: &r.mail,
		Clock: r.clock, Base: r.web.URL, OpenSignUp: true,
	}
	r.db = db
	r.apps = apps{&server.Apps{Store: db, Environment: "sandbox", Clock: r.clock}}
	r.webhooks = &webhook.Service{Store: db, Apps: db, Sealer: sealer, Clock: r.clock, Policy: webhook.Policy{Plain: true}}
	banks, err := bank.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	r.h = &portal.Handler{
		Sandbox: &portal.Sandbox{Clock: r.clock}, Webhooks: r.webhooks,
		Things: db, Banks: banks, Issuer: &issuer.Service{Store: db, Sealer: sealer, Clock: r.clock, Name: "CA"},
		People: r.people, Apps: r.apps, Requests: db, Usage: db, Sealer: sealer, Clock: r.clock, Assets: assets, Base: r.web.URL, Environment: "sandbox",
		Version: "test", From: func(*http.Request) netip.Addr { return netip.MustParseAddr("192.0.2.7") },
	}
	ring := keyring.NewRing(db, sealer, r.clock, time.Hour)
	if err := ring.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.h.Desk = &portal.Desk{
		Keys: ring, KeepKeys: time.Hour, Trail: db, Jobs: db, Started: noon, Settings: []portal.Setting{{Key: "token.quota", Value: "<4>"}},
		KYC: &kyc.Service{Store: db, Provider: kyc.Manual{}, Sealer: sealer, Clock: r.clock, Base: r.web.URL},
		AllApps: func(ctx context.Context) (all []*app.App, err error) {
			apps, err := r.apps.Apps.Apps(ctx)
			for i := range apps {
				all = append(all, &apps[i])
			}
			return all, err
		},
	}
	// A name and not an address, since a relying party of WebAuthn has one.
	r.web.URL = strings.Replace(r.web.URL, "127.0.0.1", "localhost", 1)
	r.people.Base, r.h.Base = r.web.URL, r.web.URL
	if r.h.Passkeys, err = passkey.New(r.web.URL, sealer, db, r.clock); err != nil {
		t.Fatal(err)
	}
	if err := r.h.Mount(mux); err != nil {
		t.Fatal(err)
	}
	return r
}

// A first is what all rigs start from: a database with its schema and a signing
// key, both of which take long to make.
type first struct {
	once sync.Once
	text []byte
	err  error
}

var template first

// file returns the database as a file.
func (f *first) file(t *testing.T) []byte {
	t.Helper()
	f.once.Do(func() { f.text, f.err = makeFirst(t.Context(), filepath.Join(t.TempDir(), "first.db")) })
	if f.err != nil {
		t.Fatal(f.err)
	}
	return f.text
}

func makeFirst(ctx context.Context, file string) ([]byte, error) {
	db, err := store.Open(ctx, store.Options{URL: "sqlite:" + file})
	if err != nil {
		return nil, err
	}
	err = db.Migrate(ctx)
	if err == nil {
		err = keyring.NewRing(db, rigSealer(), clock.NewFrozen(noon), time.Hour).Load(ctx)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

func rigSealer() *keyring.Sealer { return keyring.NewSealer(keyring.SealingKey{1}) }

// A browser is somebody's, with cookies, and with the last page that it saw.
type browser struct {
	r      *rig
	client *http.Client
	status int
	path   string // of the last page, with its query
	body   string
	header http.Header
}

func (r *rig) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return &browser{r: r, client: &http.Client{Jar: jar, Transport: &http.Transport{}}}
}

func (b *browser) do(req *http.Request) *browser {
	b.r.t.Helper()
	res, err := b.client.Do(req)
	if err != nil {
		b.r.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.r.t.Fatal(err)
	}
	b.status, b.path, b.body, b.header = res.StatusCode, res.Request.URL.RequestURI(), string(body), res.Header
	return b
}

// get loads a page, following redirects.
func (b *browser) get(path string) *browser {
	b.r.t.Helper()
	req, err := http.NewRequest(http.MethodGet, b.r.web.URL+path, nil)
	if err != nil {
		b.r.t.Fatal(err)
	}
	return b.do(req)
}

var csrfForm = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// post sends a form as the last page would, with its hidden token, and follows
// redirects.
func (b *browser) post(path string, pairs ...string) *browser {
	b.r.t.Helper()
	form := url.Values{}
	if m := csrfForm.FindStringSubmatch(b.body); m != nil {
		form.Set("csrf", m[1])
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequest(http.MethodPost, b.r.web.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(req)
}

// expect checks the status, the path and parts of the last page.
func (b *browser) expect(status int, path string, parts ...string) *browser {
	b.r.t.Helper()
	if b.status != status || b.path != path {
		b.r.t.Errorf("at %s with %d, want %s with %d\n%s", b.path, b.status, path, status, b.body)
	}
	for _, p := range parts {
		if !strings.Contains(b.body, p) {
			b.r.t.Errorf("%s lacks %q:\n%s", b.path, p, b.body)
		}
	}
	return b
}

var linkForm = regexp.MustCompile(`http://[^ ]+(/portal/[^\n]+)\n`)

// link returns the path of the link in the last mail.
func (r *rig) link() string {
	r.t.Helper()
	r.mail.mu.Lock()
	defer r.mail.mu.Unlock()
	if len(r.mail.all) == 0 {
		r.t.Fatal("no mail")
	}
	m := linkForm.FindStringSubmatch(r.mail.all[len(r.mail.all)-1].Text)
	if m == nil {
		r.t.Fatalf("no link in %q", r.mail.all[len(r.mail.all)-1].Text)
	}
	return m[1]
}

// person makes an account and signs it in.
func (r *rig) person(email string) *browser {
	r.t.Helper()
	b := r.browser().get("/portal/sign-up")
	b.post("/portal/sign-up", "name", "Ada", "email", email, "password", goodPassword)
	b.get(r.link())
	b.post("/portal/verify", "link", strings.TrimPrefix(r.link(), "/portal/verify?link="))
	return b.post("/portal/sign-in", "email", email, "password", goodPassword)
}

// founder is a person with an organisation.
func (r *rig) founder(email, organisation string) *browser {
	r.t.Helper()
	return r.person(email).post("/portal/organisations/new", "name", organisation).expect(200, "/portal", organisation)
}
