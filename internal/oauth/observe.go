package oauth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/web"
)

// An Observer counts what the token service does. What it is told is bounded.
type Observer interface {
	// Token tells of a request for a token: its scope set, sorted, or "none",
	// and how it ended: "issued" or a reason.
	Token(scopes, outcome string)
	// Refused tells of an app that did not prove who it is, by the way that it
	// tried: "secret", "assertion" or "certificate".
	Refused(method string)
	// Denied tells of a request past a limit: "guessing", "rate", "day" or
	// "quota".
	Denied(limit string)
}

// The limits that an [Observer] is told of, beside those of package token.
const (
	limitGuessing = "guessing"
	limitQuota    = "quota"
)

// nobody is the Observer of a Handler that has none.
type nobody struct{}

func (nobody) Token(string, string) {}
func (nobody) Refused(string)       {}
func (nobody) Denied(string)        {}

// observe tells how a request for a token ended.
func (h *Handler) observe(f form, err error) {
	outcome := "issued"
	if p, ok := errors.AsType[*problem.Error](err); ok {
		outcome = string(p.Reason)
	} else if err != nil {
		outcome = "internal"
	}
	h.Observer.Token(scopeSet(f["scope"]), outcome)
}

// scopeSet returns the words of a scope in one order; "none" unless it is one.
func scopeSet(s string) string {
	set, err := scope.Parse(s)
	if err != nil {
		return "none"
	}
	words := slices.Clone(set.Words())
	slices.Sort(words)
	return strings.Join(words, " ")
}

// authenticate returns the client that makes the request, without its proof.
// Where too many wrong credentials came from it does not look at any: it
// reports problem.AccessExceeded.
func (h *Handler) authenticate(r *http.Request, f form) (*token.Client, error) {
	attempt := token.Attempt{ClientID: claimedID(r, f), From: h.from(r)}
	if err := h.Tokens.Welcome(attempt); err != nil {
		h.Observer.Denied(limitGuessing)
		return nil, err
	}
	c, err := h.identify(r, f)
	switch {
	case err == nil:
		attempt.ClientID = c.App.ID
		h.Tokens.Tried(attempt, true)
	case problem.Is(err, problem.ClientInvalid):
		h.Tokens.Tried(attempt, false)
		h.Observer.Refused(triedBy(f, err))
	}
	if err != nil {
		web.LineOf(r.Context()).Claimed = claimedID(r, f)
		return nil, err
	}
	web.LineOf(r.Context()).ClientID = c.App.ID
	return c, nil
}

// triedBy returns how a client that was refused tried to prove itself.
func triedBy(f form, err error) string {
	if f["client_assertion"] != "" {
		return "assertion"
	}
	if refused, is := errors.AsType[clientError](err); is && !refused.challenge {
		return "certificate"
	}
	return "secret"
}

// claimedID returns the client id that a request names, without any proof.
func claimedID(r *http.Request, f form) string {
	if id := f["client_id"]; id != "" {
		return id
	}
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Basic") {
		id, _, _ := parseBasic(strings.TrimSpace(rest))
		return id
	}
	return subjectOf(f["client_assertion"])
}

// subjectOf returns the sub of an assertion that nobody has checked.
func subjectOf(assertion string) string {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return ""
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var c struct {
		Subject string `json:"sub"`
	}
	if json.Unmarshal(claims, &c) != nil {
		return ""
	}
	return c.Subject
}
