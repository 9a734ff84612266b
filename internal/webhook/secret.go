package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A SecretText is a signing secret in clear: "whsec_" and 24 to 64 bytes in
// base64. It prints masked.
type SecretText string

const secretPrefix = "whsec_"

// NewSecret returns a random secret of 32 bytes.
func NewSecret() SecretText {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails; see crypto/rand
	return SecretText(secretPrefix + base64.StdEncoding.EncodeToString(b[:]))
}

// ParseSecret checks the form of a secret. The error does not quote it.
func ParseSecret(s string) (SecretText, error) {
	if _, err := SecretText(s).key(); err != nil {
		return "", err
	}
	return SecretText(s), nil
}

func (s SecretText) key() ([]byte, error) {
	text, ok := strings.CutPrefix(string(s), secretPrefix)
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if !ok || err != nil || len(b) < 24 || len(b) > 64 || strings.ContainsAny(text, "\r\n") {
		return nil, errors.New(`not a webhook secret: "whsec_" and 24 to 64 bytes in base64`)
	}
	return b, nil
}

// String returns a mask, never the secret.
func (SecretText) String() string { return "***" }

// GoString returns a mask, never the secret.
func (SecretText) GoString() string { return "***" }

// LogValue implements [slog.LogValuer].
func (SecretText) LogValue() slog.Value { return slog.StringValue("***") }

// Sign sets the headers of a message: its id, the time at which it is sent, and
// a signature by each of the secrets (Standard Webhooks, "Signature scheme").
func Sign(h http.Header, id string, at time.Time, body []byte, secrets ...SecretText) error {
	stamp := strconv.FormatInt(at.Unix(), 10)
	var all []string
	for _, s := range secrets {
		key, err := s.key()
		if err != nil {
			return err
		}
		mac := hmac.New(sha256.New, key)
		_, _ = mac.Write([]byte(id + "." + stamp + "."))
		_, _ = mac.Write(body)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", stamp)
	h.Set("webhook-signature", strings.Join(all, " "))
	return nil
}
