package portal_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/passkey/passkeytest"
)

// authenticator is one in a browser that looks at the portal.
func (r *rig) authenticator() *passkeytest.Authenticator {
	r.t.Helper()
	a, err := passkeytest.New(r.web.URL)
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

// registers has the authenticator register a passkey, as the script does.
func (b *browser) registers(a *passkeytest.Authenticator, label string) *browser {
	b.r.t.Helper()
	page := b.get("/portal/profile/passkeys/new").body
	answer, err := a.Create([]byte(b.post("/portal/profile/passkeys/options").body))
	if err != nil {
		b.r.t.Fatal(err)
	}
	b.body = page
	return b.post("/portal/profile/passkeys", "credential", string(answer), "label", label)
}

// uses has the authenticator sign in, as the script does.
func (b *browser) uses(a *passkeytest.Authenticator, to string) *browser {
	b.r.t.Helper()
	page := b.body
	answer, err := a.Get([]byte(b.post("/portal/passkey/options").body))
	if err != nil {
		b.r.t.Fatal(err)
	}
	b.body = page
	return b.post("/portal/passkey", "credential", string(answer), "to", to)
}

func TestPasskeys(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.founder("ada@example.com", "O")
	b.get("/portal/profile/passkeys/new").expect(200, "/portal/profile/passkeys/new", "passkeys.", `data-passkey="create"`)
	phone, laptop := r.authenticator(), r.authenticator()
	b.registers(phone, `<b>phone`).expect(200, "/portal/profile", "The passkey is registered.", "&lt;b&gt;phone", "never")
	b.registers(phone, "again").expect(422, "/portal/profile/passkeys", "registered already")
	r.clock.Advance(time.Minute)
	b.registers(laptop, "").expect(200, "/portal/profile", ">Passkey<")

	other := r.browser().get("/portal/sign-in").expect(200, "/portal/sign-in", "Sign in with a passkey", "data-conditional")
	other.uses(phone, "/portal/profile").expect(200, "/portal/profile", "2026-11-23 12:01")
	other.post("/portal/sign-out")
	other.post("/portal/passkey", "credential", "{}").expect(422, "/portal/passkey", "not accepted")

	b.get("/portal/profile").post("/portal/profile/password/remove").expect(200, "/portal/profile", "you sign in by passkey", "None: you sign in without")
	r.clock.Advance(time.Hour)
	b.get("/portal/profile/password").expect(200, "/portal/prove?to=%2Fportal%2Fprofile%2Fpassword", "Use a passkey")
	if strings.Contains(b.body, `name="password"`) {
		t.Error("the page asks for a password that there is not")
	}
	b.uses(laptop, "/portal/profile").expect(200, "/portal/profile")
	names := regexp.MustCompile(`name="passkey" value="([^"]+)"`).FindAllStringSubmatch(b.body, -1)
	b.post("/portal/profile/passkeys/remove", "passkey", names[0][1]).expect(200, "/portal/profile", "The passkey is gone.")
	b.post("/portal/profile/passkeys/remove", "passkey", names[0][1]).expect(404, "/portal/profile/passkeys/remove")
	b.get("/portal/profile").post("/portal/profile/passkeys/remove", "passkey", names[1][1]).expect(422, "/portal/profile/passkeys/remove", "only way in")
	r.browser().get("/portal/sign-in").uses(phone, "").expect(422, "/portal/passkey", "not accepted")
}

// A passkey is in place of the second factor, and nobody's but its owner's.
func TestPasskeyAndSessions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.founder("ada@example.com", "O")
	key := r.authenticator()
	b.registers(key, "phone").expect(200, "/portal/profile")
	b.get("/portal/profile/totp")
	sealed := regexp.MustCompile(`name="sealed" value="([^"]+)"`).FindStringSubmatch(b.body)[1]
	text := regexp.MustCompile(`<code>([A-Z2-7 ]{39})</code>`).FindStringSubmatch(b.body)[1]
	b.post("/portal/profile/totp", "sealed", sealed, "code", totpCode(t, text, r.clock.Now())).expect(200, "/portal/profile/recovery")

	half := r.browser().post("/portal/sign-in", "email", "ada@example.com", "password", goodPassword).expect(200, "/portal/factor?to=%2Fportal", "Use a passkey instead")
	half.uses(key, "/portal/profile").expect(200, "/portal/profile")
	eve := r.founder("eve@example.com", "E").get("/portal/profile")
	eve.uses(key, "").expect(422, "/portal/passkey", "another account")
	eve.get("/portal/profile").expect(200, "/portal/profile", "eve@example.com")
	eve.post("/portal/profile/password/remove").expect(422, "/portal/profile/password/remove", "Register a passkey first")
	names := regexp.MustCompile(`name="passkey" value="([^"]+)"`).FindStringSubmatch(b.get("/portal/profile").body)
	eve.get("/portal/profile").post("/portal/profile/passkeys/remove", "passkey", names[1]).expect(404, "/portal/profile/passkeys/remove")

	u := r.user("ada@example.com")
	if _, err := r.people.SetDisabled(t.Context(), u.ID, true, "console"); err != nil {
		t.Fatal(err)
	}
	r.browser().get("/portal/sign-in").uses(key, "").expect(422, "/portal/passkey", "not accepted")
}

// Where the portal has an address and no name there are no passkeys, and all
// else works.
func TestNoPasskeys(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.h.Passkeys = nil
	r.browser().get("/portal/sign-in").expect(200, "/portal/sign-in").post("/portal/passkey/options").expect(409, "/portal/passkey/options")
	b := r.founder("ada@example.com", "O").get("/portal/profile").expect(200, "/portal/profile", "need a portal with a name")
	for _, path := range []string{"/portal/profile/passkeys", "/portal/profile/passkeys/options", "/portal/passkey"} {
		b.get("/portal/profile").post(path).expect(409, path, "need a portal with a name")
	}
	b.get("/portal/profile/passkeys/new").expect(409, "/portal/profile/passkeys/new")
}
