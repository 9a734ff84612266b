package keyring_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	gojose "github.com/go-jose/go-jose/v4"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/testdb"
)

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func openStore(t testing.TB) *store.DB {
	t.Helper()
	db := testdb.Open(t, testdb.Memory)
	return db
}

func TestSeal(t *testing.T) {
	t.Parallel()
	k := keyring.NewSealingKey()
	s := keyring.NewSealer(k)
	sealed := s.Seal("a", []byte("secret"))
	if got, err := s.Open("a", sealed); err != nil || string(got) != "secret" {
		t.Errorf("Open = %q, %v", got, err)
	}
	if bytes.Contains(sealed, []byte("secret")) || bytes.Equal(sealed, s.Seal("a", []byte("secret"))) {
		t.Error("Seal shows what it seals, or does the same twice")
	}
	again, err := keyring.ParseSealingKey(" " + k.Text() + "\n")
	if err != nil || again != k {
		t.Errorf("ParseSealingKey of Text reports %v", err)
	}
	if got, err := keyring.NewSealer(again).Open("a", sealed); err != nil || string(got) != "secret" {
		t.Errorf("Open with the same key = %q, %v", got, err)
	}
	damaged := bytes.Clone(sealed)
	damaged[len(damaged)-1] ^= 1
	other := bytes.Clone(sealed)
	other[0] = 2
	for name, open := range map[string]func() ([]byte, error){
		"other purpose": func() ([]byte, error) { return s.Open("b", sealed) },
		"other key":     func() ([]byte, error) { return keyring.NewSealer(keyring.NewSealingKey()).Open("a", sealed) },
		"damaged":       func() ([]byte, error) { return s.Open("a", damaged) },
		"other version": func() ([]byte, error) { return s.Open("a", other) },
		"cut":           func() ([]byte, error) { return s.Open("a", sealed[:5]) },
		"empty":         func() ([]byte, error) { return s.Open("a", nil) },
	} {
		if got, err := open(); err == nil {
			t.Errorf("%s: Open = %q", name, got)
		}
	}
}

func TestDerive(t *testing.T) {
	t.Parallel()
	s := keyring.NewSealer(keyring.SealingKey{})
	if s.Derive("a") == s.Derive("b") || s.Derive("a") != keyring.NewSealer(keyring.SealingKey{}).Derive("a") {
		t.Error("Derive does not follow from key and purpose")
	}
	if s.Derive("a") == keyring.NewSealer(keyring.SealingKey{1}).Derive("a") {
		t.Error("Derive does not depend on the key")
	}
}

func TestParseSealingKey(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "abc", strings.Repeat("A", 44), strings.Repeat("A", 86) + "==", "!" + strings.Repeat("A", 42) + "="} {
		if _, err := keyring.ParseSealingKey(bad); err == nil || len(bad) > 3 && strings.Contains(err.Error(), bad) {
			t.Errorf("ParseSealingKey(%q) reports %v", bad, err)
		}
	}
}

func TestMasked(t *testing.T) {
	t.Parallel()
	k := keyring.SealingKey{0: 0xab, 1: 0xcd, 31: 0xef}
	s := keyring.NewSealer(k)
	var out bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("x", "key", k, "sealer", s)
	}
	fmt.Fprintf(&out, "%v %+v %#v %s", k, k, k, k)
	for _, part := range []string{"171", "ab", "AB", k.Text()[:8]} {
		if strings.Contains(out.String(), part) {
			t.Errorf("%q is in %s", part, out.String())
		}
	}
}

func TestState(t *testing.T) {
	t.Parallel()
	at := func(h int) time.Time { return noon().Add(time.Duration(h) * time.Hour) }
	k := keyring.StoredKey{CreatedAt: at(0), PublishedAt: at(1), SignsFrom: at(25), RetiredAt: at(100)}
	tests := []struct {
		now  time.Time
		want keyring.State
	}{
		{at(0), keyring.Made},
		{at(1).Add(-1), keyring.Made},
		{at(1), keyring.Published},
		{at(25).Add(-1), keyring.Published},
		{at(25), keyring.Signing},
		{at(100), keyring.Retired},
		{at(101).Add(-1), keyring.Retired},
		{at(101), keyring.Gone},
	}
	for _, tt := range tests {
		if got := k.State(tt.now, time.Hour); got != tt.want {
			t.Errorf("State(%s) = %s, want %s", tt.now, got, tt.want)
		}
	}
	if got := (&keyring.StoredKey{}).State(at(0), time.Hour); got != keyring.Made {
		t.Errorf("State without times = %s, want made", got)
	}
}

// TestRing lets two instances start together, and a third one with another
// sealing key.
func TestRing(t *testing.T) {
	t.Parallel()
	db, c := openStore(t), clock.NewFrozen(noon())
	sealer := keyring.NewSealer(keyring.NewSealingKey())
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	empty := keyring.NewRing(db, sealer, c, time.Hour)
	if err := empty.LoadStored(ctx); err != nil {
		t.Errorf("LoadStored without keys reports %v", err)
	}
	if stored, err := db.Keys(ctx); err != nil || len(stored) != 0 {
		t.Errorf("LoadStored made %d keys, %v", len(stored), err)
	}
	var keys [2]*keyring.Key
	rings := [2]*keyring.Ring{keyring.NewRing(db, sealer, c, time.Hour), keyring.NewRing(db, sealer, c, time.Hour)}
	for _, r := range rings {
		go r.Run(ctx)
	}
	for i, r := range rings {
		var err error
		if keys[i], err = r.Signing(ctx, ""); err != nil {
			t.Fatal(err)
		}
		<-r.Ready()
	}
	if keys[0].ID != keys[1].ID || !keys[0].Public.(*rsa.PublicKey).Equal(keys[1].Public) {
		t.Errorf("two instances sign with %s and %s", keys[0], keys[1])
	}
	if rings[0].Verifying(keys[1].ID) == nil || rings[0].Verifying("other") != nil {
		t.Error("Verifying does not find the signing key, or finds another")
	}

	foreign := keyring.NewRing(db, keyring.NewSealer(keyring.NewSealingKey()), c, time.Hour)
	if err := foreign.LoadStored(ctx); err == nil || !strings.Contains(err.Error(), "another sealing key") {
		t.Errorf("Load with another sealing key reports %v", err)
	}
	expired, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := foreign.Signing(expired, ""); err == nil || !strings.Contains(err.Error(), "another sealing key") {
		t.Errorf("Signing without a key reports %v", err)
	}
	stored, err := db.Keys(ctx)
	if err != nil || len(stored) != 1 {
		t.Fatalf("%d keys are stored, %v, want 1", len(stored), err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", keys[0], "signer", fmt.Sprint(keys[0]))
	if got := log.String(); strings.Count(got, keys[0].ID) != 2 || len(got) > 300 {
		t.Errorf("a key is logged as %s", got)
	}
}

// members are those that a key of the JWKS has beside kty, use, alg, kid, x5t
// and x5c.
var members = map[jose.Algorithm]struct {
	kind string
	more []string
}{
	jose.RS256: {"RSA", []string{"e", "n"}},
	jose.PS256: {"RSA", []string{"e", "n"}},
	jose.ES256: {"EC", []string{"crv", "x", "y"}},
	jose.EdDSA: {"OKP", []string{"crv", "x"}},
}

func TestJWKS(t *testing.T) {
	t.Parallel()
	for _, a := range jose.Algorithms() {
		t.Run(string(a), func(t *testing.T) {
			t.Parallel()
			db := openStore(t)
			sealer := keyring.NewSealer(keyring.NewSealingKey())
			// The clock stands before the key will have been made, as a sandbox's may.
			for _, c := range []clock.Clock{clock.NewFrozen(noon()), clock.NewFrozen(noon().AddDate(-10, 0, 0))} {
				r := keyring.NewRing(db, sealer, c, time.Hour)
				r.Want(a, nil)
				if err := r.Load(t.Context()); err != nil {
					t.Fatal(err)
				}
				checkJWKS(t, r, a)
			}
		})
	}
}

// checkJWKS looks at the JWKS of a ring with one key, and has somebody else's
// library verify a token with it.
func checkJWKS(t *testing.T, r *keyring.Ring, a jose.Algorithm) {
	t.Helper()
	key, err := r.Signing(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := r.JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var set gojose.JSONWebKeySet
	if err := json.Unmarshal(doc.Body, &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != 1 || !set.Keys[0].Valid() || set.Keys[0].KeyID != key.ID || set.Keys[0].Use != "sig" ||
		set.Keys[0].Algorithm != string(a) || len(set.Keys[0].Certificates) != 1 || len(set.Keys[0].CertificateThumbprintSHA1) != 20 {
		t.Errorf("JWKS = %s", doc.Body)
	}
	cert := set.Keys[0].Certificates[0]
	if err := cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature); err != nil {
		t.Errorf("the certificate is not signed by its key: %v", err)
	}
	var raw struct{ Keys []map[string]any }
	if err := json.Unmarshal(doc.Body, &raw); err != nil {
		t.Fatal(err)
	}
	want := members[a]
	for _, name := range append([]string{"use", "alg", "kid", "x5t", "x5c"}, want.more...) {
		if raw.Keys[0][name] == nil {
			t.Errorf("JWKS has no %s", name)
		}
	}
	if n := len(raw.Keys[0]); n != 6+len(want.more) || raw.Keys[0]["kty"] != want.kind || want.kind == "RSA" && raw.Keys[0]["e"] != "AQAB" {
		t.Errorf("a key of the JWKS has %d members: %v", n, raw.Keys[0])
	}
	if len(key.ID) != 40 || strings.ToUpper(key.ID) != key.ID {
		t.Errorf("kid = %q, want 40 characters in upper case", key.ID)
	}
	text, err := key.Tokens.Token(jose.TypeJWT, &jose.Claims{})
	if err != nil {
		t.Fatal(err)
	}
	sig, err := gojose.ParseSignedCompact(text, []gojose.SignatureAlgorithm{gojose.SignatureAlgorithm(a)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sig.Verify(set); err != nil {
		t.Errorf("go-jose reports %v with our JWKS", err)
	}
}
