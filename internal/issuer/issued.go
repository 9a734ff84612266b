package issuer

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// A Certificate is one that was issued.
type Certificate struct {
	Serial         string // hexadecimal, lower case
	OrganisationID string
	Subject        string // for people
	IssuedBy       string // id of a user
	IssuedAt       time.Time
	ExpiresAt      time.Time
	RevokedAt      time.Time // by its owner; zero if not
	BlockedAt      time.Time // by an operator; zero if not
	DER            []byte
}

// Good reports whether the certificate can be used at now.
func (c *Certificate) Good(now time.Time) bool {
	return c.RevokedAt.IsZero() && c.BlockedAt.IsZero() && now.Before(c.ExpiresAt)
}

// PEM returns the certificate as PEM.
func (c *Certificate) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.DER})
}

// An Issued is a new certificate. Its key is handed out once and not kept. It
// prints masked.
type Issued struct {
	Certificate
	Root *x509.Certificate
	key  *ecdsa.PrivateKey // nil if the caller has it
}

// String returns a mask.
func (i *Issued) String() string { return "certificate " + i.Serial }

// HasKey reports whether the private key was made here.
func (i *Issued) HasKey() bool { return i.key != nil }

// Bundle returns the private key, if it was made here, the certificate and the
// CA's as PEM.
func (i *Issued) Bundle() ([]byte, error) {
	var out []byte
	if i.key != nil {
		plain, err := x509.MarshalPKCS8PrivateKey(i.key)
		if err != nil {
			return nil, err
		}
		out = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: plain})
	}
	out = append(out, i.PEM()...)
	return append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.Root.Raw})...), nil
}

// PKCS12 returns all of it as PKCS #12 (PFX) under a password.
func (i *Issued) PKCS12(password string) ([]byte, error) {
	if i.key == nil {
		return nil, errors.New("the private key is not here")
	}
	leaf, err := x509.ParseCertificate(i.DER)
	if err != nil {
		return nil, err
	}
	return pkcs12.Modern.Encode(i.key, leaf, []*x509.Certificate{i.Root}, password)
}
