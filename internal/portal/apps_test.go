package portal_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/portal"
)

var (
	secretForm = regexp.MustCompile(app.SecretPattern)
	appPath    = regexp.MustCompile(`^/portal/apps/[0-9a-f-]{36}$`)
)

// newApp makes an application and returns its page's path.
func (b *browser) newApp(name string) string {
	b.r.t.Helper()
	b.get("/portal/apps/new").post("/portal/apps/new", "name", name, "scope", "accountinformation", "context", "private", "uris", "https://a.example/cb\n")
	if b.status != 200 || !appPath.MatchString(b.path) {
		b.r.t.Fatalf("a new application leads to %s with %d\n%s", b.path, b.status, b.body)
	}
	return b.path
}

func TestApp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.founder("ada@example.com", "O")
	b.get("/portal/apps/new").post("/portal/apps/new", "name", "", "uris", "ftp://x").
		expect(422, "/portal/apps/new", "must not be empty", "a redirect URI is https")
	path := b.newApp("Ledger")
	secret := secretForm.FindString(b.body)
	if _, err := app.ParseSecret(secret); err != nil || !strings.Contains(b.body, "client_secret="+secret) {
		t.Errorf("the page shows the secret %q, %v", secret, err)
	}
	if b.get(path); strings.Contains(b.body, secret) {
		t.Error("the secret is shown twice")
	}
	b.expect(200, path, "YOUR_CLIENT_SECRET", "accountinformation private")
	b.get(path+"/settings").post(path+"/settings", "name", "Ledger 2", "scope", "paymentinitiation", "context", "corporate", "uris", "").
		expect(200, path+"/settings", "Saved.", "Ledger 2")
	b.post(path+"/secrets", "label", "web", "expires", "tomorrow").expect(422, path+"/secrets", "Write a date")
	b.post(path+"/secrets", "label", "web", "expires", "2027-05-31").expect(200, path+"/secrets", "Your client secret", "2027-05-31")
	r.clock.Advance(31 * 24 * time.Hour)
	b.post("/portal/sign-in", "email", "ada@example.com", "password", goodPassword)
	b.get(path+"/secrets").expect(200, path+"/secrets", "safe to remove")
	id := regexp.MustCompile(`name="secret" value="([^"]+)"`).FindStringSubmatch(b.body)[1]
	b.post(path+"/secrets/remove", "secret", id).expect(200, path+"/secrets", "The secret is gone")
	b.post(path+"/secrets/remove", "secret", id).expect(404, path+"/secrets/remove")
	b.get(path+"/delete").post(path+"/delete", "typed", "Ledger").expect(422, path+"/delete", "not the name")
	b.post(path+"/delete", "typed", "Ledger 2").expect(200, "/portal/apps", "The application is gone", "No application yet")
	b.get(path).expect(404, path)
}

// Every route that names something answers a stranger as if it did not exist.
func TestNoOtherOrganisationsThings(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada, eve := r.founder("ada@example.com", "O"), r.founder("eve@example.com", "E")
	id := strings.TrimPrefix(ada.newApp("Ledger"), "/portal/apps/")
	if len(portal.Patterns()) < 5 {
		t.Fatal("there are hardly any routes")
	}
	for _, pattern := range portal.Patterns() {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.ReplaceAll(path, "{app}", id)
		path = regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(path, "00000000-0000-4000-8000-000000000000")
		eve.get("/portal")
		if method == "POST" {
			eve.post(path, "name", "Stolen", "typed", "Ledger", "secret", "s_x")
		} else {
			eve.get(path)
		}
		if eve.status != 404 || strings.Contains(eve.body, "Ledger") {
			t.Errorf("%s answers a stranger with %d", pattern, eve.status)
		}
	}
	ada.get("/portal/apps").expect(200, "/portal/apps", "Ledger")
}

// Each role can do what it may and nothing else.
func TestRoles(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.founder("ada@example.com", "O")
	id := strings.TrimPrefix(ada.newApp("Ledger"), "/portal/apps/")
	u, err := r.people.Store.UserByEmail(t.Context(), "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	in, err := r.people.Store.Memberships(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []developer.Role{developer.Viewer, developer.Developer} {
		email := string(role) + "@example.com"
		b := r.person(email)
		if err := r.people.Invite(t.Context(), &u, in[0].OrganisationID, email, role); err != nil {
			t.Fatal(err)
		}
		who, err := r.people.Store.UserByEmail(t.Context(), email)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.people.Accept(t.Context(), &who, strings.TrimPrefix(r.link(), "/portal/invitation?link=")); err != nil {
			t.Fatal(err)
		}
		b.post("/portal/sign-in", "email", email, "password", goodPassword)
		b.get("/portal/apps/"+id).expect(200, "/portal/apps/"+id, "Ledger")
		for _, pattern := range portal.PatternsOf(role == developer.Viewer) {
			method, path, _ := strings.Cut(pattern, " ")
			path = regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(strings.ReplaceAll(path, "{app}", id), "x")
			b.get("/portal")
			if method == "POST" {
				b.post(path)
			} else {
				b.get(path)
			}
			if b.status != 403 && b.status != 404 {
				t.Errorf("%s answers a %s with %d", pattern, role, b.status)
			}
		}
	}
}
