package certificate_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net"
	"net/url"
	"strings"
	"testing"

	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/certificate/certtest"
)

// full returns a certificate that has everything that a subject can name.
func full(t testing.TB) *x509.Certificate {
	t.Helper()
	uri, err := url.Parse("https://ledger.example/client")
	if err != nil {
		t.Fatal(err)
	}
	return certtest.SelfSigned(t, noon(), func(c *x509.Certificate) {
		c.Subject = pkix.Name{
			CommonName: "ledger, the 1st", Organization: []string{"Example  AB"}, OrganizationalUnit: []string{"Räksmörgås"}, Country: []string{"SE"},
			ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 97}, Value: "5566778899"}},
		}
		c.DNSNames, c.EmailAddresses = []string{"ledger.example"}, []string{"Ops@ledger.example"}
		c.IPAddresses, c.URIs = []net.IP{net.ParseIP("192.0.2.7"), net.ParseIP("2001:db8::7")}, []*url.URL{uri}
	}).Cert
}

func TestSubject(t *testing.T) {
	t.Parallel()
	c := full(t)
	const dn = `organizationIdentifier=5566778899,CN=ledger\, the 1st,OU=Räksmörgås,O=Example AB,C=SE`
	tests := []struct {
		name string
		in   certificate.Subject
		want bool
	}{
		{"dn", certificate.Subject{DN: dn}, true},
		{"other case", certificate.Subject{DN: strings.ToUpper(dn)}, true},
		{"blanks and digits", certificate.Subject{DN: `2.5.4.97 = 5566778899 , cn=ledger\2C the 1st,OU=R\C3\A4ksm\C3\B6rg\C3\A5s, oid.2.5.4.10=Example   AB,C=SE`}, true},
		{"encoded", certificate.Subject{DN: `2.5.4.97=#0c0a35353636373738383939,CN=ledger\, the 1st,OU=Räksmörgås,O=Example AB,C=SE`}, true},
		{"dns", certificate.Subject{DNS: "Ledger.Example"}, true},
		{"uri", certificate.Subject{URI: "https://ledger.example/client"}, true},
		{"ip", certificate.Subject{IP: "192.0.2.7"}, true},
		{"ip mapped", certificate.Subject{IP: "::ffff:192.0.2.7"}, true},
		{"ip in version 6", certificate.Subject{IP: "2001:0db8::0007"}, true},
		{"e-mail", certificate.Subject{Email: "Ops@LEDGER.example"}, true},

		{"part of the dn", certificate.Subject{DN: "O=Example AB,C=SE"}, false},
		{"more than the dn", certificate.Subject{DN: dn + ",DC=x"}, false},
		{"other order", certificate.Subject{DN: `C=SE,O=Example AB,OU=Räksmörgås,CN=ledger\, the 1st,organizationIdentifier=5566778899`}, false},
		{"one part of several", certificate.Subject{DN: strings.ReplaceAll(dn, ",O=", "+O=")}, false},
		{"other dns", certificate.Subject{DNS: "x.ledger.example"}, false},
		{"dns of the CN", certificate.Subject{DNS: "ledger, the 1st"}, false},
		{"other uri", certificate.Subject{URI: "https://ledger.example/client/"}, false},
		{"other ip", certificate.Subject{IP: "192.0.2.8"}, false},
		{"other e-mail", certificate.Subject{Email: "ops@ledger.example"}, false},
		{"nothing", certificate.Subject{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.in.Matches(c); got != tt.want {
				t.Errorf("Matches of %+v = %t, want %t", tt.in, got, tt.want)
			}
			if err := tt.in.Check(); tt.want && err != nil {
				t.Errorf("Check of %+v reports %v", tt.in, err)
			}
		})
	}
}

func TestSubjectFaults(t *testing.T) {
	t.Parallel()
	for _, s := range []certificate.Subject{
		{},
		{DN: "CN=a", DNS: "b"},
		{DN: "ledger"},
		{DN: "CN="},
		{DN: "CN=a,"},
		{DN: "CN=a;O=b"},
		{DN: "XX=a"},
		{DN: `CN=a\`},
		{DN: `CN=a\zz`},
		{DN: `CN="a"`},
		{DN: "CN=#zz"},
		{DN: "CN=#0201ff"},
		{DN: "1..2=a"},
		{DN: "CN=" + strings.Repeat("a", 1001)},
		{IP: "192.0.2"},
		{URI: "ledger"},
		{Email: "ops"},
	} {
		if err := s.Check(); err == nil {
			t.Errorf("Check of %+v reports nothing", s)
		}
	}
}

func FuzzSubject(f *testing.F) {
	for _, s := range []string{"CN=a,O=b+OU=c,C=SE", `CN=\#a\,\20`, "2.5.4.3=#0c0161", "=", "CN=a\\"} {
		f.Add(s)
	}
	c := full(f)
	f.Fuzz(func(t *testing.T, s string) {
		in := certificate.Subject{DN: s}
		if in.Matches(c) && in.Check() != nil {
			t.Fatalf("%q matches and is not well-formed", s)
		}
	})
}
