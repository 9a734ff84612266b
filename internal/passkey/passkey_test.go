package passkey_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/passkey"
	"sluss.example/sluss/internal/passkey/passkeytest"
	"sluss.example/sluss/internal/problem"
)

const origin = "https://portal.example.com"

// once remembers in memory.
type once struct {
	mu   sync.Mutex
	used map[[32]byte]bool
}

func (o *once) UseOnce(_ context.Context, key [32]byte, _ time.Time) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.used[key] {
		return false, nil
	}
	o.used[key] = true
	return true, nil
}

// A rig is a site with one user and one authenticator.
type rig struct {
	*passkey.Ceremonies
	t     *testing.T
	clock *clock.Virtual
	user  developer.User
	key   *passkeytest.Authenticator
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, clock: clock.NewFrozen(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)), user: developer.User{ID: "u1", Email: "ada@example.com", Name: "Ada"}}
	var err error
	if r.Ceremonies, err = passkey.New(origin, keyring.NewSealer(keyring.SealingKey{1}), &once{used: map[[32]byte]bool{}}, r.clock); err != nil {
		t.Fatal(err)
	}
	if r.key, err = passkeytest.New(origin); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) register() error {
	r.t.Helper()
	b, err := r.Register(&r.user, "s1")
	if err != nil {
		r.t.Fatal(err)
	}
	answer, err := r.key.Create(b.Options)
	if err != nil {
		r.t.Fatal(err)
	}
	p, err := r.Registered(r.t.Context(), &r.user, "s1", b.State, answer)
	if err == nil {
		r.user.Passkeys = append(r.user.Passkeys, p)
	}
	return err
}

func (r *rig) find(context.Context, []byte) (developer.User, error) { return r.user, nil }

func (r *rig) signIn() error {
	r.t.Helper()
	b, err := r.SignIn()
	if err != nil {
		r.t.Fatal(err)
	}
	answer, err := r.key.Get(b.Options)
	if err != nil {
		r.t.Fatal(err)
	}
	_, p, err := r.SignedIn(r.t.Context(), b.State, answer, r.find)
	if err == nil {
		r.user.Passkeys[0] = p
	}
	return err
}

func TestCeremonies(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.register(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r.clock.Advance(time.Hour)
		if err := r.signIn(); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.user.Passkeys[0].UsedAt; !got.Equal(r.clock.Now()) {
		t.Errorf("last used at %s", got)
	}
	b, err := r.Register(&r.user, "s1")
	if err != nil {
		t.Fatal(err)
	}
	var o struct {
		ExcludeCredentials []any `json:"excludeCredentials"`
		Authenticator      struct {
			ResidentKey      string `json:"residentKey"`
			UserVerification string `json:"userVerification"`
		} `json:"authenticatorSelection"`
	}
	if err := json.Unmarshal(b.Options, &o); err != nil || len(o.ExcludeCredentials) != 1 || o.Authenticator.ResidentKey != "required" || o.Authenticator.UserVerification != "required" {
		t.Errorf("options %s, %v", b.Options, err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		register func(r *rig) // before the registration, which is then refused
		signIn   func(r *rig) // before the sign-in, which is then refused
	}{
		{"registered at another site", func(r *rig) { r.key.Origin = "https://evil.example" }, nil},
		{"registered without a check of the user", func(r *rig) { r.key.Unverified = true }, nil},
		{"another site", nil, func(r *rig) { r.key.Origin = "https://evil.example" }},
		{"another port", nil, func(r *rig) { r.key.Origin = origin + ":8443" }},
		{"the user was not checked", nil, func(r *rig) { r.key.Unverified = true }},
		{"the passkey is gone", nil, func(r *rig) { r.user.Passkeys = nil }},
		{"another user's", nil, func(r *rig) { r.user.ID = "u2" }},
		{"the counter went back", nil, func(r *rig) {
			r.key.Counter = 9
			if err := r.signIn(); err != nil {
				r.t.Fatal(err)
			}
			r.key.Counter = 5
		}},
		{"another key", nil, func(r *rig) {
			other := newRig(r.t)
			if err := other.register(); err != nil {
				r.t.Fatal(err)
			}
			r.user.Passkeys[0].Credential = other.user.Passkeys[0].Credential
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			if tt.register != nil {
				tt.register(r)
				if err := r.register(); !problem.Is(err, problem.ClientInvalid) {
					t.Errorf("the registration reports %v", err)
				}
				return
			}
			if err := r.register(); err != nil {
				t.Fatal(err)
			}
			tt.signIn(r)
			if err := r.signIn(); !problem.Is(err, problem.ClientInvalid) {
				t.Errorf("the sign-in reports %v", err)
			}
		})
	}
}

// A ceremony is good once, for a while, and for what it was begun for.
func TestStates(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.register(); err != nil {
		t.Fatal(err)
	}
	b, err := r.SignIn()
	if err != nil {
		t.Fatal(err)
	}
	answer, err := r.key.Get(b.Options)
	if err != nil {
		t.Fatal(err)
	}
	fails := func(what, want string, sealed, answer []byte) {
		t.Helper()
		if _, _, err := r.SignedIn(t.Context(), sealed, answer, r.find); !problem.Is(err, problem.ClientInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
	fails("no state", "not accepted", nil, answer)
	if _, err := r.Registered(t.Context(), &r.user, "s1", b.State, answer); !problem.Is(err, problem.ClientInvalid) {
		t.Errorf("a sign-in taken for a registration: %v", err)
	}
	if _, _, err := r.SignedIn(t.Context(), b.State, answer, r.find); err != nil {
		t.Error(err)
	}
	fails("used twice", "not accepted", b.State, answer)
	if b, err = r.SignIn(); err != nil {
		t.Fatal(err)
	}
	fails("an old answer", "not accepted", b.State, answer)
	if b, err = r.SignIn(); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(passkey.Life)
	fails("too late", "too long", b.State, answer)
	reg, err := r.Register(&r.user, "s1")
	if err != nil {
		t.Fatal(err)
	}
	other, err := passkeytest.New(origin)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err = other.Create(reg.Options); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Registered(t.Context(), &r.user, "s2", reg.State, answer); !problem.Is(err, problem.ClientInvalid) {
		t.Errorf("another session's registration: %v", err)
	}
}

func FuzzSignedIn(f *testing.F) {
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA","userHandle":"AA"}}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		r := newRig(t)
		b, err := r.SignIn()
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := r.SignedIn(t.Context(), b.State, answer, r.find); err == nil {
			t.Errorf("%q lets somebody in", answer)
		}
	})
}

func TestNoName(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"http://127.0.0.1:8480", "https://[::1]:8480", "https://192.0.2.7", "https://sluss"} {
		if c, err := passkey.New(base, nil, nil, nil); c != nil || err != nil {
			t.Errorf("New(%s) = %v, %v, want none", base, c, err)
		}
	}
	for _, base := range []string{"http://localhost:8480", "https://portal.example.com:8443"} {
		if c, err := passkey.New(base, nil, nil, nil); c == nil || err != nil {
			t.Errorf("New(%s) = %v, %v", base, c, err)
		}
	}
}
