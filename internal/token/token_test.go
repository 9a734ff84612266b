package token_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/testdb"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/usage"
)

const issuer = "https://auth.example"

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// A world is a token service with its store, a clock and one app.
type world struct {
	*token.Service
	db     *store.DB
	dir    *app.Directory
	clock  *clock.Virtual
	app    app.App
	secret app.SecretText
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
	var err error
	w := &world{db: db, dir: app.NewDirectory(db), clock: clock.NewFrozen(noon())}
	if w.app, err = app.New(app.App{
		Name: "x", Environment: app.Sandbox, Scopes: []scope.API{scope.ASPSPInformation, scope.AccountInformation},
	}, noon()); err != nil {
		t.Fatal(err)
	}
	if w.secret, err = w.app.AddSecret("", noon(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := db.InsertApp(ctx, w.app); err != nil {
		t.Fatal(err)
	}
	first := firstKey(t)
	if err := db.UpdateKeys(ctx, func([]keyring.StoredKey) (keyring.Change, error) {
		return keyring.Change{Put: []keyring.StoredKey{first}}, nil
	}); err != nil {
		t.Fatal(err)
	}
	ring := keyring.NewRing(db, sealer, w.clock, time.Hour+token.Skew)
	if err := errors.Join(ring.Load(ctx), w.dir.Refresh(ctx)); err != nil {
		t.Fatal(err)
	}
	w.Service = &token.Service{
		Apps: w.dir, Keys: ring, Clock: w.clock, Gate: token.NewGate(),
		Issuer: issuer, Environment: app.Sandbox, Lifetime: time.Hour,
	}
	return w
}

// change changes the app.
func (w *world) change(t testing.TB, fn func(*app.App)) {
	t.Helper()
	_, err := w.db.UpdateApp(t.Context(), w.app.ID, func(a *app.App) ([]event.Event, error) {
		fn(a)
		return nil, nil
	})
	if err := errors.Join(err, w.dir.Refresh(t.Context())); err != nil {
		t.Fatal(err)
	}
}

func (w *world) issue(t testing.TB, s string) *token.Issued {
	t.Helper()
	set, err := scope.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	issued, err := w.Issue(t.Context(), &w.app, set)
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var short app.SecretText
	w.change(t, func(a *app.App) { short, _ = a.AddSecret("short", noon(), noon().Add(time.Hour)) })
	good := func(name, id string, secret app.SecretText) {
		if a, err := w.Authenticate(id, string(secret), netip.Addr{}); err != nil || a.ID != w.app.ID {
			t.Errorf("%s: Authenticate = %v, %v", name, a, err)
		}
	}
	bad := func(name, id string, secret app.SecretText) {
		a, err := w.Authenticate(id, string(secret), netip.Addr{})
		if a != nil || !problem.Is(err, problem.ClientInvalid) || err.Error() != "client_invalid" {
			t.Errorf("%s: Authenticate = %v, %v, want client_invalid without detail", name, a, err)
		}
	}
	good("first secret", w.app.ID, w.secret)
	good("upper case", strings.ToUpper(w.app.ID), w.secret)
	good("second secret", w.app.ID, short)
	bad("unknown app", "0f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f10", w.secret)
	bad("wrong secret", w.app.ID, app.NewSecret())
	bad("empty secret", w.app.ID, "")
	bad("cut secret", w.app.ID, w.secret[:54])
	bad("empty id", "", w.secret)
	w.clock.Advance(time.Hour)
	bad("expired secret", w.app.ID, short)
	good("first secret still", w.app.ID, w.secret)
	w.change(t, func(a *app.App) { a.Disabled = true })
	bad("disabled", w.app.ID, w.secret)
	w.change(t, func(a *app.App) { a.Disabled, a.Environment = false, app.Production })
	bad("other environment", w.app.ID, w.secret)
}

// TestUse proves that the use of each secret is written, and only of those that
// were good.
func TestUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Uses = app.NewUses(w.db)
	var second app.SecretText
	w.change(t, func(a *app.App) { second, _ = a.AddSecret("second", noon(), time.Time{}) })
	w.clock.Advance(time.Minute)
	if _, err := w.Authenticate(w.app.ID, string(second), netip.MustParseAddr("192.0.2.77")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authenticate(w.app.ID, "wrong", netip.MustParseAddr("192.0.2.78")); err == nil {
		t.Fatal("a wrong secret is good")
	}
	if err := w.Uses.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, err := w.db.App(t.Context(), w.app.ID)
	if err != nil {
		t.Fatal(err)
	}
	if s := a.Secrets[0]; !s.LastUsedAt.IsZero() || s.LastUsedFrom != "" {
		t.Errorf("the first secret is %+v, want it unused", s)
	}
	if s := a.Secrets[1]; !s.LastUsedAt.Equal(noon().Add(time.Minute)) || s.LastUsedFrom != "192.0.2.0/24" {
		t.Errorf("the second secret is %+v, want its use", s)
	}
}

func TestIssue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	issued := w.issue(t, "accountinformation private aspspinformation")
	if issued.ExpiresIn != time.Hour || !issued.ExpiresAt.Equal(noon().Add(time.Hour)) {
		t.Errorf("the token expires in %s, at %s", issued.ExpiresIn, issued.ExpiresAt)
	}
	if got := fmt.Sprint(issued, issued.LogValue()); strings.Contains(got, issued.Text) {
		t.Errorf("the token prints as %s", got)
	}
	if again := w.issue(t, "accountinformation private aspspinformation"); again.ID == issued.ID || again.Text == issued.Text {
		t.Error("two tokens are one")
	}
	access, err := w.Check(issued.Text)
	if err != nil {
		t.Fatal(err)
	}
	if access.App.ID != w.app.ID || access.Scope.String() != "accountinformation private aspspinformation" || access.ID != issued.ID {
		t.Errorf("Check = %+v", access)
	}
	set, err := scope.Parse("paymentinitiation corporate")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Issue(t.Context(), &w.app, set); !problem.Is(err, problem.ScopeInvalid) {
		t.Errorf("Issue of what was not granted reports %v, want scope_invalid", err)
	}
}

// revoked is a list of tokens.
type revoked map[string]bool

func (r revoked) Revoked(id string) bool { return r[id] }

func (r revoked) Revoke(_ context.Context, id string, _ time.Time) error {
	r[id] = true
	return nil
}

func TestCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(t *testing.T, w *world, issued *token.Issued) string // returns what is checked
		want problem.Reason                                            // empty if it is good
	}{
		{"good", func(_ *testing.T, _ *world, i *token.Issued) string { return i.Text }, ""},
		{"almost expired", func(_ *testing.T, w *world, i *token.Issued) string {
			w.clock.Advance(time.Hour + token.Skew)
			return i.Text
		}, ""},
		{"RFC 9068", func(t *testing.T, w *world, _ *token.Issued) string {
			w.Form = jose.TypeATJWT
			return w.issue(t, "accountinformation private").Text
		}, ""},
		{"from the future, within the skew", func(t *testing.T, w *world, _ *token.Issued) string {
			return w.forge(t, func(c *jose.Claims) { c.NotBefore += 60 })
		}, ""},

		{"expired", func(_ *testing.T, w *world, i *token.Issued) string {
			w.clock.Advance(time.Hour + token.Skew + time.Second)
			return i.Text
		}, problem.TokenExpired},
		{"disabled", func(t *testing.T, w *world, i *token.Issued) string {
			w.change(t, func(a *app.App) { a.Disabled = true })
			return i.Text
		}, problem.TokenInvalid},
		{"other environment", func(t *testing.T, w *world, i *token.Issued) string {
			w.change(t, func(a *app.App) { a.Environment = app.Production })
			return i.Text
		}, problem.TokenInvalid},
		{"deleted", func(t *testing.T, w *world, i *token.Issued) string {
			if err := errors.Join(w.db.DeleteApp(t.Context(), w.app.ID), w.dir.Refresh(t.Context())); err != nil {
				t.Fatal(err)
			}
			return i.Text
		}, problem.TokenInvalid},
		{"revoked", func(_ *testing.T, w *world, i *token.Issued) string {
			w.Revocations.(revoked)[i.ID] = true
			return i.Text
		}, problem.TokenInvalid},
		{"not yet valid", func(t *testing.T, w *world, _ *token.Issued) string {
			return w.forge(t, func(c *jose.Claims) { c.NotBefore += 61 })
		}, problem.TokenInvalid},
		{"other audience", func(t *testing.T, w *world, _ *token.Issued) string {
			return w.forge(t, func(c *jose.Claims) { c.Audience = []string{"accountinformation"} })
		}, problem.TokenInvalid},
		{"other scope", func(t *testing.T, w *world, _ *token.Issued) string {
			return w.forge(t, func(c *jose.Claims) { c.Scope = []string{"openid"} })
		}, problem.TokenInvalid},
		{"other issuer", func(t *testing.T, w *world, _ *token.Issued) string {
			return w.forge(t, func(c *jose.Claims) { c.Issuer = "https://auth.sandbox.example" })
		}, problem.TokenUnknown},
		{"other installation", func(t *testing.T, _ *world, _ *token.Issued) string {
			other := newWorld(t)
			k, err := keyring.NewKey(sealer, jose.RS256, noon())
			if err != nil {
				t.Fatal(err)
			}
			other.Keys = keyring.NewRing(oneKey{k}, sealer, other.clock, time.Hour)
			if err := other.Keys.Load(t.Context()); err != nil {
				t.Fatal(err)
			}
			return other.issue(t, "accountinformation private").Text
		}, problem.TokenUnknown},
		{"cut", func(_ *testing.T, _ *world, i *token.Issued) string { return i.Text[:len(i.Text)-2] }, problem.TokenUnknown},
		{"rubbish", func(*testing.T, *world, *token.Issued) string { return "rubbish" }, problem.TokenUnknown},
		{"empty", func(*testing.T, *world, *token.Issued) string { return "" }, problem.TokenUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.Revocations = revoked{}
			issued := w.issue(t, "accountinformation private")
			if _, err := w.Check(issued.Text); err != nil {
				t.Fatal(err)
			}
			raw := tt.do(t, w, issued)
			// A token that was seen before is refused just as well as one that
			// another instance sees for the first time.
			other := &token.Service{
				Apps: w.Apps, Keys: w.Keys, Clock: w.Clock, Issuer: w.Issuer, Environment: w.Environment, Revocations: w.Revocations,
			}
			for _, s := range []*token.Service{w.Service, other} {
				checkCheck(t, s, raw, tt.want)
			}
		})
	}
}

// checkCheck checks that the token is good, or refused for the reason.
func checkCheck(t *testing.T, s *token.Service, raw string, want problem.Reason) {
	t.Helper()
	access, err := s.Check(raw)
	if want == "" {
		if err != nil || access.App == nil {
			t.Errorf("Check = %+v, %v", access, err)
		}
		return
	}
	if !problem.Is(err, want) || access.App != nil {
		t.Errorf("Check = %+v, %v, want %s", access, err, want)
	}
	if err != nil && len(raw) > 9 && strings.Contains(err.Error(), raw) {
		t.Errorf("Check quotes the token: %v", err)
	}
}

// oneKey is a store with one key.
type oneKey struct{ key keyring.StoredKey }

func (o oneKey) Keys(context.Context) ([]keyring.StoredKey, error) {
	return []keyring.StoredKey{o.key}, nil
}

func (oneKey) UpdateKeys(context.Context, func([]keyring.StoredKey) (keyring.Change, error)) error {
	return nil
}

// forge signs a token with our own key as it would not be issued.
func (w *world) forge(t *testing.T, change func(*jose.Claims)) string {
	t.Helper()
	key, err := w.Keys.Signing(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	now := w.clock.Now().Unix()
	c := jose.Claims{
		Issuer: issuer, Audience: []string{issuer + "/resources"}, ClientID: w.app.ID, Scope: []string{"accountinformation", "private"},
		ID: "1", IssuedAt: now, NotBefore: now, Expires: now + 3600,
	}
	change(&c)
	text, err := key.Tokens.Token(jose.TypeJWT, &c)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func FuzzCheck(f *testing.F) {
	w := newWorld(f)
	good := w.issue(f, "accountinformation private").Text
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add("eyJhbGciOiJub25lIn0..")
	f.Fuzz(func(t *testing.T, raw string) {
		if access, err := w.Check(raw); err == nil && raw != good || err != nil && access.App != nil {
			t.Fatalf("Check(%q) = %+v, %v", raw, access, err)
		}
	})
}

// away is a directory whose store has been away for d.
type away struct {
	*app.Directory
	d *time.Duration
}

func (a away) Away() time.Duration { return *a.d }

func TestGrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var d time.Duration
	w.Apps, w.Grace = away{w.dir, &d}, 15*time.Minute
	issued := w.issue(t, "accountinformation private")
	for _, policy := range []usage.Policy{usage.Advise, usage.Reuse} {
		w.Rule = token.Rule{Policy: policy}
		tests := []struct {
			away time.Duration
			good bool
		}{{time.Second, true}, {15 * time.Minute, true}, {15*time.Minute + 1, false}, {0, true}}
		for _, tt := range tests {
			d = tt.away
			_, checked := w.Check(issued.Text)
			_, _, granted := w.grant(t, "accountinformation private")
			for what, err := range map[string]error{"Check": checked, "Grant": granted} {
				if (err == nil) != tt.good || err != nil && !problem.Is(err, problem.Busy) {
					t.Errorf("%s with the store away for %v reports %v, want it good: %t", what, tt.away, err, tt.good)
				}
			}
		}
	}
}
