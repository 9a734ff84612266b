package portal_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/portal"
)

// Whoever adds fields to any form of the table is afterwards what they were:
// not an operator, no more in the organisation, in no other one; and so are the
// application and the organisation.
func TestNoRouteTakesMoreThanItsForm(t *testing.T) {
	t.Parallel()
	for _, who := range []string{"a viewer", "a developer", "an owner", "another's owner", "who has no organisation"} {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			people, _, id := r.cast()
			before := r.facts(id)
			b := people[who]
			token := csrfOf(b)
			for _, row := range portal.Rows() {
				if row.Method != http.MethodPost || leaves(row.Path) || regexp.MustCompile(`/(delete|turn|new|sign-in|sign-up|demo|sandbox/.*)$`).MatchString(row.Path) {
					continue
				}
				form := url.Values{"csrf": {token}}
				for name, value := range extra {
					form[name] = value
				}
				for name, value := range map[string]string{
					"role": "owner", "Role": "owner", "member": r.user("viewer@example.com").ID, "user": r.user("viewer@example.com").ID, "status": "granted", "access": "granted", "secondFactor": "true",
					"organisation": r.organisationOf("ada@example.com"), "app": id, "passkeys": "[]", "version": "99", "createdAt": "2020-01-01",
				} {
					form.Set(name, value)
				}
				if who == "an owner" && row.Path == "/portal/members/role" {
					continue // may do just that
				}
				if got := b.raw(row.Method, pathOf(row, id)+"?"+extra.Encode(), form); got.status >= 500 {
					t.Errorf("POST %s: %d", row.Path, got.status)
				}
			}
			if after := r.facts(id); after != before {
				t.Errorf("was\n%s\nand is\n%s", before, after)
			}
		})
	}
}

// facts are what nobody may change by the way.
func (r *rig) facts(id string) string {
	r.t.Helper()
	a, err := r.apps.App(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	out := fmt.Sprintln(a.Extensions.OrganisationID, a.Environment, a.Disabled, a.CreatedAt)
	for _, name := range []string{"ada", "dev", "viewer", "eve", "lone", "op"} {
		u := r.user(name + "@example.com")
		in, err := r.people.Store.Memberships(r.t.Context(), u.ID)
		if err != nil {
			r.t.Fatal(err)
		}
		out += fmt.Sprintln(u.ID, u.Email, u.Operator, u.Disabled, u.VerifiedAt, u.CreatedAt, u.External, in)
	}
	for _, email := range []string{"ada@example.com", "eve@example.com"} {
		o, err := r.people.Store.Organisation(r.t.Context(), r.organisationOf(email))
		if err != nil {
			r.t.Fatal(err)
		}
		if o.Access.Status == developer.Granted {
			r.t.Errorf("%s has production access", email)
		}
		out += fmt.Sprintln(o.ID, o.CreatedAt)
	}
	return out
}

// Neither an invitation nor the ceremony of a passkey tells whether there is an
// account with an address.
func TestInvitationsAndPasskeysTellNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.founder("ada@example.com", "O")
	eve := r.founder("eve@example.com", "E")
	random := regexp.MustCompile(`"challenge":"[^"]+"`)
	var invited, begun []string
	for _, email := range []string{"ada@example.com", "nobody@example.com"} {
		got := eve.raw(http.MethodPost, "/portal/members/invite", url.Values{"csrf": {eve.csrf()}, "email": {email}, "role": {"viewer"}})
		invited = append(invited, fmt.Sprint(got.status, got.header.Get("Location"), len(got.body)))
		got = r.browser().raw(http.MethodPost, "/portal/passkey/options", url.Values{"email": {email}, "user": {email}})
		begun = append(begun, fmt.Sprint(got.status, random.ReplaceAllString(got.body, "")))
	}
	if invited[0] != invited[1] || begun[0] != begun[1] {
		t.Errorf("for who has an account and who has none: %q, %q", invited, begun)
	}
}
