package developer

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"sluss.example/sluss/internal/problem"
)

// The parameters of Argon2id (RFC 9106): 12 MiB in three passes, which OWASP
// holds to be as good as more memory in fewer. One runs at a time.
const (
	hashMemory = 12 << 10 // KiB
	hashPasses = 3
	hashSize   = 32
	// quickMemory is that of hashes in tests.
	quickMemory = 64 // KiB
	saltSize    = 16
)

// minPassword is the shortest password, in characters, and maxPassword the
// longest, in bytes (NIST SP 800-63B-4 section 3.1.1.2).
const (
	minPassword = 10
	maxPassword = 256
)

// A Hasher hashes passwords, one at a time: each takes some 12 MiB, and nobody
// shall be able to have many of them by asking often. The zero value is no
// good; see [NewHasher].
type Hasher struct {
	turn   chan struct{}
	memory uint32
}

// NewHasher returns a hasher.
func NewHasher() *Hasher { return &Hasher{turn: make(chan struct{}, 1), memory: hashMemory} }

// NewQuickHasher returns a hasher for tests, whose hashes are weak and quick.
func NewQuickHasher() *Hasher { return &Hasher{turn: make(chan struct{}, 1), memory: quickMemory} }

// Hash returns the hash of a password in PHC form, with a new salt. It waits
// for its turn until ctx ends.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails; see crypto/rand
	key, err := h.key(ctx, password, salt, h.memory, hashPasses)
	if err != nil {
		return "", err
	}
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, h.memory, hashPasses, enc.EncodeToString(salt), enc.EncodeToString(key)), nil
}

// Verify reports whether the password has the hash. For an empty hash it does
// the same work and reports false, so that the time tells nothing.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (bool, error) {
	salt, want, memory, passes, ok := parseHash(hash)
	if !ok {
		salt, want, memory, passes = make([]byte, saltSize), make([]byte, hashSize), h.memory, hashPasses
	}
	got, err := h.key(ctx, password, salt, memory, passes)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && ok, nil
}

func (h *Hasher) key(ctx context.Context, password string, salt []byte, memory, passes uint32) ([]byte, error) {
	select {
	case h.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
	defer func() { <-h.turn }()
	if len(password) > maxPassword {
		password = password[:maxPassword] // no password is that long
	}
	if memory > quickMemory {
		// What the hash worked in is garbage then; the next one is to find it freed,
		// or two would be resident.
		defer runtime.GC()
	}
	return argon2.IDKey([]byte(password), salt, passes, memory, 1, hashSize), nil
}

// mostMemory is how much a stored hash may ask for: older ones took 19 MiB.
const mostMemory = 19 << 10 // KiB

// parseHash takes a hash in PHC form apart. It believes no parameters beyond
// our own, since a hash decides how much memory is used.
func parseHash(s string) (salt, key []byte, memory, passes uint32, ok bool) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return nil, nil, 0, 0, false
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=1", &memory, &passes); n != 2 || err != nil || memory > mostMemory || passes > hashPasses || memory < 8 || passes < 1 {
		return nil, nil, 0, 0, false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	return salt, key, memory, passes, err1 == nil && err2 == nil && len(key) == hashSize && len(salt) >= 8
}

// CheckPassword checks a new password of the person with the address: long
// enough, not known to everybody, and not the address itself. It asks for no
// mixture of characters, which makes passwords worse (NIST SP 800-63B-4 section
// 3.1.1.2).
func CheckPassword(password, email string) error {
	bad := func(format string, args ...any) error {
		return problem.New(problem.FormatInvalid, format, args...).At("password")
	}
	lower := strings.ToLower(password)
	name, _, _ := strings.Cut(strings.ToLower(email), "@")
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return bad("Use at least %d characters. A few words that nobody else would join are best.", minPassword)
	case len(password) > maxPassword:
		return bad("Use at most %d characters.", maxPassword)
	case !utf8.ValidString(password):
		return bad("Use characters that can be typed.")
	case lower == strings.ToLower(email) || len(name) > 3 && strings.Trim(strings.ReplaceAll(lower, name, ""), "0123456789!?.-_ ") == "":
		return bad("That is your e-mail address. Choose something that nobody can look up.")
	case isCommon(lower):
		return bad("That password is on lists of stolen ones. Choose another.")
	}
	return nil
}

// secret returns 256 random bits as base64url, and their hash.
func secret() (text string, hash []byte) {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails; see crypto/rand
	text = base64.RawURLEncoding.EncodeToString(b)
	return text, HashOf(text)
}

// HashOf returns the hash by which the secret of a cookie or of a link is
// stored.
func HashOf(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}
