package portal

import (
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"

	"rsc.io/qr"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/problem"
)

// profileRoutes are those of the person alone. What opens the door wants a
// fresh proof.
func profileRoutes() []route {
	return []route{
		{pattern: "GET /portal/profile", access: signedIn, page: "profile", serve: (*Handler).profile},
		{pattern: "POST /portal/profile", access: signedIn, page: "profile", serve: (*Handler).rename},
		{pattern: "GET /portal/profile/password", access: signedIn, fresh: true, page: "password", serve: (*Handler).passwordForm},
		{pattern: "POST /portal/profile/password", access: signedIn, fresh: true, page: "password", serve: (*Handler).changePassword},
		{pattern: "GET /portal/profile/totp", access: signedIn, fresh: true, page: "totp", serve: (*Handler).totpForm},
		{pattern: "POST /portal/profile/totp", access: signedIn, fresh: true, page: "totp", serve: (*Handler).addTOTP},
		{pattern: "POST /portal/profile/totp/remove", access: signedIn, fresh: true, serve: (*Handler).removeTOTP},
		{pattern: "GET /portal/profile/recovery", access: signedIn, fresh: true, page: "recovery", serve: (*Handler).recovery},
		{pattern: "POST /portal/profile/recovery", access: signedIn, fresh: true, serve: (*Handler).newRecovery},
	}
}

// notDemo refuses what would lock everybody else out of a sandbox's demo user.
func (h *Handler) notDemo(v *visit) error {
	if h.Demo != "" && v.user.ID == h.Demo {
		return problem.New(problem.GrantForbidden, "The demo developer is everybody's. Make an account of your own to try this.")
	}
	return nil
}

// profile serves GET /portal/profile.
func (h *Handler) profile(v *visit) error {
	return v.show(http.StatusOK, "profile", "Profile", h.profileData(v, v.user.Name))
}

// rename serves POST /portal/profile.
func (h *Handler) rename(v *visit) error {
	err := h.notDemo(v)
	if err == nil {
		err = h.People.Rename(v.r.Context(), v.user.ID, v.form("name"))
	}
	if err != nil {
		return v.again(err, "profile", "Profile", h.profileData(v, v.form("name")))
	}
	v.tell("saved")
	return v.see(Path + "/profile")
}

// passwordForm serves GET /portal/profile/password.
func (h *Handler) passwordForm(v *visit) error {
	return v.show(http.StatusOK, "password", "New password", map[string]any{})
}

// changePassword serves POST /portal/profile/password.
func (h *Handler) changePassword(v *visit) error {
	err := h.notDemo(v)
	cookie := ""
	if err == nil {
		cookie, err = h.People.ChangePassword(v.r.Context(), *v.session, v.user, v.raw("password"), v.device())
	}
	if err == nil {
		err = v.enter(cookie)
	}
	if err != nil {
		return v.again(err, "password", "New password", map[string]any{})
	}
	v.tell("saved")
	return v.see(Path + "/profile")
}

// The form carries the secret of a new authenticator app, sealed for this
// session: it is nobody's until its first code was right.
func (v *visit) sealTOTP(secret []byte) string {
	return base64.RawURLEncoding.EncodeToString(v.h.Sealer.Seal(v.stashPurpose("totp"), secret))
}

func (v *visit) openTOTP(text string) ([]byte, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		sealed, err = v.h.Sealer.Open(v.stashPurpose("totp"), sealed)
	}
	if err != nil {
		return nil, problem.New(problem.FormatInvalid, "The form is too old. Load the page again.")
	}
	return sealed, nil
}

func (h *Handler) totpData(v *visit, secret []byte) (map[string]any, error) {
	code, err := qr.Encode(developer.TOTPLink(secret, "sluss", v.user.Email), qr.M)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"Sealed": v.sealTOTP(secret), "Text": developer.TOTPText(secret),
		"QR": template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(code.PNG())), //nolint:gosec // made of base64 alone
	}, nil
}

// totpForm serves GET /portal/profile/totp.
func (h *Handler) totpForm(v *visit) error {
	data, err := h.totpData(v, developer.NewTOTP())
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "totp", "Authenticator app", data)
}

// addTOTP serves POST /portal/profile/totp.
func (h *Handler) addTOTP(v *visit) error {
	if err := h.notDemo(v); err != nil {
		return err
	}
	secret, err := v.openTOTP(v.form("sealed"))
	if err != nil {
		return err
	}
	codes, err := h.People.AddTOTP(v.r.Context(), v.user.ID, secret, v.form("code"))
	if err != nil {
		data, failed := h.totpData(v, secret)
		if failed != nil {
			return failed
		}
		return v.again(err, "totp", "Authenticator app", data)
	}
	v.stash("recovery", strings.Join(codes, "\n"))
	return v.see(Path + "/profile/recovery")
}

// removeTOTP serves POST /portal/profile/totp/remove.
func (h *Handler) removeTOTP(v *visit) error {
	if err := h.People.RemoveTOTP(v.r.Context(), v.user.ID); err != nil {
		return err
	}
	v.tell("factor-removed")
	return v.see(Path + "/profile")
}

// recovery serves GET /portal/profile/recovery: new codes, once.
func (h *Handler) recovery(v *visit) error {
	return v.show(http.StatusOK, "recovery", "Recovery codes", map[string]any{"Codes": v.unstash("recovery"), "Left": len(v.user.Recovery)})
}

// newRecovery serves POST /portal/profile/recovery.
func (h *Handler) newRecovery(v *visit) error {
	codes, err := h.People.NewRecovery(v.r.Context(), v.user.ID)
	if err != nil {
		return err
	}
	v.stash("recovery", strings.Join(codes, "\n"))
	return v.see(Path + "/profile/recovery")
}
