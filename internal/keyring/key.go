package keyring

import (
	"crypto"
	"crypto/rand"
	"crypto/sha1" // the thumbprint of RFC 7517 section 4.8 is SHA-1; no security rests on it
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"time"

	"sluss.example/sluss/internal/jose"
)

// A Key is a signing key, parsed and ready. It prints as its id.
type Key struct {
	ID        string // kid
	X5T       string // base64url of the SHA-1 thumbprint
	Algorithm jose.Algorithm
	Public    crypto.PublicKey
	// Tokens signs with the private key. It is nil if the private key is where
	// this process cannot reach it: the key then verifies and no more.
	Tokens *jose.Signer
	stored StoredKey
}

// String returns the id of the key.
func (k *Key) String() string { return k.ID }

// LogValue implements [slog.LogValuer].
func (k *Key) LogValue() slog.Value { return slog.StringValue(k.ID) }

// purposeOf binds a sealed key to its row.
func purposeOf(keyID string) string { return "signing key " + keyID }

// NewKey makes a key that is published and signs from now on, in the program
// itself.
func NewKey(s *Sealer, a jose.Algorithm, now time.Time) (StoredKey, error) {
	return newKey(Builtin{}, s, a, now)
}

func newKey(b Backend, s *Sealer, a jose.Algorithm, now time.Time) (StoredKey, error) {
	private, err := b.Generate(a)
	if err != nil {
		return StoredKey{}, fmt.Errorf("generate key: %w", err)
	}
	defer clear(private.PKCS8)
	signer, err := b.Open(a, private)
	if err != nil {
		return StoredKey{}, fmt.Errorf("open the new key: %w", err)
	}
	cert, err := certify(signer, a, now)
	if err != nil {
		return StoredKey{}, err
	}
	id, _ := thumbprint(cert)
	k := StoredKey{
		KeyID: id, Algorithm: a, Certificate: cert, Reference: private.Reference,
		CreatedAt: now, PublishedAt: now, SignsFrom: now,
	}
	if k.Reference == "" {
		k.Sealed = s.Seal(purposeOf(id), private.PKCS8)
	}
	return k, nil
}

// certify makes the self-signed certificate that the key's id comes from.
// Verifiers take it as a container of the key: it says nothing else.
func certify(private crypto.Signer, a jose.Algorithm, now time.Time) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("make serial number: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "sluss token signing"},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.AddDate(10, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	if a == jose.PS256 { // an RSA key signs in one way only
		template.SignatureAlgorithm = x509.SHA256WithRSAPSS
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	return der, nil
}

// thumbprint returns the kid and the x5t of a certificate.
func thumbprint(der []byte) (kid, x5t string) {
	sum := sha1.Sum(der)
	return strings.ToUpper(hex.EncodeToString(sum[:])), base64.RawURLEncoding.EncodeToString(sum[:])
}

// parse opens a stored key. A key whose private half is out of reach comes
// together with the reason.
func parse(b Backend, s *Sealer, stored StoredKey) (*Key, error) {
	cert, err := x509.ParseCertificate(stored.Certificate)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", stored.KeyID, err)
	}
	kid, x5t := thumbprint(stored.Certificate)
	if kid != stored.KeyID || !stored.Algorithm.Fits(cert.PublicKey) {
		return nil, fmt.Errorf("key %s: its certificate is not that of a key for %s with this id", stored.KeyID, stored.Algorithm)
	}
	k := &Key{ID: kid, X5T: x5t, Algorithm: stored.Algorithm, Public: cert.PublicKey, stored: stored}
	private := Private{Reference: stored.Reference}
	if private.Reference == "" {
		if private.PKCS8, err = s.Open(purposeOf(kid), stored.Sealed); err != nil {
			return nil, fmt.Errorf("key %s: %w", kid, err)
		}
		defer clear(private.PKCS8)
	}
	signer, err := b.Open(stored.Algorithm, private)
	switch {
	case err != nil && private.Reference != "":
		return k, fmt.Errorf("key %s: %w", kid, err)
	case err != nil:
		return nil, fmt.Errorf("key %s: %w", kid, err)
	}
	if public, ok := cert.PublicKey.(interface{ Equal(x crypto.PublicKey) bool }); !ok || !public.Equal(signer.Public()) {
		return nil, fmt.Errorf("key %s: the private key is not that of the certificate", kid)
	}
	k.Tokens = jose.NewSigner(stored.Algorithm, kid, x5t, signer)
	return k, nil
}
