package oauth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/api/apitest"
	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/oauth"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/testdb"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/web"
)

const (
	appID      = "0f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f10"
	plainID    = "1f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f11" // has no redirect URI
	disabledID = "2f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f12"
	closedID   = "4f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f14" // without token services
	signerID   = "5f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f15" // authenticates by assertion
	foreignID  = "3f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f13" // of production
	back       = "https://tpp.example/back"
)

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// secret is the secret of all apps.
func secret() string { return string(app.SecretOf([32]byte{1, 2, 3})) }

// A world is the edge over a real store.
type world struct {
	handler http.Handler
	tokens  *token.Service
	clock   *clock.Virtual
	codes   codes
	db      *store.DB
	// certificates of clients are told of by proxies if it is not nil.
	certificates *web.Certificates
}

// codes is an Exchanger that knows one code, which package redirect tests for
// real.
type codes struct{ seen *redirect.ExchangeRequest }

// Exchange implements [oauth.Exchanger].
func (c codes) Exchange(ctx context.Context, r redirect.ExchangeRequest, issue redirect.Issue) error {
	*c.seen = r
	if r.Code != "good" {
		return problem.New(problem.GrantInvalid, "the code is not known")
	}
	set, err := scope.Parse("accountinformation private")
	if err != nil {
		return err
	}
	_, err = issue(ctx, set)
	return err
}

// One signing key serves all tests, since to make one takes long.
var (
	sealer  = keyring.NewSealer(keyring.SealingKey{1})
	makeKey = sync.OnceValues(func() (keyring.StoredKey, error) { return keyring.NewKey(sealer, jose.RS256, noon()) })
)

func firstKey(t testing.TB) keyring.StoredKey {
	t.Helper()
	k, err := makeKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newWorld(t testing.TB) *world {
	t.Helper()
	ctx := t.Context()
	db := testdb.Open(t, testdb.Memory)
	for id, change := range map[string]func(*app.App){
		appID:      func(a *app.App) { a.RedirectURIs = []string{back} },
		plainID:    func(*app.App) {},
		disabledID: func(a *app.App) { a.Disabled = true },
		closedID:   func(a *app.App) { a.Extensions.NoTokenServices = true },
		signerID: func(a *app.App) {
			a.Secrets = nil
			if err := a.SetKeys(publicKeys(t)); err != nil {
				t.Fatal(err)
			}
		},
		foreignID: func(a *app.App) { a.Environment = app.Production },
	} {
		a, err := app.New(app.App{ID: id, Name: "x", Environment: app.Sandbox, Scopes: []scope.API{scope.AccountInformation, scope.BankgiroInformation}}, noon())
		if err != nil {
			t.Fatal(err)
		}
		if err := a.PutSecret(app.SecretText(secret()), "", noon(), time.Time{}); err != nil {
			t.Fatal(err)
		}
		change(&a)
		if err := db.InsertApp(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	w := &world{clock: clock.NewFrozen(noon()), codes: codes{new(redirect.ExchangeRequest)}, db: db}
	first := firstKey(t)
	if err := db.UpdateKeys(ctx, func([]keyring.StoredKey) (keyring.Change, error) {
		return keyring.Change{Put: []keyring.StoredKey{first}}, nil
	}); err != nil {
		t.Fatal(err)
	}
	ring := keyring.NewRing(db, sealer, w.clock, time.Hour+token.Skew)
	apps := app.NewDirectory(db)
	if err := errors.Join(ring.Load(ctx), apps.Refresh(ctx)); err != nil {
		t.Fatal(err)
	}
	w.serve(t, &token.Service{
		Apps: apps, Keys: ring, Clock: w.clock, Gate: token.NewGate(),
		Issuer: "https://auth.example", Environment: app.Sandbox, Lifetime: time.Hour,
		Revocations: token.NewDenyList(db, w.clock), Replays: db,
	})
	return w
}

// serve makes the handler of the world.
func (w *world) serve(t testing.TB, tokens *token.Service) {
	mux := http.NewServeMux()
	w.tokens = tokens
	(&oauth.Handler{
		Tokens: tokens, Keys: tokens.Keys, Exchanger: w.codes, Certificates: w.certificates, Accepts: w.certificates != nil,
	}).Mount(mux)
	w.handler = apitest.New(t).Handler(web.Observer{}.Observe(mux))
}

// A call is a request of a test.
type call struct {
	method  string // POST if empty
	path    string // /connect/token if empty
	body    string
	ctype   string // of a form if empty, none if "none"
	basic   string // what follows "Basic "; none if empty
	headers map[string]string
	more    [][2]string // further header lines
	from    string      // address of the client; that of a proxy if empty
	// production is the APIs of an installation of production, else those of a
	// sandbox.
	production bool
}

func (w *world) do(t testing.TB, c call) *httptest.ResponseRecorder {
	t.Helper()
	if c.method == "" {
		c.method = http.MethodPost
	}
	if c.path == "" {
		c.path = "/connect/token"
	}
	r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
	switch c.ctype {
	case "":
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	case "none":
	default:
		r.Header.Set("Content-Type", c.ctype)
	}
	if c.basic != "" {
		r.Header.Set("Authorization", "Basic "+c.basic)
	}
	for name, value := range c.headers {
		r.Header.Set(name, value)
	}
	for _, line := range c.more {
		r.Header.Add(line[0], line[1])
	}
	if c.from != "" {
		r.RemoteAddr = c.from
	}
	if c.production {
		r = r.WithContext(context.WithValue(r.Context(), productionKey{}, true))
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

// fields returns a form of pairs.
func fields(pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

// post returns the form of an app that authenticates in the body, with more.
func post(more ...string) string {
	return fields(append([]string{"grant_type", "client_credentials", "client_id", appID, "client_secret", secret()}, more...)...)
}

func basic(id, secret string) string {
	return base64.StdEncoding.EncodeToString([]byte(id + ":" + secret))
}

func decode(t testing.TB, rec *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &m); err != nil {
		t.Fatalf("the answer %q is no JSON: %v", rec.Body, err)
	}
	return m
}
