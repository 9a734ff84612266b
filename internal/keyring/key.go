package keyring

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // the thumbprint of RFC 7517 section 4.8 is SHA-1; no security rests on it
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"time"

	"sluss.example/sluss/internal/jose"
)

// RS256 is the algorithm of the signing keys: RSASSA-PKCS1-v1_5 with SHA-256
// and 2048 bits (RFC 7518 section 3.3).
const RS256 = "RS256"

const rsaBits = 2048

// A Key is a signing key, parsed and ready. It prints as its id.
type Key struct {
	ID        string // kid
	X5T       string // base64url of the SHA-1 thumbprint
	Algorithm string
	Public    *rsa.PublicKey
	Tokens    *jose.Signer // signs with the private key
	stored    StoredKey
}

// String returns the id of the key.
func (k *Key) String() string { return k.ID }

// LogValue implements [slog.LogValuer].
func (k *Key) LogValue() slog.Value { return slog.StringValue(k.ID) }

// purposeOf binds a sealed key to its row.
func purposeOf(keyID string) string { return "signing key " + keyID }

// NewKey makes a key that is published and signs from now on.
func NewKey(s *Sealer, now time.Time) (StoredKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return StoredKey{}, fmt.Errorf("generate key: %w", err)
	}
	cert, err := certify(private, now)
	if err != nil {
		return StoredKey{}, err
	}
	plain, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return StoredKey{}, fmt.Errorf("marshal key: %w", err)
	}
	defer clear(plain)
	id, _ := thumbprint(cert)
	return StoredKey{
		KeyID: id, Algorithm: RS256, Certificate: cert, Sealed: s.Seal(purposeOf(id), plain),
		CreatedAt: now, PublishedAt: now, SignsFrom: now,
	}, nil
}

// certify makes the self-signed certificate that the key's id comes from.
// Verifiers take it as a container of the key: it says nothing else.
func certify(private *rsa.PrivateKey, now time.Time) ([]byte, error) {
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

// parse opens a stored key.
func parse(s *Sealer, stored StoredKey) (*Key, error) {
	cert, err := x509.ParseCertificate(stored.Certificate)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", stored.KeyID, err)
	}
	kid, x5t := thumbprint(stored.Certificate)
	public, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok || kid != stored.KeyID || stored.Algorithm != RS256 {
		return nil, fmt.Errorf("key %s: its certificate is not that of an %s key with this id", stored.KeyID, RS256)
	}
	plain, err := s.Open(purposeOf(kid), stored.Sealed)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", kid, err)
	}
	defer clear(plain)
	private, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		// The cause may quote what it could not parse.
		return nil, errors.New("key " + kid + ": not a private key in PKCS #8")
	}
	key, ok := private.(*rsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(public) {
		return nil, fmt.Errorf("key %s: the private key is not that of the certificate", kid)
	}
	key.Precompute()
	return &Key{ID: kid, X5T: x5t, Algorithm: RS256, Public: public, Tokens: jose.NewSigner(kid, x5t, signBy(key)), stored: stored}, nil
}

// signBy returns what signs SHA-256 digests with s. All that is known of the
// private key after this is that it signs, so that one in hardware would do.
func signBy(s crypto.Signer) func(digest []byte) ([]byte, error) {
	return func(digest []byte) ([]byte, error) { return s.Sign(rand.Reader, digest, crypto.SHA256) }
}
