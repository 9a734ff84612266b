package oauth

import (
	"net/http"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/web"
)

// inspection is the answer of RFC 7662 section 2.2. All but Active is left out
// of one about a token that is not good.
type inspection struct {
	Active    bool     `json:"active"`
	Scope     string   `json:"scope,omitempty"`
	ClientID  string   `json:"client_id,omitempty"`
	TokenType string   `json:"token_type,omitempty"`
	Expires   int64    `json:"exp,omitempty"` // Unix seconds, as are the next two
	IssuedAt  int64    `json:"iat,omitempty"`
	NotBefore int64    `json:"nbf,omitempty"`
	Audience  []string `json:"aud,omitempty"`
	Issuer    string   `json:"iss,omitempty"`
	ID        string   `json:"jti,omitempty"`
	// Confirmation is what the token is bound to (RFC 8705 section 3.2, RFC
	// 9449 section 6.2).
	Confirmation *jose.Confirmation `json:"cnf,omitempty"`
}

// introspect serves POST /connect/introspect (RFC 7662). An app learns of its
// own tokens only.
func (h *Handler) introspect(w http.ResponseWriter, r *http.Request) error {
	a, raw, err := h.readTokenCall(w, r)
	if err != nil {
		return err
	}
	var answer inspection
	if i, active := h.Tokens.Inspect(a, raw); active {
		answer = inspection{
			Active: true, Scope: i.Scope.String(), ClientID: a.ID, TokenType: typeOf(i.Confirmation),
			Expires: i.ExpiresAt.Unix(), IssuedAt: i.NotBefore.Unix(), NotBefore: i.NotBefore.Unix(),
			Audience: i.Audience, Issuer: h.Tokens.Issuer, ID: i.ID,
		}
		if i.Confirmation != (jose.Confirmation{}) {
			answer.Confirmation = &i.Confirmation
		}
	}
	noStore(w.Header())
	return web.WriteJSON(w, http.StatusOK, answer)
}

// revoke serves POST /connect/revocation (RFC 7009).
func (h *Handler) revoke(w http.ResponseWriter, r *http.Request) error {
	a, raw, err := h.readTokenCall(w, r)
	if err != nil {
		return err
	}
	if err := h.Tokens.Revoke(r.Context(), a, raw); err != nil {
		return err
	}
	noStore(w.Header())
	w.WriteHeader(http.StatusOK)
	return nil
}

// readTokenCall reads a call about a token: the app that makes it and the
// token. A token_type_hint is ignored, since there is one type.
func (h *Handler) readTokenCall(w http.ResponseWriter, r *http.Request) (*app.App, string, error) {
	echoRequestID(w, r)
	if err := checkMethod(r, http.MethodPost); err != nil {
		return nil, "", err
	}
	f, err := readForm(w, r)
	if err != nil {
		return nil, "", err
	}
	c, err := h.authenticate(r, f)
	if err != nil {
		return nil, "", err
	}
	a := c.App
	if a.Extensions.NoTokenServices {
		return nil, "", problem.New(problem.GrantForbidden, "introspection and revocation are switched off for this application")
	}
	if f["token"] == "" {
		return nil, "", missing("token")
	}
	return a, f["token"], nil
}
