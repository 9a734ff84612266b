package developer

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // what authenticator apps speak, RFC 6238 section 1.2
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// What every authenticator app knows: six digits, a new code each half minute
// (RFC 6238 section 4).
const (
	totpStep   = 30 * time.Second
	totpDigits = 6
	totpSecret = 20 // bytes, RFC 4226 section 4
	// totpSkew is how many steps a clock may be off, either way.
	totpSkew = 1
)

// NewTOTP returns the secret of a new authenticator app.
func NewTOTP() []byte {
	b := make([]byte, totpSecret)
	_, _ = rand.Read(b) // never fails; see crypto/rand
	return b
}

// TOTPText returns the secret as a person types it, in groups of four.
func TOTPText(secret []byte) string {
	s := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	var b strings.Builder
	for i := 0; i < len(s); i += 4 {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s[i:min(i+4, len(s))])
	}
	return b.String()
}

// TOTPLink returns what the QR code of a new authenticator app says, in the
// form that such apps read.
func TOTPLink(secret []byte, issuer, account string) string {
	q := url.Values{"secret": {strings.ReplaceAll(TOTPText(secret), " ", "")}, "issuer": {issuer}}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+account) + "?" + q.Encode()
}

// checkTOTP returns the time step that the code belongs to, if it is right at
// now and no code of that step or a later one was used.
func checkTOTP(secret []byte, code string, now time.Time, used int64) (int64, bool) {
	code = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, code)
	present := now.Unix() / int64(totpStep/time.Second)
	found := int64(-1)
	for step := present - totpSkew; step <= present+totpSkew; step++ {
		if subtle.ConstantTimeCompare([]byte(totpAt(secret, step)), []byte(code)) == 1 && step > used {
			found = step
		}
	}
	return found, found >= 0
}

// totpAt returns the code of a step (RFC 4226 section 5.3).
func totpAt(secret []byte, step int64) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step)) //nolint:gosec // steps since 1970
	mac := hmac.New(sha1.New, secret)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, n%1_000_000)
}
