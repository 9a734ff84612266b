// Package certificate judges client certificates: what a proxy tells of one,
// whether an authority of ours stands behind it, whether it is the one that an
// app has registered (RFC 8705 section 2), and which organisation it names.
//
// It knows neither HTTP nor where lists of revoked certificates come from: an
// [Authority] asks its registers, so that an issuer of our own can be one.
package certificate

import (
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
)

// A Presented is the certificate that a client has shown, with its private key
// proved in a TLS handshake, ours or a proxy's.
type Presented struct {
	Leaf          *x509.Certificate
	Intermediates []*x509.Certificate // as the client sent them; may be none
}

// Thumbprint returns the x5t#S256 of the leaf: base64url of the SHA-256 of its
// DER (RFC 8705 section 3.1).
func (p *Presented) Thumbprint() string { return Thumbprint(p.Leaf) }

// Thumbprint returns the x5t#S256 of a certificate.
func Thumbprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// ParsePEM returns the certificates of a PEM text, at least one. Blocks of
// another type are refused, so that a private key is not taken for one.
func ParsePEM(text []byte) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			if strings.HasSuffix(block.Type, "PRIVATE KEY") {
				return nil, errors.New("PEM with a private key, which stays with its owner: give the certificate alone")
			}
			return nil, errors.New("PEM with something else than certificates: " + block.Type)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errors.New("a certificate in the PEM cannot be read")
		}
		all, text = append(all, c), rest
	}
	if len(all) == 0 {
		return nil, errors.New("no certificate in PEM")
	}
	return all, nil
}

// organizationIdentifier is the attribute of ETSI EN 319 412-1 section 5.1.4.
func organizationIdentifier() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 5, 4, 97} }

// Names reports whether the certificate names the organisation: by its
// organizationIdentifier if it has one, else by its O. Hyphens, spaces and case
// make no difference. An empty organisation is never named.
func Names(c *x509.Certificate, organisation string) bool {
	want := plain(organisation)
	if want == "" {
		return false
	}
	ids := values(&c.Subject, organizationIdentifier())
	if len(ids) == 0 {
		ids = c.Subject.Organization
	}
	// One that names several is nobody's.
	return len(ids) == 1 && plain(ids[0]) == want
}

// values returns what a name has of an attribute.
func values(n *pkix.Name, attribute asn1.ObjectIdentifier) []string {
	var all []string
	for _, a := range n.Names {
		if s, ok := a.Value.(string); ok && a.Type.Equal(attribute) {
			all = append(all, s)
		}
	}
	return all
}

// plain returns the name of an organisation as it is compared.
func plain(s string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, s))
}
