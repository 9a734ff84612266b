//go:build libcrypto && cgo

package libcrypto

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
)

// open returns a new key in Go and in libcrypto.
func open(t testing.TB, a jose.Algorithm) (*rsa.PrivateKey, crypto.Signer) {
	t.Helper()
	b, err := New()
	if err != nil {
		t.Fatal(err)
	}
	private, err := b.Generate(a)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKCS8PrivateKey(private.PKCS8)
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Open(a, private)
	if err != nil {
		t.Fatal(err)
	}
	clear(private.PKCS8) // whoever signs has a copy
	if _, ok := s.(*signer); !ok {
		t.Fatalf("%s is signed by a %T, not by libcrypto", a, s)
	}
	return key.(*rsa.PrivateKey), s
}

func digestOf(i int) []byte {
	d := sha256.Sum256([]byte(strconv.Itoa(i)))
	return d[:]
}

// TestSameAsGo holds the signatures against those of crypto/rsa.
func TestSameAsGo(t *testing.T) {
	t.Parallel()
	key, s := open(t, jose.RS256)
	pssKey, pss := open(t, jose.PS256)
	options := &rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256}
	var last []byte
	for i := range 300 {
		got, err := s.Sign(rand.Reader, digestOf(i), crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		want, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digestOf(i))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("RS256 of digest %d is %x, want %x, %v", i, got, want, err)
		}
		got, err = pss.Sign(rand.Reader, digestOf(i), options)
		if err != nil {
			t.Fatal(err)
		}
		if err := rsa.VerifyPSS(&pssKey.PublicKey, crypto.SHA256, digestOf(i), got, &rsa.PSSOptions{SaltLength: 32}); err != nil {
			t.Fatalf("crypto/rsa reports %v for PS256 of digest %d", err, i)
		}
		if bytes.Equal(got, last) {
			t.Fatal("two PS256 signatures are the same")
		}
		last = got
	}
	if !key.PublicKey.Equal(s.Public()) {
		t.Error("the public key is another one")
	}
}

// TestWays refuses to sign with a key in another way than that of its algorithm.
func TestWays(t *testing.T) {
	t.Parallel()
	_, s := open(t, jose.RS256)
	_, pss := open(t, jose.PS256)
	tests := []struct {
		name    string
		signer  crypto.Signer
		digest  []byte
		options crypto.SignerOpts
		ok      bool
	}{
		{"RS256", s, digestOf(1), crypto.SHA256, true},
		{"PS256", pss, digestOf(1), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}, true},

		{"PSS by an RS256 key", s, digestOf(1), &rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256}, false},
		{"PKCS #1 by a PS256 key", pss, digestOf(1), crypto.SHA256, false},
		{"other salt", pss, digestOf(1), &rsa.PSSOptions{SaltLength: 20, Hash: crypto.SHA256}, false},
		{"other hash", s, digestOf(1), crypto.SHA512, false},
		{"short digest", s, digestOf(1)[:31], crypto.SHA256, false},
		{"no digest", s, nil, crypto.SHA256, false},
	}
	for _, tt := range tests {
		if sig, err := tt.signer.Sign(rand.Reader, tt.digest, tt.options); (err == nil) != tt.ok || (len(sig) == 256) != tt.ok {
			t.Errorf("%s: Sign = %d bytes, %v, want a signature: %t", tt.name, len(sig), err, tt.ok)
		}
	}
}

// TestOthers has algorithms that Go signs, and keys that are none.
func TestOthers(t *testing.T) {
	t.Parallel()
	b, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []jose.Algorithm{jose.ES256, jose.EdDSA} {
		private, err := b.Generate(a)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := b.Open(a, private); err != nil || !a.Fits(s.Public()) {
			t.Errorf("Open of a key for %s reports %v", a, err)
		}
	}
	for _, bad := range []keyring.Private{{}, {PKCS8: []byte("x")}, {Reference: "pkcs11:token=a;id=%00"}} {
		if _, err := b.Open(jose.RS256, bad); err == nil {
			t.Errorf("Open(%v) reports no fault", bad)
		}
	}
	if s, err := newSigner([]byte{0x30, 0}, &rsa.PublicKey{}, false); err == nil {
		t.Errorf("libcrypto takes %v for a key", s)
	}
	if !strings.HasPrefix(Version(), "OpenSSL 3") {
		t.Errorf("Version = %q, want OpenSSL 3", Version())
	}
}

// TestTogether signs with one key on many threads, and lets keys go meanwhile.
func TestTogether(t *testing.T) {
	t.Parallel()
	key, s := open(t, jose.RS256)
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			runtime.LockOSThread() // each on a thread of its own
			defer runtime.UnlockOSThread()
			for k := range 50 {
				sig, err := s.Sign(rand.Reader, digestOf(i*50+k), crypto.SHA256)
				if err == nil {
					err = rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digestOf(i*50+k), sig)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if n := len(s.(*signer).idle); n > cap(s.(*signer).idle) || n == 0 {
		t.Errorf("%d contexts are kept, want some but no more than %d", n, cap(s.(*signer).idle))
	}
}

// resident returns the resident size of this process in kilobytes.
func resident(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

// TestLeak signs a hundred thousand times, and opens a key thousands of times,
// and looks that memory does not grow. It is not parallel, so that it is alone
// in the process.
func TestLeak(t *testing.T) {
	key, s := open(t, jose.RS256)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(n int) {
		for i := range n {
			if _, err := s.Sign(rand.Reader, digestOf(i), crypto.SHA256); err != nil {
				t.Fatal(err)
			}
		}
	}
	reopen := func(n int) {
		for range n {
			other, err := newSigner(pkcs8, &key.PublicKey, true)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := other.Sign(rand.Reader, digestOf(0), &rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256}); err != nil {
				t.Fatal(err)
			}
		}
		runtime.GC() // and the cleanups run
	}
	sign(2000)
	reopen(200)
	before := resident(t)
	sign(100_000)
	for range 40 {
		reopen(100)
	}
	// A leak of one context in each signature, or of each key, would be some
	// 40 MB; the race detector takes 17 for itself.
	if grown := resident(t) - before; grown > 24<<10 {
		t.Errorf("memory grew by %d kB", grown)
	}
}

func BenchmarkSign(b *testing.B) {
	key, s := open(b, jose.RS256)
	digest := digestOf(1)
	b.Run("libcrypto", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Sign(rand.Reader, digest, crypto.SHA256); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("go", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest); err != nil {
				b.Fatal(err)
			}
		}
	})
}
