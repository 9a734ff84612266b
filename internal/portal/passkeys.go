package portal

import (
	"encoding/base64"
	"net/http"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/passkey"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/web"
)

// passkeyRoutes are those of passkeys: to register one, and to get in by one.
// The script asks for options first and then sends the form.
func passkeyRoutes() []route {
	return []route{
		{pattern: "GET /portal/profile/passkeys/new", access: signedIn, fresh: true, page: "passkey-new", serve: (*Handler).newPasskey},
		{pattern: "POST /portal/profile/passkeys/options", access: signedIn, fresh: true, serve: (*Handler).registerOptions},
		{pattern: "POST /portal/profile/passkeys", access: signedIn, fresh: true, page: "passkey-new", serve: (*Handler).addPasskey},
		{pattern: "POST /portal/profile/passkeys/remove", access: signedIn, fresh: true, page: "profile", serve: (*Handler).removePasskey},
		{pattern: "POST /portal/profile/password/remove", access: signedIn, fresh: true, page: "profile", serve: (*Handler).removePassword},
		{pattern: "POST /portal/passkey/options", access: public, serve: (*Handler).passkeyOptions},
		{pattern: "POST /portal/passkey", access: public, page: "sign-in", serve: (*Handler).usePasskey},
	}
}

// passkeyCookie carries the state of a ceremony.
const passkeyCookie = "sluss-passkey"

// needsPasskeys reports whether the script of passkeys works on a page.
func needsPasskeys(page string) bool {
	switch page {
	case "sign-in", "factor", "prove", "passkey-new":
		return true
	}
	return false
}

// noPasskeys says that there can be none.
func noPasskeys() error {
	return problem.New(problem.StatusInvalid, "Passkeys need a portal with a name: open it by one that is not an address.")
}

// begin sends the options of a ceremony.
func (v *visit) begin(b passkey.Begun, err error) error {
	if err != nil {
		return err
	}
	v.setCookie(passkeyCookie, base64.RawURLEncoding.EncodeToString(b.State), passkey.Life)
	return web.WriteBody(v.w, http.StatusOK, "application/json", b.Options)
}

// ceremony returns the state of the ceremony that the form ends, once.
func (v *visit) ceremony() []byte {
	state, err := base64.RawURLEncoding.DecodeString(v.cookie(passkeyCookie))
	v.setCookie(passkeyCookie, "", 0)
	if err != nil {
		return nil // which nothing opens
	}
	return state
}

// newPasskey serves GET /portal/profile/passkeys/new.
func (h *Handler) newPasskey(v *visit) error {
	if h.Passkeys == nil {
		return noPasskeys()
	}
	return v.show(http.StatusOK, "passkey-new", "New passkey", map[string]any{"Label": agentName(v.r.UserAgent())})
}

// registerOptions serves POST /portal/profile/passkeys/options.
func (h *Handler) registerOptions(v *visit) error {
	if h.Passkeys == nil {
		return noPasskeys()
	}
	if err := h.notDemo(v); err != nil {
		return err
	}
	return v.begin(h.Passkeys.Register(v.user, v.session.ID))
}

// addPasskey serves POST /portal/profile/passkeys.
func (h *Handler) addPasskey(v *visit) error {
	if h.Passkeys == nil {
		return noPasskeys()
	}
	err := h.notDemo(v)
	if err == nil {
		var p developer.Passkey
		p, err = h.Passkeys.Registered(v.r.Context(), v.user, v.session.ID, v.ceremony(), []byte(v.raw("credential")))
		if err == nil {
			p.Label = v.form("label")
			err = h.People.AddPasskey(v.r.Context(), v.user.ID, p)
		}
	}
	if err != nil {
		return v.again(err, "passkey-new", "New passkey", map[string]any{"Label": v.form("label")})
	}
	v.tell("passkey-added")
	return v.see(Path + "/profile")
}

// removePasskey serves POST /portal/profile/passkeys/remove.
func (h *Handler) removePasskey(v *visit) error {
	id, err := base64.RawURLEncoding.DecodeString(v.form("passkey"))
	if err != nil {
		return problem.New(problem.ResourceUnknown, "There is no such passkey.")
	}
	if err := h.People.RemovePasskey(v.r.Context(), v.user.ID, id); err != nil {
		return v.again(err, "profile", "Profile", h.profileData(v, v.user.Name))
	}
	v.tell("passkey-removed")
	return v.see(Path + "/profile")
}

// removePassword serves POST /portal/profile/password/remove.
func (h *Handler) removePassword(v *visit) error {
	if err := h.People.RemovePassword(v.r.Context(), v.user.ID); err != nil {
		return v.again(err, "profile", "Profile", h.profileData(v, v.user.Name))
	}
	v.tell("password-removed")
	return v.see(Path + "/profile")
}

// passkeyOptions serves POST /portal/passkey/options.
func (h *Handler) passkeyOptions(v *visit) error {
	if h.Passkeys == nil {
		return noPasskeys()
	}
	return v.begin(h.Passkeys.SignIn())
}

// usePasskey serves POST /portal/passkey: it lets somebody in, in place of a
// second factor too, or is a fresh proof.
func (h *Handler) usePasskey(v *visit) error {
	if h.Passkeys == nil {
		return noPasskeys()
	}
	u, used, err := h.Passkeys.SignedIn(v.r.Context(), v.ceremony(), []byte(v.raw("credential")), h.People.PasskeyUser)
	if err == nil && v.session != nil && v.session.UserID != u.ID {
		err = problem.New(problem.ClientInvalid, "That passkey is another account's. Sign out first.")
	}
	cookie := ""
	if err == nil {
		_, cookie, err = h.People.SignInPasskey(v.r.Context(), u.ID, used, v.session, v.device())
	}
	switch {
	case err == nil:
	case v.session == nil:
		return v.again(err, "sign-in", "Sign in", h.signInData(v))
	case v.session.Stage == developer.Full:
		return v.again(err, "prove", "Prove that it is you", h.proveData(v))
	default:
		return v.again(err, "factor", "Second factor", h.factorData(v))
	}
	if cookie != "" {
		if err := v.enter(cookie); err != nil {
			return err
		}
	}
	return v.see(v.to())
}

// A keyRow is a passkey as its owner sees it.
type keyRow struct {
	developer.Passkey
	Name string // of the credential, for forms
}

func (h *Handler) profileData(v *visit, name string) map[string]any {
	var keys []keyRow
	for _, p := range v.user.Passkeys {
		keys = append(keys, keyRow{p, base64.RawURLEncoding.EncodeToString(p.ID)})
	}
	return map[string]any{"Name": name, "Passkeys": keys, "CanPasskeys": h.Passkeys != nil}
}
