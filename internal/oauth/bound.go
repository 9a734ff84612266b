package oauth

import (
	"errors"
	"net/http"

	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/token"
)

// readProof reads the DPoP proof of a request for a token (RFC 9449 section 5)
// and tells the client the nonce for its next one. It returns nil without one.
// It looks before the client is authenticated, so that one that only lacks the
// nonce has not spent its assertion.
func (h *Handler) readProof(w http.ResponseWriter, r *http.Request) (*token.Proof, error) {
	headers := r.Header.Values("DPoP")
	if len(headers) == 0 {
		return nil, nil
	}
	h.tellNonce(w)
	request := token.ProofRequest{Headers: headers, Method: r.Method}
	for _, base := range h.bases(r) {
		request.URLs = append(request.URLs, base+r.URL.EscapedPath())
	}
	return h.Tokens.CheckProof(&request)
}

// tellNonce tells the client the nonce for its next proof (RFC 9449 section
// 8.2).
func (h *Handler) tellNonce(w http.ResponseWriter) {
	if nonce := h.Tokens.Nonce(); nonce != "" {
		w.Header().Set("DPoP-Nonce", nonce)
	}
}

// bind returns what the token for the client must be bound to.
func (h *Handler) bind(w http.ResponseWriter, r *http.Request, c *token.Client) (jose.Confirmation, error) {
	bound, err := h.Tokens.Bind(r.Context(), c)
	if problem.Is(err, problem.ProofInvalid) {
		h.tellNonce(w)
	}
	return bound, err
}

// innermost returns the reason at the bottom of p: of a refused client that
// what is wrong with its certificate, which the client is not told.
func innermost(p *problem.Error) problem.Reason {
	for {
		cause, ok := errors.AsType[*problem.Error](p.Err)
		if !ok {
			return p.Reason
		}
		p = cause
	}
}

// typeOf returns the token_type of a token that is bound so.
func typeOf(c jose.Confirmation) string {
	if c.KeyThumbprint != "" {
		return "DPoP"
	}
	return "Bearer"
}
