// Package certtest makes issuers and client certificates. It is for tests.
package certtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"sluss.example/sluss/internal/certificate"
)

// An Issuer issues certificates.
type Issuer struct {
	Cert *x509.Certificate
	now  time.Time
	key  *ecdsa.PrivateKey
}

// A Client is a client's certificate with its key.
type Client struct {
	Cert *x509.Certificate
	Key  *ecdsa.PrivateKey
}

const day = 24 * time.Hour

// NewIssuer returns an issuer whose certificates are good from an hour before
// now.
func NewIssuer(t testing.TB, now time.Time) *Issuer {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: serial(t), Subject: pkix.Name{CommonName: "Test CA"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(3650 * day),
	}
	c := sign(t, template, nil)
	return &Issuer{c.Cert, now, c.Key}
}

// Below returns an issuer that i stands behind.
func (i *Issuer) Below(t testing.TB) *Issuer {
	t.Helper()
	c := i.Issue(t, func(c *x509.Certificate) {
		c.Subject, c.IsCA, c.BasicConstraintsValid = pkix.Name{CommonName: "Test CA below"}, true, true
		c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageCertSign|x509.KeyUsageCRLSign, nil
	})
	return &Issuer{c.Cert, i.now, c.Key}
}

// Template returns what [Issuer.Issue] and [SelfSigned] start from: a client
// of Example AB, good for 398 days.
func Template(t testing.TB, now time.Time) *x509.Certificate {
	t.Helper()
	return &x509.Certificate{
		SerialNumber: serial(t), Subject: pkix.Name{CommonName: "ledger", Organization: []string{"Example AB"}, Country: []string{"SE"}},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(398 * day),
	}
}

// Issue returns a certificate that is good now, or what change makes of it.
func (i *Issuer) Issue(t testing.TB, change func(*x509.Certificate)) *Client {
	t.Helper()
	template := Template(t, i.now)
	if change != nil {
		change(template)
	}
	return sign(t, template, i)
}

// SelfSigned is Issue without an issuer.
func SelfSigned(t testing.TB, now time.Time, change func(*x509.Certificate)) *Client {
	t.Helper()
	template := Template(t, now)
	if change != nil {
		change(template)
	}
	return sign(t, template, nil)
}

// sign signs by the issuer, or by the certificate's own key if that is nil.
func sign(t testing.TB, template *x509.Certificate, by *Issuer) *Client {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.Cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &Client{c, key}
}

func serial(t testing.TB) *big.Int {
	t.Helper()
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		t.Fatal(err)
	}
	return n.Add(n, big.NewInt(1))
}

// PEM returns the issuer's certificate.
func (i *Issuer) PEM() []byte { return PEM(i.Cert) }

// PEM returns certificates as PEM.
func PEM(certs ...*x509.Certificate) []byte {
	var b []byte
	for _, c := range certs {
		b = append(b, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return b
}

// Revoke returns a revocation list with the certificates, in PEM.
func (i *Issuer) Revoke(t testing.TB, certs ...*x509.Certificate) []byte {
	t.Helper()
	list := &x509.RevocationList{Number: serial(t), ThisUpdate: i.now, NextUpdate: i.now.Add(day)}
	for _, c := range certs {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: c.SerialNumber, RevocationTime: i.now,
		})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, i.Cert, i.key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
}

// Field returns a certificate as a Client-Cert header has it (RFC 9440).
func (c *Client) Field() string { return ":" + base64.StdEncoding.EncodeToString(c.Cert.Raw) + ":" }

// PEM returns the certificate as PEM.
func (c *Client) PEM() []byte { return PEM(c.Cert) }

// Thumbprint returns the certificate's x5t#S256.
func (c *Client) Thumbprint() string { return certificate.Thumbprint(c.Cert) }

// Presented returns the certificate as a server sees it.
func (c *Client) Presented(between ...*Issuer) *certificate.Presented {
	p := &certificate.Presented{Leaf: c.Cert}
	for _, i := range between {
		p.Intermediates = append(p.Intermediates, i.Cert)
	}
	return p
}

// TLS returns the certificate as a TLS client presents it.
func (c *Client) TLS() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{c.Cert.Raw}, PrivateKey: c.Key, Leaf: c.Cert}
}
