package benchmark

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/token"
)

// check measures what the APIs do with a token, in this process: one that was
// never seen before beside the bare verification of its signature, and one
// that was.
func (b *tokenBench) check(ctx context.Context) error {
	service, raw, err := checker(ctx)
	if err != nil {
		return err
	}
	key, err := service.Keys.Signing(ctx, "")
	if err != nil {
		return err
	}
	bare, err := bareVerification(key, raw)
	if err != nil {
		return err
	}
	cold := func() error {
		fresh := token.Service{Apps: service.Apps, Keys: service.Keys, Clock: service.Clock, Issuer: service.Issuer, Environment: service.Environment}
		_, err := fresh.Check(raw)
		return err
	}
	warm := func() error {
		_, err := service.Check(raw)
		return err
	}
	var ratios, floors, ours, seen []float64
	for range 10 * max(b.Rounds, 3) { // short ones, so that noise hits both
		floor, err := each(200, bare)
		if err != nil {
			return err
		}
		own, err := each(200, cold)
		if err != nil {
			return err
		}
		again, err := each(20_000, warm)
		if err != nil {
			return err
		}
		ratios, floors = append(ratios, float64(own)/float64(floor)), append(floors, micro(floor))
		ours, seen = append(ours, micro(own)), append(seen, micro(again))
	}
	b.add(
		AtMost("check at the API, new token, beside a bare VerifyPKCS1v15", Median(ratios), 1.5, "%.2f").Beside(Median(ours), Median(floors), "%.1f us"),
		AtMost("check at the API, token seen before", Median(seen), 2, "%.2f us"),
	)
	return nil
}

func micro(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// each returns how long fn takes at the mean of n times.
func each(n int, fn func() error) (time.Duration, error) {
	start := clock.Real{}.Now()
	for range n {
		if err := fn(); err != nil {
			return 0, err
		}
	}
	return clock.Real{}.Since(start) / time.Duration(n), nil
}

// bareVerification returns what verifies the signature of a token and does
// nothing else.
func bareVerification(key *keyring.Key, raw string) (func() error, error) {
	public := key.Public.(*rsa.PublicKey)
	dot := strings.LastIndexByte(raw, '.')
	signature, err := base64.RawURLEncoding.DecodeString(raw[dot+1:])
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256([]byte(raw[:dot]))
	return func() error { return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) }, nil
}

// one is an app that is all there is.
type one struct{ app.App }

// Find implements [token.Apps].
func (o *one) Find(id string) *app.App {
	if id != o.ID {
		return nil
	}
	return &o.App
}

// Away implements [token.Apps].
func (*one) Away() time.Duration { return 0 }

// memory keeps keys as long as the process runs.
type memory struct{ keys []keyring.StoredKey }

// Keys implements [keyring.Store].
func (m *memory) Keys(context.Context) ([]keyring.StoredKey, error) { return m.keys, nil }

// UpdateKeys implements [keyring.Store] for the first key.
func (m *memory) UpdateKeys(_ context.Context, fn func([]keyring.StoredKey) (keyring.Change, error)) error {
	c, err := fn(m.keys)
	m.keys = append(m.keys, c.Put...)
	return err
}

// checker returns a token service and a token of it.
func checker(ctx context.Context) (*token.Service, string, error) {
	now := clock.Real{}
	a, err := app.New(app.App{Name: "check", Environment: app.Sandbox, Scopes: []scope.API{scope.AccountInformation}}, now.Now())
	if err != nil {
		return nil, "", err
	}
	ring := keyring.NewRing(&memory{}, keyring.NewSealer(keyring.NewSealingKey()), now, time.Hour)
	if err := ring.Load(ctx); err != nil {
		return nil, "", err
	}
	s := &token.Service{
		Apps: &one{a}, Keys: ring, Clock: now, Gate: token.NewGate(), Issuer: "https://auth.example", Environment: app.Sandbox, Lifetime: time.Hour,
	}
	set, err := scope.Parse("accountinformation private")
	if err != nil {
		return nil, "", err
	}
	issued, err := s.Issue(ctx, &a, set)
	if err != nil {
		return nil, "", err
	}
	return s, issued.Text, nil
}
