package token_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"net/netip"
	"testing"

	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/token"
)

func BenchmarkIssue(b *testing.B) {
	w := newWorld(b)
	set, err := scope.Parse("accountinformation private")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Issue(b.Context(), &w.app, set); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSign is the floor of BenchmarkIssue.
func BenchmarkSign(b *testing.B) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := key.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckCold(b *testing.B) {
	w := newWorld(b)
	raw := w.issue(b, "accountinformation private").Text
	b.ReportAllocs()
	for b.Loop() {
		fresh := token.Service{Apps: w.Apps, Keys: w.Keys, Clock: w.Clock, Issuer: w.Issuer, Environment: w.Environment}
		if _, err := fresh.Check(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerify is the floor of BenchmarkCheckCold.
func BenchmarkVerify(b *testing.B) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256(nil)
	signature, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckSeen(b *testing.B) {
	w := newWorld(b)
	raw := w.issue(b, "accountinformation private").Text
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Check(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	w := newWorld(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Authenticate(w.app.ID, string(w.secret), netip.Addr{}); err != nil {
			b.Fatal(err)
		}
	}
}
