package oauth

import (
	"encoding/base64"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/token"
)

// Credentials are how an app proves who it is (RFC 6749 section 2.3).
type credentials struct {
	id, secret string
	basic      bool // they came in the Authorization header
}

// readCredentials reads the credentials of a request: by Basic, or in the
// form. It reports problem.ClientInvalid if there are none or a Basic header
// that says nothing, and problem.FormatInvalid if there are two kinds.
func readCredentials(r *http.Request, f form) (credentials, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) > 1 {
		return credentials{}, malformed("more than one Authorization header")
	}
	c := credentials{id: f["client_id"], secret: f["client_secret"]}
	value := ""
	if len(headers) == 1 {
		value = headers[0]
	}
	scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	if !strings.EqualFold(scheme, "Basic") {
		// Another scheme is none of ours: some proxies and libraries add one.
		if c.id == "" || c.secret == "" {
			return credentials{}, problem.New(problem.ClientInvalid, "")
		}
		return c, nil
	}
	if c.secret != "" {
		return credentials{}, malformed("credentials both in the Authorization header and in the body")
	}
	id, secret, ok := parseBasic(strings.TrimSpace(rest))
	if !ok {
		return credentials{basic: true}, problem.New(problem.ClientInvalid, "")
	}
	if c.id != "" && !strings.EqualFold(c.id, id) {
		return credentials{}, malformed("client_id is not that of the Authorization header")
	}
	return credentials{id, secret, true}, nil
}

// parseBasic parses what follows "Basic " (RFC 7617 section 2). Id and secret
// are form-urlencoded within (RFC 6749 section 2.3.1), which many libraries
// leave out: what cannot be decoded stands for itself.
func parseBasic(s string) (id, secret string, ok bool) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		if b, err = base64.RawStdEncoding.DecodeString(s); err != nil {
			return "", "", false
		}
	}
	id, secret, ok = strings.Cut(string(b), ":")
	id, secret = unescaped(id), unescaped(secret)
	return id, secret, ok && id != "" && secret != ""
}

func unescaped(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// A clientError is a refused client that did not send its secret in the body:
// its answer is 401, and challenges one that used Basic (RFC 6749 section 5.2).
type clientError struct {
	error
	challenge bool
}

// Unwrap returns the refusal.
func (e clientError) Unwrap() error { return e.error }

// from returns the address that the request came from.
func (h *Handler) from(r *http.Request) netip.Addr {
	if h.From != nil {
		return h.From(r)
	}
	a, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr()
}

// identify finds the way in which the app proves itself and returns it.
func (h *Handler) identify(r *http.Request, f form) (*token.Client, error) {
	presented, broken := h.Certificates.Of(r)
	if f["client_assertion"] != "" || f["client_assertion_type"] != "" {
		a, err := h.authenticateAssertion(r, f)
		return &token.Client{App: a, Method: app.ByAssertion, Presented: presented}, err
	}
	if (presented != nil || broken != nil) && f["client_id"] != "" && f["client_secret"] == "" && !isBasic(r) {
		if broken != nil {
			return nil, clientError{problem.New(problem.ClientInvalid, "").Because(broken), false}
		}
		a, method, err := h.Tokens.AuthenticateCertificate(f["client_id"], presented)
		if err != nil {
			return nil, clientError{err, false}
		}
		return &token.Client{App: a, Method: method, Presented: presented}, nil
	}
	c, err := readCredentials(r, f)
	var a *app.App
	if err == nil {
		a, err = h.Tokens.Authenticate(c.id, c.secret, h.from(r))
	}
	if c.basic && problem.Is(err, problem.ClientInvalid) {
		err = clientError{err, true}
	}
	return &token.Client{App: a, Method: app.BySecret, Presented: presented}, err
}

func isBasic(r *http.Request) bool {
	scheme, _, _ := strings.Cut(strings.TrimSpace(r.Header.Get("Authorization")), " ")
	return strings.EqualFold(scheme, "Basic")
}

// jwtBearer is the client_assertion_type of RFC 7523 section 2.2.
const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// authenticateAssertion returns the app that proves itself by private_key_jwt.
func (h *Handler) authenticateAssertion(r *http.Request, f form) (*app.App, error) {
	switch {
	case f["client_secret"] != "" || isBasic(r):
		return nil, malformed("both a client secret and a client assertion")
	case f["client_assertion"] == "":
		return nil, missing("client_assertion")
	case f["client_assertion_type"] == "":
		return nil, missing("client_assertion_type")
	case f["client_assertion_type"] != jwtBearer:
		return nil, clientError{problem.New(problem.ClientInvalid, ""), false}
	}
	audiences := []string{h.Tokens.Issuer}
	for _, base := range h.bases(r) {
		audiences = append(audiences, base+"/connect/token", base+strings.TrimSuffix(r.URL.Path, "/"))
	}
	a, err := h.Tokens.AuthenticateAssertion(r.Context(), token.AssertionRequest{
		Text: f["client_assertion"], ClientID: strings.ToLower(f["client_id"]), Audiences: audiences,
	})
	if problem.Is(err, problem.ClientInvalid) {
		return nil, clientError{err, false}
	}
	return a, err
}

// bases returns the base URLs that a request may have been made under.
func (h *Handler) bases(r *http.Request) []string {
	bases := []string{h.Tokens.Issuer}
	if h.MTLSBase != "" {
		bases = append(bases, h.MTLSBase)
	}
	if h.Base != nil {
		bases = append(bases, h.Base(r))
	}
	return bases
}
