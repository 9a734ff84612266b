package portal

import (
	"net/http"
	"net/url"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/problem"
)

// accountRoutes are those by which people get in and out.
func accountRoutes() []route {
	return []route{
		{pattern: "GET /portal/sign-in", access: public, page: "sign-in", serve: (*Handler).signInForm},
		{pattern: "POST /portal/sign-in", access: public, page: "sign-in", serve: (*Handler).signIn},
		{pattern: "GET /portal/sign-up", access: public, page: "sign-up", serve: (*Handler).signUpForm},
		{pattern: "POST /portal/sign-up", access: public, page: "sign-up", serve: (*Handler).signUp},
		{pattern: "GET /portal/verify", access: public, page: "verify", serve: (*Handler).verifyForm},
		{pattern: "POST /portal/verify", access: public, page: "verify", serve: (*Handler).verify},
		{pattern: "GET /portal/forgot", access: public, page: "forgot", serve: (*Handler).forgotForm},
		{pattern: "POST /portal/forgot", access: public, page: "forgot", serve: (*Handler).forgot},
		{pattern: "GET /portal/reset", access: public, page: "reset", serve: (*Handler).resetForm},
		{pattern: "POST /portal/reset", access: public, page: "reset", serve: (*Handler).reset},
		{pattern: "POST /portal/demo", access: public, serve: (*Handler).demo},
		{pattern: "GET /portal/factor", access: half, page: "factor", serve: (*Handler).factorForm},
		{pattern: "POST /portal/factor", access: half, page: "factor", serve: (*Handler).factor},
		{pattern: "GET /portal/prove", access: signedIn, page: "prove", serve: (*Handler).proveForm},
		{pattern: "POST /portal/prove", access: signedIn, page: "prove", serve: (*Handler).prove},
		{pattern: "POST /portal/sign-out", access: half, serve: (*Handler).signOut},
	}
}

// to returns the page that the person was on the way to.
func (v *visit) to() string {
	if to := v.form("to"); isLocal(to) {
		return to
	}
	return Path
}

func (h *Handler) signInData(v *visit) map[string]any {
	return map[string]any{"To": v.to(), "Email": v.form("email"), "OpenSignUp": h.People.OpenSignUp, "DemoHere": h.Demo != "", "SSO": h.SSO != nil, "CanPasskeys": h.Passkeys != nil}
}

// signInForm serves GET /portal/sign-in.
func (h *Handler) signInForm(v *visit) error {
	if v.session != nil && v.session.Stage == developer.Full {
		return v.see(v.to())
	}
	return v.show(http.StatusOK, "sign-in", "Sign in", h.signInData(v))
}

// signIn serves POST /portal/sign-in.
func (h *Handler) signIn(v *visit) error {
	x, cookie, err := h.People.SignIn(v.r.Context(), v.form("email"), v.raw("password"), v.device())
	if err != nil {
		return v.again(err, "sign-in", "Sign in", h.signInData(v))
	}
	if err := v.enter(cookie); err != nil {
		return err
	}
	if x.Stage == developer.NeedFactor {
		return v.see(Path + "/factor?to=" + url.QueryEscape(v.to()))
	}
	return v.see(v.to())
}

// demo serves POST /portal/demo: the one click by which a sandbox lets
// everybody in.
func (h *Handler) demo(v *visit) error {
	if h.Demo == "" {
		return unknownPage()
	}
	u, err := h.People.Store.User(v.r.Context(), h.Demo)
	if err != nil {
		return err
	}
	_, cookie, err := h.People.Open(v.r.Context(), &u, developer.Full, v.device())
	if err != nil {
		return err
	}
	if err := v.enter(cookie); err != nil {
		return err
	}
	return v.see(v.to())
}

// signUpForm serves GET /portal/sign-up.
func (h *Handler) signUpForm(v *visit) error {
	data, err := h.signUpData(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "sign-up", "Make an account", data)
}

func (h *Handler) signUpData(v *visit) (map[string]any, error) {
	data := map[string]any{"Email": v.form("email"), "Name": v.form("name"), "Invitation": v.form("invitation"), "OpenSignUp": h.People.OpenSignUp}
	if link := v.form("invitation"); link != "" {
		i, o, err := h.People.Invited(v.r.Context(), link)
		if err != nil {
			return nil, err
		}
		data["Email"], data["Organisation"], data["Role"] = i.Email, o.Name, i.Role
	}
	return data, nil
}

// signUp serves POST /portal/sign-up. Its answer is the same whether there is
// an account with the address already.
func (h *Handler) signUp(v *visit) error {
	data, err := h.signUpData(v)
	if err != nil {
		return err
	}
	n := developer.NewAccount{Email: v.form("email"), Name: v.form("name"), Password: v.raw("password"), Invitation: v.form("invitation"), Network: v.device().Network}
	start := clock.Real{}.Now()
	err = h.People.SignUp(v.r.Context(), n)
	if h.even(v.r.Context(), start); err != nil {
		return v.again(err, "sign-up", "Make an account", data)
	}
	if n.Invitation != "" {
		v.tell("verified")
		return v.see(Path + "/sign-in")
	}
	data["Sent"] = true
	return v.show(http.StatusOK, "sign-up", "Look into your mail", data)
}

// verifyForm serves GET /portal/verify: a button, since programs that look at
// mail follow links.
func (h *Handler) verifyForm(v *visit) error {
	return v.show(http.StatusOK, "verify", "Prove your address", map[string]any{"Link": v.form("link")})
}

// verify serves POST /portal/verify.
func (h *Handler) verify(v *visit) error {
	if _, err := h.People.Verify(v.r.Context(), v.form("link")); err != nil {
		return v.again(err, "verify", "Prove your address", map[string]any{"Link": ""})
	}
	v.tell("verified")
	return v.see(Path + "/sign-in")
}

// forgotForm serves GET /portal/forgot.
func (h *Handler) forgotForm(v *visit) error {
	return v.show(http.StatusOK, "forgot", "Set a new password", map[string]any{"Email": ""})
}

// forgot serves POST /portal/forgot. Its answer is the same for an address
// that nobody has.
func (h *Handler) forgot(v *visit) error {
	data := map[string]any{"Email": v.form("email")}
	start := clock.Real{}.Now()
	err := h.People.Forgot(v.r.Context(), v.form("email"), v.device())
	if h.even(v.r.Context(), start); err != nil {
		return v.again(err, "forgot", "Set a new password", data)
	}
	data["Sent"] = true
	return v.show(http.StatusOK, "forgot", "Look into your mail", data)
}

// resetForm serves GET /portal/reset.
func (h *Handler) resetForm(v *visit) error {
	return v.show(http.StatusOK, "reset", "Set a new password", map[string]any{"Link": v.form("link")})
}

// reset serves POST /portal/reset.
func (h *Handler) reset(v *visit) error {
	if err := h.People.Reset(v.r.Context(), v.form("link"), v.raw("password")); err != nil {
		return v.again(err, "reset", "Set a new password", map[string]any{"Link": v.form("link")})
	}
	v.tell("password-set")
	return v.see(Path + "/sign-in")
}

func (h *Handler) factorData(v *visit) map[string]any {
	return map[string]any{"To": v.to(), "HasPasskeys": h.Passkeys != nil && len(v.user.Passkeys) > 0}
}

// proveData says by what the person can prove who they are.
func (h *Handler) proveData(v *visit) map[string]any {
	return map[string]any{
		"To": v.to(), "HasPassword": v.user.Password != "", "HasPasskeys": h.Passkeys != nil && len(v.user.Passkeys) > 0, "SSO": h.SSO != nil && v.user.External != "",
	}
}

// factorForm serves GET /portal/factor.
func (h *Handler) factorForm(v *visit) error {
	if v.session.Stage == developer.Full {
		return v.see(v.to())
	}
	return v.show(http.StatusOK, "factor", "Second factor", h.factorData(v))
}

// factor serves POST /portal/factor. The cookie changes with what it opens.
func (h *Handler) factor(v *visit) error {
	if v.session.Stage == developer.Full {
		return v.see(v.to())
	}
	_, cookie, err := h.People.Factor(v.r.Context(), *v.session, v.form("code"), v.device())
	if err != nil {
		return v.again(err, "factor", "Second factor", h.factorData(v))
	}
	if err := v.enter(cookie); err != nil {
		return err
	}
	return v.see(v.to())
}

// proveForm serves GET /portal/prove.
func (h *Handler) proveForm(v *visit) error {
	return v.show(http.StatusOK, "prove", "Prove that it is you", h.proveData(v))
}

// prove serves POST /portal/prove.
func (h *Handler) prove(v *visit) error {
	if err := h.People.Prove(v.r.Context(), *v.session, v.user, v.raw("password")); err != nil {
		return v.again(err, "prove", "Prove that it is you", h.proveData(v))
	}
	return v.see(v.to())
}

// signOut serves POST /portal/sign-out.
func (h *Handler) signOut(v *visit) error {
	err := h.People.Store.DeleteSession(v.r.Context(), v.user.ID, v.session.ID)
	if err != nil && !problem.Is(err, problem.ResourceUnknown) {
		return err
	}
	v.setCookie(sessionCookie, "", 0)
	v.tell("signed-out")
	return v.see(Path + "/sign-in")
}
