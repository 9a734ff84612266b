package portal

import (
	"encoding/base64"
	"net/http"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sso"
)

// ssoRoutes are those of single sign-on. The first is a link, since the answer
// to a form may not lead to another site.
func ssoRoutes() []route {
	return []route{
		{pattern: "GET /portal/sso", access: public, serve: (*Handler).beginSSO},
		{pattern: "GET /portal/sso/callback", access: public, serve: (*Handler).endSSO},
	}
}

// ssoCookie carries the state of a sign-in at the identity provider.
const ssoCookie = "sluss-sso"

// beginSSO serves GET /portal/sso.
func (h *Handler) beginSSO(v *visit) error {
	if h.SSO == nil {
		return unknownPage()
	}
	to, state, err := h.SSO.Begin(v.r.Context(), sso.Visit{To: v.to(), Prove: v.form("prove") != ""})
	if err != nil {
		return err
	}
	v.setCookie(ssoCookie, base64.RawURLEncoding.EncodeToString(state), sso.Life)
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}

// endSSO serves GET /portal/sso/callback.
func (h *Handler) endSSO(v *visit) error {
	if h.SSO == nil {
		return unknownPage()
	}
	ctx := v.r.Context()
	state, err := base64.RawURLEncoding.DecodeString(v.cookie(ssoCookie))
	v.setCookie(ssoCookie, "", 0)
	if err != nil || len(state) == 0 {
		return problem.New(problem.ClientInvalid, "The sign-in was not begun in this browser, or too long ago. Begin again.")
	}
	who, visit, err := h.SSO.Finish(ctx, state, v.r.URL.Query())
	if err != nil {
		return err
	}
	if !who.Allowed {
		if err := h.People.DropExternal(ctx, who.External); err != nil {
			return err
		}
		return problem.New(problem.GrantForbidden, "%s", who.Why)
	}
	_, cookie, err := h.People.SignInExternal(ctx, who.Identity, v.session, v.device())
	if err != nil {
		return err
	}
	if cookie != "" {
		if err := v.enter(cookie); err != nil {
			return err
		}
	}
	if !isLocal(visit.To) {
		visit.To = Path
	}
	return v.see(visit.To)
}
