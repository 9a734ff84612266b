//go:build pkcs11 && cgo

package hsm

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gojose "github.com/go-jose/go-jose/v4"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/store/testdb"
)

// A token of SoftHSM, which all tests share: a process has a module once.
const (
	tokenLabel = "sluss test; 1/2"
	tokenPIN   = "824617"
)

// module returns SoftHSM's library.
func module() string {
	for _, pattern := range []string{"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/*/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm.so"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0]
		}
	}
	return ""
}

func TestMain(m *testing.M) {
	status, err := withToken(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

// withToken makes a token in a temporary folder.
func withToken(run func() int) (int, error) {
	dir, err := os.MkdirTemp("", "sluss-softhsm")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	conf := filepath.Join(dir, "softhsm2.conf")
	if err := os.WriteFile(conf, []byte("directories.tokendir = "+dir+"\nobjectstore.backend = file\nlog.level = ERROR\n"), 0o600); err != nil {
		return 0, err
	}
	if err := os.Setenv("SOFTHSM2_CONF", conf); err != nil {
		return 0, err
	}
	out, err := exec.Command("softhsm2-util", "--init-token", "--free", "--label", tokenLabel, "--so-pin", "1234", "--pin", tokenPIN).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("make a token: %w: %s (install softhsm2)", err, out)
	}
	return run(), nil
}

// shared is the backend of all tests.
var shared = sync.OnceValues(func() (keyring.Backend, error) {
	return Open(Config{Module: module(), Token: tokenLabel, PIN: tokenPIN})
})

func open(t testing.TB) *backend {
	t.Helper()
	b, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return b.(*backend)
}

// TestSign has the token sign by each algorithm, and somebody else's library
// verify.
func TestSign(t *testing.T) {
	t.Parallel()
	for _, a := range jose.Algorithms() {
		t.Run(string(a), func(t *testing.T) {
			t.Parallel()
			b := open(t)
			private, err := b.Generate(a)
			if err != nil {
				t.Fatal(err)
			}
			if private.PKCS8 != nil || !strings.HasPrefix(private.Reference, "pkcs11:token=sluss%20test%3B%201%2F2;id=%") {
				t.Errorf("Generate = %+v, want a reference alone", private)
			}
			key, err := b.Open(a, private)
			if err != nil {
				t.Fatal(err)
			}
			var group sync.WaitGroup
			for range 8 {
				group.Go(func() {
					for range 10 {
						raw, err := jose.NewSigner(a, "kid", "x5t", key).Token(jose.TypeJWT, &jose.Claims{Issuer: "x"})
						if err != nil {
							t.Error(err)
							return
						}
						sig, err := gojose.ParseSignedCompact(raw, []gojose.SignatureAlgorithm{gojose.SignatureAlgorithm(a)})
						if err == nil {
							_, err = sig.Verify(key.Public())
						}
						if err != nil {
							t.Errorf("go-jose reports %v", err)
						}
					}
				})
			}
			group.Wait()
			// The module has other handles after it has started anew.
			key.(*signer).handle.Store(1 << 40)
			if _, err := jose.NewSigner(a, "kid", "x5t", key).Token(jose.TypeJWT, &jose.Claims{}); err != nil {
				t.Errorf("with a handle that is no good: %v", err)
			}
			for range 2 {
				if err := b.Discard(private.Reference); err != nil {
					t.Error(err)
				}
			}
			if _, err := b.Open(a, private); err == nil || !strings.Contains(err.Error(), "not in the token any more") {
				t.Errorf("Open of a discarded key reports %v", err)
			}
		})
	}
}

// TestWays refuses to sign with a key in another way than that of its algorithm.
func TestWays(t *testing.T) {
	t.Parallel()
	b := open(t)
	private, err := b.Generate(jose.RS256)
	if err != nil {
		t.Fatal(err)
	}
	key, err := b.Open(jose.RS256, private)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("x"))
	for name, opts := range map[string]crypto.SignerOpts{
		"PSS by an RS256 key": &rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256}, "other hash": crypto.SHA512, "a message": crypto.Hash(0),
	} {
		if _, err := key.Sign(rand.Reader, digest[:], opts); err == nil {
			t.Errorf("%s: there is a signature", name)
		}
	}
	if _, err := key.Sign(rand.Reader, digest[:31], crypto.SHA256); err == nil {
		t.Error("a short digest: there is a signature")
	}
}

func TestOpenRefused(t *testing.T) {
	t.Parallel()
	open(t)
	tests := []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"no module", func(c *Config) { c.Module = "/nowhere.so" }, "no PKCS #11 module that can be loaded"},
		{"other token", func(c *Config) { c.Token = "other" }, `no token "other"; it has "sluss test; 1/2"`},
	}
	for _, tt := range tests {
		c := Config{Module: module(), Token: tokenLabel, PIN: tokenPIN}
		tt.change(&c)
		if _, err := Open(c); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), tokenPIN) {
			t.Errorf("%s: Open reports %v, want %q", tt.name, err, tt.want)
		}
	}
	b := open(t)
	for _, bad := range []string{"", "x", reference{"other", []byte{1}}.String(), reference{tokenLabel, []byte{1}}.String()} {
		if _, err := b.Open(jose.RS256, keyring.Private{Reference: bad}); err == nil {
			t.Errorf("Open(%q) reports no fault", bad)
		}
	}
}

// count returns how many objects the token has with the ids of the keys.
func count(t *testing.T, b *backend, keys []keyring.StoredKey) int {
	t.Helper()
	n := 0
	for _, k := range keys {
		if _, err := b.Open(k.Algorithm, keyring.Private{Reference: k.Reference}); err == nil {
			n++
		}
	}
	return n
}

// TestRing moves an installation with a sealed key to the token and lets keys
// rotate there: those that are gone are destroyed.
func TestRing(t *testing.T) {
	t.Parallel()
	db := testdb.Open(t, testdb.Memory)
	c := clock.NewFrozen(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	sealer := keyring.NewSealer(keyring.NewSealingKey())
	before := keyring.NewRing(db, sealer, c, time.Hour)
	if err := before.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := open(t)
	r := keyring.NewRing(db, sealer, c, time.Hour)
	r.Use(b)
	r.Want(jose.RS256, func() []jose.Algorithm { return []jose.Algorithm{jose.ES256} })
	seen := map[string]keyring.StoredKey{}
	for range 100 {
		if err := r.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := r.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		stored, err := db.Keys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range stored {
			if (k.Reference == "") != (len(k.Sealed) > 0) {
				t.Fatalf("%s has %d sealed bytes and the reference %q", k.KeyID, len(k.Sealed), k.Reference)
			}
			seen[k.KeyID] = k
		}
		for _, a := range []jose.Algorithm{jose.RS256, jose.ES256} {
			key, err := r.Signing(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := key.Tokens.Token(jose.TypeJWT, &jose.Claims{Issuer: "x"})
			if err != nil {
				t.Fatal(err)
			}
			tok, err := jose.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tok.Verify(key.Algorithm, r.Verifying(tok.KeyID).Public); err != nil {
				t.Fatal(err)
			}
		}
		c.Advance(24 * time.Hour)
	}
	stored, err := db.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var gone []keyring.StoredKey
	for id, k := range seen {
		if k.Reference != "" && !contains(stored, id) {
			gone = append(gone, k)
		}
	}
	if len(seen) < 7 || len(gone) < 3 || count(t, b, gone) != 0 || count(t, b, stored) != len(stored) {
		t.Errorf("%d keys were there, of %d that are gone %d are still in the token, and %d of %d that are not",
			len(seen), len(gone), count(t, b, gone), count(t, b, stored), len(stored))
	}

	// Without the token its keys verify and do not sign.
	after := keyring.NewRing(db, sealer, c, time.Hour)
	if err := after.LoadStored(t.Context()); err == nil || !strings.Contains(err.Error(), `set keys.signer to "pkcs11"`) {
		t.Errorf("LoadStored without the token reports %v", err)
	}
	if err := after.RotateNow(t.Context(), jose.RS256, false); err != nil {
		t.Fatal(err)
	}
	if key, err := after.Signing(t.Context(), ""); err == nil {
		t.Errorf("%s signs before its time", key)
	}
	c.Advance(keyring.Ahead)
	for _, ring := range []*keyring.Ring{after, r} { // servers with the token go on too
		if err := ring.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		key, err := ring.Signing(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if ring.Verifying(key.ID) == nil || count(t, b, []keyring.StoredKey{{KeyID: key.ID, Algorithm: key.Algorithm}}) != 0 {
			t.Errorf("%s signs, which is in the token", key)
		}
	}
}

func contains(keys []keyring.StoredKey, id string) bool {
	for _, k := range keys {
		if k.KeyID == id {
			return true
		}
	}
	return false
}
