package issuer_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/issuer"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/store/storetest"
	"sluss.example/sluss/internal/store/testdb"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// each runs f with two instances on one database.
func each(t *testing.T, f func(t *testing.T, one, two *issuer.Service, c *clock.Virtual)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, url string) {
		t.Helper()
		db := testdb.Open(t, url)
		c := clock.NewFrozen(noon)
		instance := func() *issuer.Service {
			return &issuer.Service{Store: db, Sealer: keyring.NewSealer(keyring.SealingKey{1}), Clock: c, Name: "sluss test CA"}
		}
		f(t, instance(), instance(), c)
	})
}

func request() issuer.Request {
	return issuer.Request{OrganisationID: "o", Organisation: "Räkna AB", Number: "556016-0680", Country: "SE", By: "u"}
}

// authority is what a server trusts that knows the CA.
func authority(t *testing.T, s *issuer.Service) *certificate.Authority {
	t.Helper()
	root, err := s.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a, err := certificate.NewAuthority(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}))
	if err != nil {
		t.Fatal(err)
	}
	a.Registers = []certificate.Register{s}
	return a
}

func TestIssue(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, one, two *issuer.Service, c *clock.Virtual) {
		ctx := t.Context()
		made, err := one.Issue(ctx, request())
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(made.DER)
		if err != nil {
			t.Fatal(err)
		}
		shown := &certificate.Presented{Leaf: leaf}
		a := authority(t, two) // the other instance has the same CA
		if err := a.Check(shown, noon); err != nil {
			t.Errorf("a new certificate: %v", err)
		}
		if !certificate.Names(leaf, "5560160680") || certificate.Names(leaf, "5560160681") {
			t.Errorf("subject %s", leaf.Subject)
		}
		if err := one.Revoke(ctx, "another", made.Serial); !problem.Is(err, problem.ResourceUnknown) {
			t.Errorf("another organisation revokes: %v", err)
		}
		if err := one.Revoke(ctx, "o", made.Serial); err != nil {
			t.Fatal(err)
		}
		if err := two.Load(ctx); err != nil {
			t.Fatal(err)
		}
		if err := a.Check(shown, noon); !problem.Is(err, problem.CertificateRevoked) {
			t.Errorf("a revoked certificate: %v", err)
		}
		if err := two.Block(ctx, "o", made.Serial); err != nil {
			t.Fatal(err)
		}
		if err := a.Check(shown, noon); !problem.Is(err, problem.CertificateBlocked) {
			t.Errorf("a blocked certificate: %v", err)
		}
		if err := a.Check(shown, noon.Add(issuer.Life+time.Hour)); !problem.Is(err, problem.CertificateBlocked) {
			t.Errorf("a blocked certificate that has expired too: %v", err)
		}
	})
}

// TestRevokedTwice: to revoke a certificate again changes nothing, and is not
// told of again.
func TestRevokedTwice(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		db, c := testdb.Open(t, url), clock.NewFrozen(noon)
		s := &issuer.Service{Store: db, Sealer: keyring.NewSealer(keyring.SealingKey{1}), Clock: c, Name: "sluss test CA"}
		made, err := s.Issue(t.Context(), request())
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.Revoke(t.Context(), "o", made.Serial); err != nil {
				t.Fatal(err)
			}
			c.Advance(time.Hour)
		}
		all, err := db.Certificates(t.Context(), "o")
		if err != nil || len(all) != 1 || !all[0].RevokedAt.Equal(noon) {
			t.Errorf("certificates %+v, %v; want one that was revoked at %v", all, err, noon)
		}
		trail, err := db.Trail(t.Context(), "o")
		if err != nil || len(trail) != 2 {
			t.Errorf("trail %+v, %v; want that it was issued and revoked", trail, err)
		}
	})
}

// A slow store keeps its first answer back.
type slow struct {
	issuer.Store
	asked, answer chan struct{}
	told          atomic.Bool
}

// Withdrawn implements [issuer.Store].
func (s *slow) Withdrawn(ctx context.Context, now time.Time) (map[string]certificate.State, error) {
	all, err := s.Store.Withdrawn(ctx, now)
	if s.told.CompareAndSwap(false, true) {
		close(s.asked)
		<-s.answer
	}
	return all, err
}

// TestRevokedMeanwhile: a certificate is revoked while the instance reads what is
// withdrawn, and gets an answer of before. It stays revoked.
func TestRevokedMeanwhile(t *testing.T) {
	t.Parallel()
	db := testdb.Open(t, testdb.Memory)
	store := &slow{Store: db, asked: make(chan struct{}), answer: make(chan struct{})}
	s := &issuer.Service{Store: store, Sealer: keyring.NewSealer(keyring.SealingKey{1}), Clock: clock.NewFrozen(noon), Name: "sluss test CA"}
	made, err := s.Issue(t.Context(), request())
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(made.DER)
	if err != nil {
		t.Fatal(err)
	}
	var both sync.WaitGroup
	both.Go(func() {
		if err := s.Load(t.Context()); err != nil {
			t.Error(err)
		}
	})
	<-store.asked
	both.Go(func() {
		if err := s.Revoke(t.Context(), "o", made.Serial); err != nil {
			t.Error(err)
		}
	})
	until := clock.Real{}.Now().Add(100 * time.Millisecond)
	for { // until it is revoked in the store and, if nothing stops it, here
		all, err := db.Withdrawn(t.Context(), noon)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) > 0 && (s.StateOf(leaf) == certificate.Revoked || (clock.Real{}).Now().After(until)) {
			break
		}
	}
	close(store.answer)
	both.Wait()
	if got := s.StateOf(leaf); got != certificate.Revoked {
		t.Errorf("the certificate is %v", got)
	}
}

func TestBundles(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, one, _ *issuer.Service, _ *clock.Virtual) {
		made, err := one.Issue(t.Context(), request())
		if err != nil {
			t.Fatal(err)
		}
		text, err := made.Bundle()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tls.X509KeyPair(text, text); err != nil {
			t.Errorf("the PEM cannot be used: %v", err)
		}
		pfx, err := made.PKCS12("secret words")
		if err != nil {
			t.Fatal(err)
		}
		key, leaf, chain, err := pkcs12.DecodeChain(pfx, "secret words")
		if err != nil || key == nil || leaf.SerialNumber.Text(16) != made.Serial || len(chain) != 1 {
			t.Errorf("the PFX has %v, %v", leaf, err)
		}
		if _, _, _, err := pkcs12.DecodeChain(pfx, "other"); err == nil {
			t.Error("the PFX opens with another password")
		}
	})
}

func TestRequests(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	good := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
	der[len(der)-1] ^= 1
	each(t, func(t *testing.T, one, _ *issuer.Service, _ *clock.Virtual) {
		r := request()
		r.Request = good
		made, err := one.Issue(t.Context(), r)
		if err != nil || made.HasKey() {
			t.Fatalf("Issue by request: %v", err)
		}
		if _, err := made.PKCS12("x"); err == nil {
			t.Error("a PFX without the key")
		}
		for name, text := range map[string][]byte{
			"rubbish": []byte("x"), "forged": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}),
			"a certificate": made.PEM(),
		} {
			r.Request = text
			if _, err := one.Issue(t.Context(), r); !problem.Is(err, problem.FormatInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestTooMany(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, one, _ *issuer.Service, c *clock.Virtual) {
		for range 20 {
			if _, err := one.Issue(t.Context(), request()); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := one.Issue(t.Context(), request()); !problem.Is(err, problem.AccessExceeded) {
			t.Errorf("the 21st certificate: %v", err)
		}
		c.Advance(issuer.Life)
		if _, err := one.Issue(t.Context(), request()); err != nil {
			t.Errorf("once the others have expired: %v", err)
		}
	})
}

func FuzzRequest(f *testing.F) {
	f.Add([]byte("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) == 0 {
			return
		}
		if err := issuer.CheckRequest(text); err != nil && !problem.Is(err, problem.FormatInvalid) {
			t.Errorf("CheckRequest reports %v", err)
		}
	})
}
