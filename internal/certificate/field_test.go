package certificate_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/certificate/certtest"
	"sluss.example/sluss/internal/problem"
)

func TestParseField(t *testing.T) {
	t.Parallel()
	ca := certtest.NewIssuer(t, noon())
	c := ca.Issue(t, nil)
	text := string(c.PEM())
	folded := func(by string) string { return strings.ReplaceAll(strings.TrimSpace(text), "\n", by) }
	der := base64.StdEncoding.EncodeToString(c.Cert.Raw)
	tests := []struct {
		name, in string
		between  int
		good     bool
	}{
		{"RFC 9440", c.Field(), 0, true},
		{"blanks around", "  " + c.Field() + " ", 0, true},
		{"PEM", text, 0, true},
		{"PEM with its issuer", text + string(ca.PEM()), 1, true},
		{"PEM with blanks", folded(" "), 0, true},
		{"PEM with tabs", folded("\t"), 0, true},
		{"PEM without line ends", folded(""), 0, true},
		{"percent-encoded by query rules", strings.ReplaceAll(url.QueryEscape(text), "+", "%20"), 0, true},
		{"percent-encoded by path rules", url.PathEscape(text), 0, true},
		{"DER", der, 0, true},
		{"DER without padding", strings.TrimRight(der, "="), 0, true},

		{"empty", "", 0, false},
		{"colons alone", "::", 0, false},
		{"no second colon", ":" + der, 0, false},
		{"no certificate", ":AAAA:", 0, false},
		{"no base64", ":!!!!:", 0, false},
		{"parameters", c.Field() + ";a=b", 0, false},
		{"list", c.Field() + ", " + c.Field(), 0, false},
		{"cut", c.Field()[:200] + ":", 0, false},
		{"bytes behind", ":" + base64.StdEncoding.EncodeToString(append(c.Cert.Raw, 0)) + ":", 0, false},
		{"bad escape", "%zz", 0, false},
		{"PEM without end", "-----BEGIN CERTIFICATE-----" + der, 0, false},
		{"PEM with text behind", text + "x", 0, false},
		{"PEM of a key", strings.ReplaceAll(text, "CERTIFICATE", "PRIVATE KEY"), 0, false},
		{"too many", strings.Repeat(text, 9), 0, false},
		{"overlong", strings.Repeat("A", 33<<10), 0, false},
		{"hyphen", "-", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := certificate.ParseField(tt.in)
			if !tt.good {
				if !problem.Is(err, problem.CertificateInvalid) || p != nil {
					t.Errorf("ParseField = %v, %v, want certificate_invalid", p, err)
				}
				return
			}
			if err != nil || !p.Leaf.Equal(c.Cert) || len(p.Intermediates) != tt.between {
				t.Errorf("ParseField = %v, %v", p, err)
			}
		})
	}
}

func TestParseChain(t *testing.T) {
	t.Parallel()
	c := certtest.SelfSigned(t, noon(), nil)
	for in, want := range map[string]int{"": 0, " ": 0, c.Field(): 1, c.Field() + " , " + c.Field(): 2, c.Field() + ",": -1, "x": -1} {
		chain, err := certificate.ParseChain(in)
		if got := len(chain); (err != nil) != (want < 0) || want >= 0 && got != want {
			t.Errorf("ParseChain(%.20q) has %d certificates, %v, want %d", in, got, err, want)
		}
	}
}

func FuzzParseField(f *testing.F) {
	c := certtest.SelfSigned(f, noon(), nil)
	for _, s := range []string{c.Field(), string(c.PEM()), url.PathEscape(string(c.PEM())), base64.StdEncoding.EncodeToString(c.Cert.Raw), "::", "%", "-----BEGIN CERTIFICATE-----"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := certificate.ParseField(s)
		if (p == nil) == (err == nil) || p != nil && p.Leaf == nil {
			t.Fatalf("ParseField(%q) = %v, %v", s, p, err)
		}
		if p == nil {
			return
		}
		again, err := certificate.ParseField(":" + base64.StdEncoding.EncodeToString(p.Leaf.Raw) + ":")
		if err != nil || !again.Leaf.Equal(p.Leaf) {
			t.Fatalf("ParseField(%q) does not come round: %v", s, err)
		}
	})
}
