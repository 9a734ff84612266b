package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxBody is the longest answer that is read, in bytes.
const maxBody = 16 << 20

// An Error is an answer by which the server refuses a request.
type Error struct {
	Status int    // HTTP status
	Code   string // such as CONSENT_EXPIRED, or invalid_client of the token service; empty if not told
	Text   string // for the developer; may be empty
	Path   string // header, parameter or field at fault; may be empty
	// RequestID is the X-Request-ID of the answer, by which the operator finds
	// the request.
	RequestID string
	// RetryAfter is how long to wait before a further try; zero if not told.
	RetryAfter time.Duration
}

// Error implements error.
func (e *Error) Error() string {
	s := "client: the server answered " + strconv.Itoa(e.Status)
	if e.Code != "" {
		s += " " + e.Code
	}
	if e.Path != "" {
		s += " (" + e.Path + ")"
	}
	if e.Text != "" {
		s += ": " + e.Text
	}
	if e.RequestID != "" {
		s += " [request " + e.RequestID + "]"
	}
	return s
}

// decode reads an answer of the API into out, unless that is nil or there is
// no body. It returns an *Error for a refusal.
func decode(resp *http.Response, out any) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return fmt.Errorf("client: read the answer: %w", err)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return apiError(resp, body)
	}
	if out == nil || resp.StatusCode == http.StatusNoContent || len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("client: decode the answer: %w", err)
	}
	return nil
}

// apiError reads either form of an error: tppMessages, or a problem of
// RFC 9457 with a code.
func apiError(resp *http.Response, body []byte) *Error {
	var in struct {
		TPPMessages []struct {
			Code string `json:"code"`
			Path string `json:"path"`
			Text string `json:"text"`
		} `json:"tppMessages"`
		Code   string `json:"code"`
		Type   string `json:"type"`
		Detail string `json:"detail"`
		Title  string `json:"title"`
	}
	_ = json.Unmarshal(body, &in) // a proxy may answer anything; the status is told then
	e := newError(resp)
	if len(in.TPPMessages) > 0 {
		m := in.TPPMessages[0]
		e.Code, e.Path, e.Text = m.Code, m.Path, m.Text
		return e
	}
	e.Code, e.Text = in.Code, in.Detail
	if e.Code == "" { // the KYC service has it in the type alone
		_, e.Code, _ = strings.Cut(in.Type, ":problem:")
	}
	if e.Text == "" {
		e.Text = in.Title
	}
	return e
}

// oauthError reads an error of the token service (RFC 6749 section 5.2).
func oauthError(resp *http.Response, body []byte) *Error {
	var in struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	_ = json.Unmarshal(body, &in) // as above
	e := newError(resp)
	e.Code, e.Text = in.Error, in.Description
	return e
}

func newError(resp *http.Response) *Error {
	e := &Error{Status: resp.StatusCode, RequestID: resp.Header.Get("X-Request-ID")}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return e
}
