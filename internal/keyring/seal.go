package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// A SealingKey is the operator's key. Everything that is sealed at rest is
// lost without it. It prints masked.
type SealingKey [32]byte

// String returns a mask, never the key.
func (SealingKey) String() string { return "***" }

// GoString returns a mask, never the key.
func (SealingKey) GoString() string { return "***" }

// LogValue implements [slog.LogValuer].
func (SealingKey) LogValue() slog.Value { return slog.StringValue("***") }

// Text returns the key as ParseSealingKey reads it.
func (k SealingKey) Text() string { return base64.StdEncoding.EncodeToString(k[:]) }

// NewSealingKey returns a random key.
func NewSealingKey() SealingKey {
	var k SealingKey
	_, _ = rand.Read(k[:]) // never fails; see crypto/rand
	return k
}

// ParseSealingKey parses 32 bytes in base64, with white space round them. The
// error does not quote them.
func ParseSealingKey(s string) (SealingKey, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(s))
	if err != nil || len(b) != len(SealingKey{}) {
		return SealingKey{}, errors.New("not a sealing key: 32 bytes in base64")
	}
	return SealingKey(b), nil
}

// A Sealer seals secrets at rest with AES-256-GCM, and derives keys. What is
// sealed for one purpose does not open for another.
type Sealer struct {
	key  SealingKey
	aead cipher.AEAD
}

// sealVersion is the first byte of everything sealed, so that the form can
// change.
const sealVersion = 1

// NewSealer returns a sealer with the operator's key.
func NewSealer(k SealingKey) *Sealer {
	s := &Sealer{key: k}
	block, err := aes.NewCipher(s.derive("sluss seal", "")) // 32 bytes: cannot fail
	if err == nil {
		s.aead, err = cipher.NewGCMWithRandomNonce(block)
	}
	if err != nil {
		panic(fmt.Sprintf("keyring: AES-256-GCM: %v", err))
	}
	return s
}

// LogValue implements [slog.LogValuer].
func (*Sealer) LogValue() slog.Value { return slog.StringValue("***") }

// Seal encrypts plain for the purpose, such as "signing key" and the key's id.
func (s *Sealer) Seal(purpose string, plain []byte) []byte {
	return s.aead.Seal([]byte{sealVersion}, nil, plain, []byte(purpose))
}

// Open decrypts what Seal made for the same purpose.
func (s *Sealer) Open(purpose string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return nil, errors.New("not sealed in a form that this program knows")
	}
	plain, err := s.aead.Open(nil, nil, sealed[1:], []byte(purpose))
	if err != nil {
		return nil, errors.New("sealed with another sealing key, or damaged")
	}
	return plain, nil
}

// Derive returns a key for the purpose, the same with the same sealing key, by
// HKDF-SHA-256 (RFC 5869).
func (s *Sealer) Derive(purpose string) [32]byte {
	return [32]byte(s.derive("sluss derive", purpose))
}

func (s *Sealer) derive(label, purpose string) []byte {
	b, err := hkdf.Key(sha256.New, s.key[:], []byte(label), purpose, 32)
	if err != nil { // only if too long a key were asked for
		panic(fmt.Sprintf("keyring: HKDF: %v", err))
	}
	return b
}
