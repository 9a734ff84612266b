package developer_test

import (
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/problem"
)

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, password string
		good           bool
	}{
		{"words", "correct horse battery", true},
		{"other letters", "många röda hästar", true},
		{"longest", strings.Repeat("aå", 85), true},

		{"short", "kort", false},
		{"long", strings.Repeat("a", 257), false},
		{"stolen", "qwertyuiop", false},
		{"stolen with a number", "password12345", false},
		{"stolen twice", "monkeymonkey", false},
		{"digits", "198403121984", false},
		{"the address", "ada.lovelace@example.com", false},
		{"the name in it", "ada.lovelace1", false},
		{"not text", "abcdefghij\xff", false},
	}
	for _, tt := range tests {
		err := developer.CheckPassword(tt.password, "ada.lovelace@example.com")
		if (err == nil) != tt.good || err != nil && !problem.Is(err, problem.FormatInvalid) {
			t.Errorf("%s: CheckPassword reports %v", tt.name, err)
		}
	}
}

func TestHasher(t *testing.T) {
	t.Parallel()
	h := developer.NewHasher()
	hash, err := h.Hash(t.Context(), goodPassword)
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=12288,t=3,p=1$") {
		t.Fatalf("Hash = %q, %v", hash, err)
	}
	for _, tt := range []struct {
		hash, password string
		want           bool
	}{
		{hash, goodPassword, true},
		{hash, "another", false},
		{"", goodPassword, false},
		{strings.Replace(hash, "m=12288", "m=4194304", 1), goodPassword, false}, // would take 4 GiB
		{"$2y$10$abc", goodPassword, false},
	} {
		if got, err := h.Verify(t.Context(), tt.hash, tt.password); got != tt.want || err != nil {
			t.Errorf("Verify(%q, %q) = %t, %v", tt.hash, tt.password, got, err)
		}
	}
}

// The codes of RFC 6238 appendix B, cut to six digits.
func TestTOTPVectors(t *testing.T) {
	t.Parallel()
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"} {
		if got := developer.TOTPAt(secret, time.Unix(at, 0)); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
	if got := developer.TOTPLink(secret, "sluss", "a@b.example"); got != "otpauth://totp/sluss:a@b.example?issuer=sluss&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" {
		t.Errorf("link %s", got)
	}
}

func FuzzNormalEmail(f *testing.F) {
	for _, s := range []string{"a@b.example", " A@B ", "a@b@c", "@", "a b@c", "å@ö.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := developer.NormalEmail(s)
		if err != nil {
			return
		}
		if again, err := developer.NormalEmail(e); err != nil || again != e {
			t.Errorf("NormalEmail(%q) = %q, whose normal form is %q, %v", s, e, again, err)
		}
		if strings.ContainsAny(e, "\r\n") {
			t.Errorf("%q can break a header", e)
		}
	})
}
