package simulator

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"rsc.io/qr"

	"sluss.example/sluss/internal/sca"
)

// challenge returns what the person needs to open the app at the instant. Each
// round has tokens of its own. A QR text has the form of BankID's: the word, a
// token, the seconds since the start, and a code that only the bank can make;
// poll makes it differ where the clock stands still.
func (r *Run) challenge(now time.Time, round int, poll uint64) (sca.Challenge, error) {
	h := hashOf(0, "challenge", r.Ref, strconv.Itoa(round))
	token := testUUID(h[:])
	switch r.Order.Method {
	case sca.MBIDQRToken, sca.MBIDQRImage:
		h = hashOf(0, "qr", r.Ref, strconv.Itoa(round))
		seconds := strconv.FormatInt(int64(now.Sub(r.StartedAt)/time.Second), 10)
		mac := hashOf(0, "code", r.Ref, strconv.Itoa(round), seconds, strconv.FormatUint(poll, 10))
		text := "bankid." + testUUID(h[:]) + "." + seconds + "." + hex.EncodeToString(mac[:])
		if r.Order.Method == sca.MBIDQRToken {
			return sca.Challenge{Data: []string{text}}, nil
		}
		code, err := qr.Encode(text, qr.L)
		if err != nil {
			return sca.Challenge{}, fmt.Errorf("draw QR: %w", err)
		}
		return sca.Challenge{Image: "data:image/png;base64," + base64.StdEncoding.EncodeToString(code.PNG())}, nil
	}
	return sca.Challenge{Data: []string{token}}, nil
}

// testUUID makes a UUID of a hash that says what it is: it begins with 7e57,
// "test".
func testUUID(h []byte) string {
	b := append([]byte{0x7e, 0x57}, h[:14]...)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	s := hex.EncodeToString(b)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
