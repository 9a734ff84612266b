package portal_test

import (
	"encoding/base32"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// totpCode returns the code that another program's authenticator shows.
func totpCode(t *testing.T, text string, at time.Time) string {
	t.Helper()
	secret := strings.ReplaceAll(text, " ", "")
	if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret); err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}
