package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/portal"
)

// lets are the routes that somebody may use, of those about an application of
// the organisation o.
func lets(access ...string) map[string]bool {
	may := map[string]bool{}
	for _, a := range access {
		may[a] = true
	}
	return may
}

// cast are people of all kinds, by what they are to the organisation of an
// application.
func (r *rig) cast() (people map[string]*browser, may map[string]map[string]bool, id string) {
	r.t.Helper()
	ada := r.founder("ada@example.com", "O")
	id = strings.TrimPrefix(ada.newApp("Ledger"), "/portal/apps/")
	o, owner := r.organisationOf("ada@example.com"), r.user("ada@example.com")
	joins := func(email string, role developer.Role) *browser {
		b := r.person(email)
		if err := r.people.Invite(r.t.Context(), &owner, o, email, role); err != nil {
			r.t.Fatal(err)
		}
		u := r.user(email)
		if err := r.people.Accept(r.t.Context(), &u, strings.TrimPrefix(r.link(), "/portal/invitation?link=")); err != nil {
			r.t.Fatal(err)
		}
		return b.post("/portal/sign-in", "email", email, "password", goodPassword)
	}
	gone := joins("gone@example.com", developer.Owner)
	if err := r.people.SetRole(r.t.Context(), o, r.user("gone@example.com").ID, ""); err != nil {
		r.t.Fatal(err)
	}
	locked, _, _ := r.lockedOut("half@example.com")
	people = map[string]*browser{
		"a stranger": r.browser(), "who lacks the second factor": locked, "who has no organisation": r.person("lone@example.com"),
		"who is a member no more": gone, "another's owner": r.founder("eve@example.com", "E"),
		"a viewer": joins("viewer@example.com", developer.Viewer), "a developer": joins("dev@example.com", developer.Developer), "an owner": ada,
		"an operator": r.operator("op@example.com"),
	}
	may = map[string]map[string]bool{
		"a stranger": lets("public"), "who lacks the second factor": lets("public", "half"),
		"who has no organisation": lets("public", "half", "signedIn"), "who is a member no more": lets("public", "half", "signedIn"),
		"another's owner": lets("public", "half", "signedIn", "member", "builder", "owner"),
		"a viewer":        lets("public", "half", "signedIn", "member"), "a developer": lets("public", "half", "signedIn", "member", "builder"),
		"an owner": lets("public", "half", "signedIn", "member", "builder", "owner"), "an operator": lets("public", "half", "signedIn", "operators"),
	}
	return people, may, id
}

// turnedAway reports whether an answer is one to who may not use a route.
func turnedAway(got *answer) bool {
	to := got.header.Get("Location")
	switch {
	case got.status == http.StatusForbidden || got.status == http.StatusNotFound:
		return true
	case got.status != http.StatusSeeOther:
		return false
	}
	return strings.HasPrefix(to, "/portal/sign-in") || strings.HasPrefix(to, "/portal/factor") || strings.HasPrefix(to, "/portal/organisations/new")
}

// Each route, by each method, lets in those whom its row names, and turns all
// others away: strangers, half a session, other organisations, who is a member
// no more, and each role.
func TestEveryRouteForEveryRole(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	people, may, id := r.cast()
	rows := portal.Rows()
	for who, b := range people {
		token := csrfOf(b)
		for _, row := range rows {
			if leaves(row.Path) {
				continue // one's own session, which is over then
			}
			path := pathOf(row, id)
			form := url.Values(nil)
			if row.Method == http.MethodPost {
				form = url.Values{"csrf": {token}}
			}
			got := b.raw(row.Method, path, form)
			let := may[who][row.Access] && (who != "another's owner" || !strings.Contains(row.Path, "{app}"))
			if !let && !turnedAway(&got) {
				t.Errorf("%s %s answers %s with %d %s", row.Method, row.Path, who, got.status, got.header.Get("Location"))
			}
			if let && got.status == http.StatusForbidden && strings.Contains(got.body, "Your role") {
				t.Errorf("%s %s turns %s away", row.Method, row.Path, who)
			}
			if !let && strings.Contains(got.body, "Ledger") {
				t.Errorf("%s %s shows %s the application", row.Method, row.Path, who)
			}
		}
	}
	if got := people["an owner"].get("/portal/apps/" + id); got.status != http.StatusOK {
		t.Errorf("the application answers its owner with %d after all of that", got.status)
	}
}

// Every other method is no way round the table.
func TestNoRouteByAnotherMethod(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada, id := r.chief("ada@example.com")
	token := ada.csrf()
	for _, row := range portal.Rows() {
		for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, "PROPFIND"} {
			got := ada.raw(method, pathOf(row, id), url.Values{"csrf": {token}}, "X-HTTP-Method-Override", row.Method)
			if got.status != http.StatusNotFound || got.header.Get("X-Frame-Options") != "DENY" {
				t.Errorf("%s %s: %d with %v", method, row.Path, got.status, got.header)
			}
		}
	}
}

// What changes the door wants a fresh proof, however the rest of the form looks.
func TestStaleProof(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada, id := r.chief("ada@example.com")
	r.clock.Advance(time.Hour)
	n := 0
	for _, row := range portal.Rows() {
		if !row.Fresh {
			continue
		}
		n++
		form := url.Values(nil)
		if row.Method == http.MethodPost {
			form = url.Values{"csrf": {ada.csrf()}}
		}
		if got := ada.raw(row.Method, pathOf(row, id), form); got.status != http.StatusSeeOther || !strings.HasPrefix(got.header.Get("Location"), "/portal/prove") {
			t.Errorf("%s %s without a fresh proof: %d %s", row.Method, row.Path, got.status, got.header.Get("Location"))
		}
	}
	if n < 20 {
		t.Errorf("only %d routes want a fresh proof", n)
	}
}

// leaves reports whether a route ends the session, or the membership.
func leaves(path string) bool {
	return strings.HasSuffix(path, "/sign-out") || strings.HasSuffix(path, "/leave") || strings.HasSuffix(path, "/sessions/end")
}

// csrfOf returns the token of the forms that somebody sees, empty if none.
func csrfOf(b *browser) string {
	for _, path := range []string{"/portal/profile", "/portal/factor"} {
		if m := csrfForm.FindStringSubmatch(b.raw(http.MethodGet, path, nil).body); m != nil {
			return m[1]
		}
	}
	return ""
}
