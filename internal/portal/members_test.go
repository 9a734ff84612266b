package portal_test

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestMembers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.founder("ada@example.com", "O")
	ada.get("/portal/members").expect(200, "/portal/members", "Invite somebody")
	ada.post("/portal/members/invite", "email", "bo", "role", "king").expect(422, "/portal/members/invite", "such as name@example.com")
	ada.post("/portal/members/invite", "email", "bo@example.com", "role", "viewer").expect(200, "/portal/members", "on its way", "bo@example.com")
	link := r.link()
	r.clock.Advance(time.Minute)

	r.person("eve@example.com").get(link).expect(200, link, "Sign out, and in with the other address")
	bo := r.browser().get(link).expect(200, link, "Make an account")
	secret := strings.TrimPrefix(link, "/portal/invitation?link=")
	bo.get("/portal/sign-up?invitation="+secret).expect(200, "/portal/sign-up?invitation="+secret, "invited to join", "bo@example.com")
	bo.post("/portal/sign-up", "invitation", secret, "name", "Bo", "email", "bo@example.com", "password", goodPassword).expect(200, "/portal/sign-in")
	bo.post("/portal/sign-in", "email", "bo@example.com", "password", goodPassword).expect(200, "/portal", "O")
	bo.get("/portal/members").expect(200, "/portal/members", "Leave O")
	bo.post("/portal/members/invite", "email", "x@example.com", "role", "viewer").expect(403, "/portal/members/invite")

	ada.get("/portal/members")
	me := regexp.MustCompile(`name="member" value="([^"]+)"`).FindStringSubmatch(ada.body)[1]
	ada.post("/portal/members/role", "member", me, "remove", "yes").expect(409, "/portal/members/role", "needs an owner")
	ada.get("/portal/members").post("/portal/members/leave").expect(409, "/portal/members/leave")
	bo.get("/portal/members").post("/portal/members/leave").expect(200, "/portal/organisations", "None yet")
	bo.get("/portal/members").expect(200, "/portal/organisations/new")
}

func TestAccessRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.founder("ada@example.com", "O").get("/portal/organisation")
	b.post("/portal/organisation/access", "purpose", "bookkeeping").expect(422, "/portal/organisation/access", "number and country first", "bookkeeping")
	b.post("/portal/organisation", "name", "O", "number", "5560160680", "country", "SE").expect(200, "/portal/organisation", "Saved.")
	b.post("/portal/organisation/access", "purpose", "bookkeeping").expect(200, "/portal/organisation", "with the operator", "An operator answers")
}

func TestProfile(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.founder("ada@example.com", "O").get("/portal/profile")
	b.post("/portal/profile", "name", "Ada <b>L</b>").expect(200, "/portal/profile", "Saved.", "Ada &lt;b&gt;L&lt;/b&gt;")
	r.clock.Advance(time.Hour)
	b.get("/portal/profile/password").expect(200, "/portal/prove?to=%2Fportal%2Fprofile%2Fpassword")
	b.post("/portal/prove", "to", "/portal/profile/password", "password", "wrong").expect(422, "/portal/prove", "not your password")
	b.post("/portal/prove", "to", "/portal/profile/password", "password", goodPassword).expect(200, "/portal/profile/password")
	b.post("/portal/profile/password", "password", "password12345").expect(422, "/portal/profile/password", "stolen")
	b.post("/portal/profile/password", "password", "another very good one").expect(200, "/portal/profile", "Saved.")
	b.get("/portal/profile/totp").expect(200, "/portal/profile/totp", "data:image/png;base64,")
	b.post("/portal/profile/totp", "sealed", "x", "code", "000000").expect(400, "/portal/profile/totp")
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.founder("ada@example.com", "O").get("/portal/profile/totp")
	sealed := regexp.MustCompile(`name="sealed" value="([^"]+)"`).FindStringSubmatch(b.body)[1]
	text := regexp.MustCompile(`<code>([A-Z2-7 ]{39})</code>`).FindStringSubmatch(b.body)[1]
	b.post("/portal/profile/totp", "sealed", sealed, "code", "123456").expect(422, "/portal/profile/totp", "not right")
	b.post("/portal/profile/totp", "sealed", sealed, "code", totpCode(t, text, r.clock.Now())).expect(200, "/portal/profile/recovery", "shown this once")
	code := regexp.MustCompile(`[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}`).FindString(b.body)
	other := r.browser()
	other.post("/portal/sign-in", "email", "ada@example.com", "password", goodPassword, "to", "/portal/profile").expect(200, "/portal/factor?to=%2Fportal%2Fprofile")
	other.get("/portal/profile").expect(200, "/portal/factor")
	other.post("/portal/factor", "code", "000000").expect(422, "/portal/factor", "not right")
	other.post("/portal/factor", "code", code, "to", "/portal/profile").expect(200, "/portal/profile", "9 recovery codes")
	other.post("/portal/profile/totp/remove").expect(200, "/portal/profile", "gone", "Set it up")
}
