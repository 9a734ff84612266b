package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sluss.example/sluss/internal/clock"
)

const (
	// sendTime is how long a receiver may take, from the look-up of its name
	// to the end of its answer. Real time.
	sendTime = 10 * time.Second
	// maxResponse is how much of an answer is kept, and maxDiscard how much
	// more is read so that the connection can be used again.
	maxResponse = 1 << 10
	maxDiscard  = 16 << 10
	// maxHeader bounds the header of an answer.
	maxHeader = 16 << 10
)

// A Sender makes the requests.
type Sender struct{ client *http.Client }

// NewSender returns a sender for the policy. It knows no proxy, since that
// would connect in its place, and follows no redirect.
func NewSender(p Policy) *Sender {
	dialer := &net.Dialer{Timeout: sendTime / 2, Control: p.control}
	return &Sender{&http.Client{
		Timeout:       sendTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: sendTime / 2, MaxResponseHeaderBytes: maxHeader,
			MaxIdleConns: 100, MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
		},
	}}
}

// Close closes idle connections.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

// Send sends a message once, signed by each of the secrets.
func (s *Sender) Send(ctx context.Context, target, id string, body []byte, secrets ...SecretText) (a Attempt) {
	start := clock.Real{}.Now()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err == nil {
		err = Sign(r.Header, id, start, body, secrets...)
	}
	if err != nil {
		return Attempt{Error: causeOf(err)}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "sluss-webhook/1")
	res, err := s.client.Do(r)
	a.Duration = clock.Real{}.Since(start)
	if err != nil {
		a.Error = causeOf(err)
		return a
	}
	defer func() { _ = res.Body.Close() }()
	a.StatusCode = res.StatusCode
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxResponse))
	if err == nil {
		_, _ = io.CopyN(io.Discard, res.Body, maxDiscard)
	}
	if !a.OK() {
		a.Response = printable(answer)
	}
	a.Duration = clock.Real{}.Since(start)
	return a
}

// printable returns an answer as text that every engine can store.
func printable(b []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(b), ""))
}

// causeOf returns why there was no answer, in words that do not quote the URL,
// which may hold a token of the receiver.
func causeOf(err error) string {
	if f, ok := errors.AsType[*forbidden](err); ok {
		return f.Error()
	}
	if d, ok := errors.AsType[*net.DNSError](err); ok && d.IsNotFound {
		return "the name of the host is not known"
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		if u.Timeout() {
			return "no answer in time"
		}
		err = u.Err
	}
	text := printable([]byte(err.Error()))
	return text[:min(len(text), 200)]
}
