package control

import (
	"net/http"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/web"
)

// A TokensChange says what to change of an app's tokens. What is nil stays as
// it is; what is empty or zero becomes the platform's.
type TokensChange struct {
	// Algorithm signs them, and Form is their typ: "JWT" or "at+jwt".
	Algorithm *jose.Algorithm `json:"algorithm,omitempty"`
	Form      *string         `json:"form,omitempty"`
	// Policy is advise, reuse or enforce, and Quota how many tokens an hour
	// for each PSU context.
	Policy *string `json:"policy,omitempty"`
	Quota  *int64  `json:"quota,omitempty"`
}

// Apply changes the app. It reports problem.FormatInvalid.
func (n *TokensChange) Apply(a *app.App) error {
	set(&a.Extensions.TokenAlgorithm, n.Algorithm)
	set(&a.Extensions.TokenForm, n.Form)
	set(&a.Extensions.TokenPolicy, n.Policy)
	set(&a.Extensions.TokenQuota, n.Quota)
	return a.Check()
}

// setTokens serves PATCH /apps/{id}/tokens with a TokensChange.
func (h *Handler) setTokens(w http.ResponseWriter, r *http.Request) error {
	var n TokensChange
	if err := read(r, &n); err != nil {
		return err
	}
	a, err := h.Apps.SetTokens(r.Context(), r.PathValue("id"), n)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, AppOnWire(a))
}
