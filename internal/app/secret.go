package app

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"strings"
	"time"

	"sluss.example/sluss/internal/problem"
)

// A Secret is a client secret as it is stored: never the secret itself.
//
// The hash is a plain SHA-256. A slow hash makes it dear to try the passwords
// that people choose; a secret here is 256 random bits, of which nobody can
// try a noticeable part however fast the hash is, and the token endpoint
// hashes one with every request.
type Secret struct {
	ID        string // short id to name it by, such as "s_7k2m"
	Label     string
	Hash      [32]byte // SHA-256 of the whole secret
	CreatedAt time.Time
	ExpiresAt time.Time // never if zero
	// LastUsedAt and LastUsedFrom are the last use that was written, see [Use];
	// never used if zero. The copy in a [Directory] may lag behind.
	LastUsedAt   time.Time
	LastUsedFrom string
}

// Live reports whether the secret is good at now.
func (s *Secret) Live(now time.Time) bool { return s.ExpiresAt.IsZero() || now.Before(s.ExpiresAt) }

// UnusedAfter is how long a secret must not have been used before it is called
// unused: an app asks for a token at least once a month, or does not live.
const UnusedAfter = 30 * 24 * time.Hour

// UnusedSince returns since when the secret has not been used, from its making
// if it never was, once that is [UnusedAfter] or more before now. Until then it
// is zero. A secret that is unused can be removed without harm.
func (s *Secret) UnusedSince(now time.Time) time.Time {
	since := s.LastUsedAt
	if since.IsZero() {
		since = s.CreatedAt
	}
	if now.Sub(since) < UnusedAfter {
		return time.Time{}
	}
	return since
}

// MaxSecrets is how many secrets of an app may be live at once.
const MaxSecrets = 5

// The form of a secret:
//
//	secret   = "sluss_" random checksum
//	random   = 43base64url              ; 256 bits
//	checksum = 6base64url               ; of the SHA-256 of all before it
//
// The prefix and the checksum let scanners find leaked secrets without false
// alarms; the alphabet passes through every form, header and shell unchanged.
const (
	secretPrefix   = "sluss_"
	secretRandom   = 43
	secretChecksum = 6
)

// SecretPattern is a regular expression that finds secrets in any text, for
// scanners. What it finds is one only if [ParseSecret] says so.
const SecretPattern = `\bsluss_[A-Za-z0-9_-]{49}`

// A SecretText is a client secret in clear, as it is shown once. Loggers print
// it masked.
type SecretText string

// LogValue implements [slog.LogValuer].
func (SecretText) LogValue() slog.Value { return slog.StringValue(secretPrefix + "***") }

// Hash returns what is stored of the secret.
func (s SecretText) Hash() [32]byte { return sha256.Sum256([]byte(s)) }

// NewSecret returns a random secret.
func NewSecret() SecretText {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails; see crypto/rand
	return SecretOf(b)
}

// SecretOf returns the secret made of the random bits b. Only a sandbox with
// well-known credentials makes them of anything but chance.
func SecretOf(b [32]byte) SecretText {
	s := secretPrefix + base64.RawURLEncoding.EncodeToString(b[:])
	return SecretText(s + checksum(s))
}

// ParseSecret checks the form of s and its checksum. It says nothing of
// whether there is an app with this secret. It reports problem.FormatInvalid.
func ParseSecret(s string) (SecretText, error) {
	body := len(secretPrefix) + secretRandom
	if len(s) != body+secretChecksum || !strings.HasPrefix(s, secretPrefix) {
		return "", problem.New(problem.FormatInvalid, "not a client secret: it starts with %s and has %d characters", secretPrefix, body+secretChecksum)
	}
	if _, err := base64.RawURLEncoding.Strict().DecodeString(s[len(secretPrefix):body]); err != nil || checksum(s[:body]) != s[body:] {
		return "", problem.New(problem.FormatInvalid, "not a client secret: the checksum is wrong; was it copied in full?")
	}
	return SecretText(s), nil
}

func checksum(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:])[:secretChecksum]
}
