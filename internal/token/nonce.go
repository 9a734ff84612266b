package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// nonceEvery is how long a nonce is handed out. It is good for as long again,
// so that one that a client has just got is not refused.
const nonceEvery = 5 * time.Minute

// Nonces are those that DPoP proofs must have (RFC 9449 section 8). They are
// derived from a key and the time, so that all instances with the key agree on
// them and none is stored.
type Nonces struct{ key [32]byte }

// NewNonces returns the nonces of a key, which no client may know.
func NewNonces(key [32]byte) *Nonces { return &Nonces{key} }

// At returns the nonce to hand out at now.
func (n *Nonces) At(now time.Time) string { return n.of(now.Unix() / int64(nonceEvery/time.Second)) }

// Good reports whether a nonce is good at now: that of this period, of the one
// before, or of the next one, which an instance whose clock is ahead may have
// handed out.
func (n *Nonces) Good(nonce string, now time.Time) bool {
	period := now.Unix() / int64(nonceEvery/time.Second)
	good := 0
	for _, p := range []int64{period - 1, period, period + 1} {
		good |= subtle.ConstantTimeCompare([]byte(nonce), []byte(n.of(p)))
	}
	return good == 1
}

func (n *Nonces) of(period int64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(period)) //nolint:gosec // G115: only to tell periods apart
	mac := hmac.New(sha256.New, n.key[:])
	mac.Write(b[:])
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}
