package client

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// WebhookTolerance is how far the time at which a webhook was sent may lie from
// the receiver's.
const WebhookTolerance = 5 * time.Minute

// A WebhookEvent is what a webhook tells: that something happened to a
// resource. Ask the API for the rest.
type WebhookEvent struct {
	// ID is the same each time the event is sent, which may be more than once:
	// a receiver remembers those that it has dealt with.
	ID        string    `json:"-"`
	Type      string    `json:"type"` // such as "consent.valid"; there may be new ones
	Timestamp time.Time `json:"timestamp"`
	Data      struct {
		ID       string `json:"id"` // of the resource
		ClientID string `json:"clientId"`
		Status   string `json:"status"`
		BICFI    string `json:"bicFi"`
	} `json:"data"`
}

// VerifyWebhook checks that a webhook comes from whoever has the secret
// ("whsec_..."), was sent about now, and was not changed, and returns what it
// tells. The body is that of the request to the byte; now is the receiver's
// time, time.Now() but in tests. While a secret is being changed there are two
// signatures, and either will do. Any server that speaks Standard Webhooks
// signs like this.
func VerifyWebhook(secret string, header http.Header, body []byte, now time.Time) (WebhookEvent, error) {
	var e WebhookEvent
	key, err := webhookKey(secret)
	if err != nil {
		return e, err
	}
	id, stamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if id == "" || err != nil {
		return e, errors.New("client: webhook-id or webhook-timestamp is missing or has not the form of one")
	}
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte(id + "." + stamp + "."))
	_, _ = mac.Write(body)
	if !anySignature(header.Values("webhook-signature"), mac.Sum(nil)) {
		return e, errors.New("client: no signature of the webhook fits")
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > WebhookTolerance || age < -WebhookTolerance {
		return e, errors.New("client: the webhook was not sent just now; see whether the clock is right")
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return WebhookEvent{}, fmt.Errorf("client: read the webhook: %w", err)
	}
	e.ID = id
	return e, nil
}

// webhookKey returns the bytes of a secret.
func webhookKey(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < 16 {
		return nil, errors.New(`client: not a webhook secret: "whsec_" and at least 16 bytes in base64`)
	}
	return key, nil
}

// anySignature reports whether one of the signatures of version 1 is sum. They
// stand in one header, separated by spaces.
func anySignature(lists []string, sum []byte) bool {
	fits := false
	for _, list := range lists {
		for s := range strings.FieldsSeq(list) {
			text, ok := strings.CutPrefix(s, "v1,")
			got, err := base64.StdEncoding.DecodeString(text)
			if ok && err == nil && hmac.Equal(got, sum) {
				fits = true
			}
		}
	}
	return fits
}
