package certificate_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/certificate/certtest"
	"sluss.example/sluss/internal/problem"
)

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// reasonOf returns the reason of a problem, empty of none.
func reasonOf(t *testing.T, err error) problem.Reason {
	t.Helper()
	for _, r := range problem.All() {
		if problem.Is(err, r) {
			return r
		}
	}
	if err != nil {
		t.Errorf("reports %v, want a problem", err)
	}
	return ""
}

func newAuthority(t *testing.T, text []byte, blocked ...string) *certificate.Authority {
	t.Helper()
	a, err := certificate.NewAuthority(text)
	if err != nil {
		t.Fatal(err)
	}
	list, err := certificate.NewBlocklist(blocked)
	if err != nil {
		t.Fatal(err)
	}
	a.Registers = []certificate.Register{list}
	return a
}

func TestAuthority(t *testing.T) {
	t.Parallel()
	ca, stranger := certtest.NewIssuer(t, noon()), certtest.NewIssuer(t, noon())
	below := ca.Below(t)
	good, revoked, both, blocked := ca.Issue(t, nil), ca.Issue(t, nil), ca.Issue(t, nil), ca.Issue(t, nil)
	usage := func(u ...x509.ExtKeyUsage) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.ExtKeyUsage = u }
	}
	during := func(from, to time.Duration) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = noon().Add(from), noon().Add(to) }
	}
	a := newAuthority(t, ca.PEM(), "00:"+blocked.Cert.SerialNumber.Text(16), both.Cert.SerialNumber.Text(16))
	lists := &certificate.Lists{}
	if err := lists.Set(a, ca.Revoke(t, revoked.Cert, both.Cert)); err != nil {
		t.Fatal(err)
	}
	a.Registers = append(a.Registers, lists)
	tests := []struct {
		name string
		in   *certificate.Presented
		want problem.Reason
	}{
		{"good", good.Presented(), ""},
		{"with an issuer between", below.Issue(t, nil).Presented(below), ""},
		{"several usages", ca.Issue(t, usage(x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth)).Presented(), ""},

		{"none", nil, problem.CertificateMissing},
		{"of a stranger", stranger.Issue(t, nil).Presented(), problem.CertificateInvalid},
		{"of itself", certtest.SelfSigned(t, noon(), nil).Presented(), problem.CertificateInvalid},
		{"the issuer's own", &certificate.Presented{Leaf: ca.Cert}, problem.CertificateInvalid},
		{"without the issuer between", below.Issue(t, nil).Presented(), problem.CertificateInvalid},
		{"for servers", ca.Issue(t, usage(x509.ExtKeyUsageServerAuth)).Presented(), problem.CertificateInvalid},
		{"for whatever", ca.Issue(t, usage()).Presented(), problem.CertificateInvalid},
		{"not yet", ca.Issue(t, during(time.Hour, 2*time.Hour)).Presented(), problem.CertificateInvalid},
		{"expired", ca.Issue(t, during(-3*time.Hour, -2*time.Hour)).Presented(), problem.CertificateInvalid}, // before its issuer was
		{"expired now", ca.Issue(t, during(-time.Hour, -time.Second)).Presented(), problem.CertificateExpired},
		{"expired, of a stranger", stranger.Issue(t, during(-time.Hour, -time.Second)).Presented(), problem.CertificateInvalid},
		{"revoked", revoked.Presented(), problem.CertificateRevoked},
		{"blocked", blocked.Presented(), problem.CertificateBlocked},
		{"revoked and blocked", both.Presented(), problem.CertificateBlocked},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for range 2 { // the second time out of memory
				if got := reasonOf(t, a.Check(tt.in, noon())); got != tt.want {
					t.Errorf("Check reports %q, want %q", got, tt.want)
				}
			}
		})
	}
	t.Run("time goes on", func(t *testing.T) {
		t.Parallel()
		if err := a.Check(good.Presented(), noon()); err != nil {
			t.Fatal(err)
		}
		if got := reasonOf(t, a.Check(good.Presented(), good.Cert.NotAfter.Add(time.Second))); got != problem.CertificateExpired {
			t.Errorf("Check reports %q after its time", got)
		}
		if got := reasonOf(t, a.Check(good.Presented(), good.Cert.NotBefore.Add(-time.Second))); got != problem.CertificateInvalid {
			t.Errorf("Check reports %q before its time", got)
		}
	})
}

func TestLists(t *testing.T) {
	t.Parallel()
	ca, stranger := certtest.NewIssuer(t, noon()), certtest.NewIssuer(t, noon())
	c := ca.Issue(t, nil)
	a := newAuthority(t, ca.PEM())
	lists := &certificate.Lists{}
	if got := lists.StateOf(c.Cert); got != certificate.Good {
		t.Errorf("an empty list has the state %d", got)
	}
	if err := lists.Set(a, ca.Revoke(t), ca.Revoke(t, c.Cert)); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"of a stranger": stranger.Revoke(t), "rubbish": []byte("x"), "a certificate": ca.PEM(), "empty": nil,
	} {
		if err := lists.Set(a, bad); err == nil {
			t.Errorf("%s: Set reports nothing", name)
		}
		if got := lists.StateOf(c.Cert); got != certificate.Revoked {
			t.Errorf("%s: the list of before is lost", name)
		}
	}
	if got := lists.StateOf(ca.Issue(t, func(x *x509.Certificate) { x.SerialNumber.Add(c.Cert.SerialNumber, x.SerialNumber) }).Cert); got != certificate.Good {
		t.Errorf("another certificate has the state %d", got)
	}
	if err := lists.Set(a); err != nil || lists.StateOf(c.Cert) != certificate.Good {
		t.Errorf("Set of nothing reports %v", err)
	}
}

func TestParsing(t *testing.T) {
	t.Parallel()
	leaf := certtest.SelfSigned(t, noon(), nil)
	for name, text := range map[string]string{
		"nothing": "", "rubbish": "x", "no issuer": string(leaf.PEM()),
		"key":  "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"junk": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	} {
		if a, err := certificate.NewAuthority([]byte(text)); err == nil {
			t.Errorf("%s: NewAuthority = %v", name, a)
		}
	}
	for _, s := range []string{"0a1b", "0A:1B", " 0x0a1b ", "a1b"} {
		if b, err := certificate.NewBlocklist([]string{s}); err != nil || len(b) != 1 {
			t.Errorf("NewBlocklist(%q) = %v, %v", s, b, err)
		}
	}
	for _, s := range []string{"", "x", "0a1b 2", strings.Repeat("a", 60)} {
		if b, err := certificate.NewBlocklist([]string{s}); err == nil {
			t.Errorf("NewBlocklist(%q) = %v", s, b)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	subject := func(organisations []string, ids ...string) *x509.Certificate {
		return certtest.SelfSigned(t, noon(), func(c *x509.Certificate) {
			c.Subject = pkix.Name{Organization: organisations}
			for _, id := range ids {
				c.Subject.ExtraNames = append(c.Subject.ExtraNames, pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 97}, Value: id})
			}
		}).Cert
	}
	tests := []struct {
		name         string
		cert         *x509.Certificate
		organisation string
		want         bool
	}{
		{"number", subject([]string{"Example AB"}, "5566778899"), "556677-8899", true},
		{"name", subject([]string{"Example AB"}), "example ab", true},

		{"name beside a number", subject([]string{"Example AB"}, "5566778899"), "Example AB", false},
		{"other number", subject(nil, "5566778899"), "5566778898", false},
		{"two numbers", subject(nil, "5566778899", "1"), "5566778899", false},
		{"two names", subject([]string{"A", "B"}), "A", false},
		{"no organisation", subject([]string{"Example AB"}), "", false},
		{"nothing at all", subject(nil), "", false},
		{"hyphens alone", subject([]string{"-"}), "-", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := certificate.Names(tt.cert, tt.organisation); got != tt.want {
				t.Errorf("Names(%v, %q) = %t, want %t", tt.cert.Subject, tt.organisation, got, tt.want)
			}
		})
	}
}

func FuzzBlocklist(f *testing.F) {
	for _, s := range []string{"0a1b", "00:FF", "0x1", "", "zz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := certificate.NewBlocklist([]string{s})
		if (b == nil) == (err == nil) {
			t.Fatalf("NewBlocklist(%q) = %v, %v", s, b, err)
		}
		for number := range b {
			again, err := certificate.NewBlocklist([]string{number})
			if _, ok := again[number]; err != nil || !ok {
				t.Fatalf("%q is %q, which is %v, %v", s, number, again, err)
			}
		}
	})
}

func FuzzLists(f *testing.F) {
	ca := certtest.NewIssuer(f, noon())
	a, err := certificate.NewAuthority(ca.PEM())
	if err != nil {
		f.Fatal(err)
	}
	c := ca.Issue(f, nil)
	f.Add(ca.Revoke(f, c.Cert))
	f.Add([]byte("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		lists := &certificate.Lists{}
		if err := lists.Set(a, file); err != nil && lists.StateOf(c.Cert) != certificate.Good {
			t.Fatalf("Set reports %v and revokes", err)
		}
	})
}
