package client_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/client"
	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/certificate/certtest"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/jose/josetest"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/server"
)

// A secured is a sandbox behind TLS that asks for a client certificate, and an
// app whose security tests change.
type secured struct {
	*httptest.Server
	apps  *control.Client
	id    string
	clock *clock.Virtual
	mu    sync.Mutex
	calls []string // scheme, or what the answer says is wrong with it
}

func newSecured(t *testing.T) *secured {
	t.Helper()
	s := &secured{clock: clock.NewFrozen(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))}
	var handler http.Handler
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r)
		s.mu.Lock()
		defer s.mu.Unlock()
		scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		s.calls = append(s.calls, strings.TrimSpace(r.URL.Path+" "+scheme+" "+w.Header().Get("WWW-Authenticate")))
	}))
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	s.StartTLS()
	t.Cleanup(s.Close)
	cfg := config.Default()
	cfg.Database, cfg.Migrate = "sqlite::memory:", true
	cfg.Banks = config.BanksConfig{Simulator: true, Seed: 1, SCA: "auto", Accounts: "open"}
	cfg.Base = config.BaseConfig{Auth: s.URL, API: s.URL}
	sandbox := &server.Sandbox{Clock: s.clock, OnOrigin: true}
	sandbox.WellKnown()
	sluss, err := server.New(t.Context(), cfg, server.Deps{SealingKey: keyring.NewSealingKey(), Sandbox: sandbox})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sluss.Close() })
	handler = sluss.Public()
	s.apps, s.id = &control.Client{Base: s.URL, HTTP: s.Client()}, sandbox.ClientID
	return s
}

// client returns a client of the app, with a certificate unless that is nil.
func (s *secured) client(with *certtest.Client) *client.Client {
	transport := s.Client().Transport.(*http.Transport).Clone()
	if with != nil {
		transport.TLSClientConfig.Certificates = []tls.Certificate{with.TLS()}
	}
	return &client.Client{Auth: s.URL, ID: s.id, Now: s.clock.Now, HTTP: &http.Client{Transport: transport}}
}

func (s *secured) secure(t *testing.T, n control.SecurityChange) {
	t.Helper()
	if _, err := s.apps.SetSecurity(t.Context(), s.id, n); err != nil {
		t.Fatal(err)
	}
}

// countries asks the API for something, which a token is needed for.
func countries(t *testing.T, c *client.Client) error {
	t.Helper()
	_, err := c.Directory(client.Private).Countries(t.Context())
	return err
}

func (s *secured) took() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := strings.Join(s.calls, "\n")
	s.calls = nil
	return all
}

// newKeys returns a key of each kind, and the JWKS with all of them.
func newKeys(t *testing.T) (map[string]crypto.Signer, json.RawMessage) {
	t.Helper()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]crypto.Signer{"P-256": josetest.NewKey(t), "Ed25519": edKey, "RSA": rsaKey}
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	for name, key := range keys {
		jwk := josetest.JWK(t, key.Public())
		jwk["kid"] = name
		set.Keys = append(set.Keys, jwk)
	}
	jwks, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return keys, jwks
}

// TestKeys has an app under FAPI 2.0 that proves itself by keys of each kind,
// and has its tokens bound to them. The first proof of a client has no nonce,
// and each server is asked again once for that.
func TestKeys(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	keys, jwks := newKeys(t)
	if err := s.apps.SetKeys(t.Context(), s.id, jwks); err != nil {
		t.Fatal(err)
	}
	yes := true
	s.secure(t, control.SecurityChange{FAPI2: &yes, RequireDPoP: &yes})
	for name, key := range keys {
		s.took()
		c := s.client(nil)
		c.Key, c.KeyID, c.DPoP = key, name, key
		for range 2 {
			if err := countries(t, c); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		const want = "/connect/token\n/connect/token\n/psd2/aspspinformation/v1/countries DPoP\n/psd2/aspspinformation/v1/countries DPoP"
		if got := s.took(); got != want {
			t.Errorf("%s: the server was asked\n%s\nwant\n%s", name, got, want)
		}
		s.clock.Advance(20 * time.Minute) // past the nonce, not past the token
		if err := countries(t, c); err != nil {
			t.Errorf("%s, with an old nonce: %v", name, err)
		}
		if got := s.took(); strings.Count(got, "use_dpop_nonce") != 1 || strings.Contains(got, "/connect/token") {
			t.Errorf("%s, with an old nonce: the server was asked\n%s", name, got)
		}
	}
}

// TestCertificate has an app that proves itself by its own certificate, and
// whose tokens are bound to that.
func TestCertificate(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	own, other := certtest.SelfSigned(t, s.clock.Now(), nil), certtest.SelfSigned(t, s.clock.Now(), nil)
	yes := true
	s.secure(t, control.SecurityChange{
		Methods: &[]app.Method{app.BySelfSigned}, BindCertificate: &yes, Register: string(certtest.PEM(own.Cert)),
	})
	c := s.client(own)
	if err := countries(t, c); err != nil {
		t.Error(err)
	}
	tok, err := c.Token(t.Context(), "aspspinformation private")
	if err != nil {
		t.Fatal(err)
	}
	for name, with := range map[string]*certtest.Client{"none": nil, "other": other} {
		var refusal *client.Error
		if err := countries(t, s.client(with)); !errors.As(err, &refusal) || refusal.Code != "invalid_client" {
			t.Errorf("certificate %s: %v, want invalid_client", name, err)
		}
		// The token alone is no good either.
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/psd2/aspspinformation/v1/countries", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+tok.AccessToken)
		res, err := s.client(with).HTTP.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusUnauthorized {
			t.Errorf("certificate %s: the token is answered %d", name, res.StatusCode)
		}
	}
}

// TestBoundStore has two programs with one store and different keys: neither
// gets the token of the other.
func TestBoundStore(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	keys, jwks := newKeys(t)
	if err := s.apps.SetKeys(t.Context(), s.id, jwks); err != nil {
		t.Fatal(err)
	}
	store, seen := &client.MemoryStore{}, map[string]bool{}
	for _, dpop := range []crypto.Signer{keys["P-256"], keys["Ed25519"], keys["RSA"], nil} {
		for range 2 {
			c := s.client(nil)
			c.Key, c.KeyID, c.DPoP, c.Store = keys["P-256"], "P-256", dpop, store
			tok, err := c.Token(t.Context(), "aspspinformation private")
			if err != nil {
				t.Fatal(err)
			}
			seen[tok.AccessToken] = true
			if err := countries(t, c); err != nil {
				t.Error(err)
			}
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d tokens, want one for each key and one for none", len(seen))
	}
}

// TestKeysRefused has keys and settings that cannot be used.
func TestKeysRefused(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := josetest.NewKey(t)
	for name, tt := range map[string]struct {
		change func(*client.Client)
		want   string
	}{
		"secret and key":      {func(c *client.Client) { c.Key = good }, "not by both"},
		"P-384":               {func(c *client.Client) { c.Secret, c.Key = "", p384 }, "must be of P-256"},
		"P-384 for proofs":    {func(c *client.Client) { c.DPoP = p384 }, "must be of P-256"},
		"a server without":    {func(c *client.Client) { c.DPoP = good }, "did not bind the token"},
		"a key that does not": {func(c *client.Client) { c.Secret, c.Key = "", broken{good} }, "the module is gone"},
	} {
		c := p.client()
		tt.change(c)
		if _, err := c.Token(context.Background(), "aspspinformation private"); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

// A broken is a key that has gone away.
type broken struct{ crypto.Signer }

// Sign implements [crypto.Signer].
func (broken) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("the module is gone")
}
