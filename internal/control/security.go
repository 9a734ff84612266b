package control

import (
	"net/http"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/web"
)

// A SecurityChange changes how an app must prove who it is, and what its tokens
// are bound to. What is nil or empty stays as it is.
type SecurityChange struct {
	// Organisation is the one that owns the app, as client certificates name it.
	Organisation *string `json:"organisation,omitempty"`
	// Methods are those that the app may use, see app.Method; the default ones
	// if there are none.
	Methods         *[]app.Method `json:"methods,omitempty"`
	FAPI2           *bool         `json:"fapi2,omitempty"`
	RequireDPoP     *bool         `json:"requireDpop,omitempty"`
	BindCertificate *bool         `json:"bindCertificate,omitempty"`
	// Subject is that of the app's certificate, for tls_client_auth.
	Subject *certificate.Subject `json:"subject,omitempty"`
	// Register has certificates in PEM, for self_signed_tls_client_auth, and
	// Unregister thumbprints of those to take away.
	Register   string   `json:"register,omitempty"`
	Unregister []string `json:"unregister,omitempty"`
}

// Apply changes the app. It reports problem.FormatInvalid, and
// problem.ResourceUnknown for a certificate that is not there.
func (n *SecurityChange) Apply(a *app.App) error {
	s := a.Security()
	set(&a.Extensions.Organisation, n.Organisation)
	set(&s.Methods, n.Methods)
	set(&s.FAPI2, n.FAPI2)
	set(&s.RequireDPoP, n.RequireDPoP)
	set(&s.BindCertificate, n.BindCertificate)
	set(&s.Subject, n.Subject)
	for _, thumbprint := range n.Unregister {
		if err := s.Unregister(thumbprint); err != nil {
			return err
		}
	}
	if n.Register != "" {
		certs, err := certificate.ParsePEM([]byte(n.Register))
		if err != nil {
			return problem.New(problem.FormatInvalid, "%v", err).At("register")
		}
		s.Register(certs)
	}
	return a.SetSecurity(s)
}

func set[T any](field, to *T) {
	if to != nil {
		*field = *to
	}
}

// setSecurity serves PATCH /apps/{id}/security with a SecurityChange.
func (h *Handler) setSecurity(w http.ResponseWriter, r *http.Request) error {
	var n SecurityChange
	if err := read(r, &n); err != nil {
		return err
	}
	a, err := h.Apps.SetSecurity(r.Context(), r.PathValue("id"), n)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, AppOnWire(a))
}
