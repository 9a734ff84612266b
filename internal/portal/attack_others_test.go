package portal_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/portal"
	"sluss.example/sluss/internal/reqlog"
)

// ids are what hidden fields and values of forms name.
func ids(pages map[string]string) url.Values {
	all := url.Values{}
	for _, body := range pages {
		for _, f := range formsOf(body) {
			for name, values := range f.fields {
				if name != "csrf" && name != "to" {
					all[name] = append(all[name], values...)
				}
			}
		}
	}
	for name := range all {
		slices.Sort(all[name])
		all[name] = slices.DeleteFunc(slices.Compact(all[name]), func(s string) bool { return s == "" })
	}
	return all
}

var changing = regexp.MustCompile(`(?s)name="(?:csrf|sealed)" value="[^"]*"|<img class="qr"[^>]*>|<code>[A-Z2-7 ]{39}</code>|<time[^>]*>[^<]*</time>|<summary>.*?</summary>`)

// Who belongs to another organisation sees none of its pages, and changes
// nothing of it by any form, with its ids in every field.
func TestNothingOfOthersByAnyID(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.founder("ada@example.com", "Adas")
	adas := strings.TrimPrefix(ada.newApp("Ledger"), "/portal/apps/")
	ada.get("/portal/members").post("/portal/members/invite", "email", "bo@example.com", "role", "viewer")
	r.putConsents(consentOf(adas, 1))
	if err := r.db.InsertRequests(t.Context(), []reqlog.Entry{{ClientID: adas, At: noon, Method: "GET", Route: "GET /x", Path: "/ledgers-call", Status: 200}}); err != nil {
		t.Fatal(err)
	}
	eve := r.founder("eve@example.com", "Eves")
	eves := strings.TrimPrefix(eve.newApp("Spy"), "/portal/apps/")
	before := ada.crawl()
	for path := range before {
		if got := eve.raw(http.MethodGet, path, nil); strings.Contains(got.body, adas) && !strings.Contains(path, adas) || strings.Contains(got.body, "Ledger") ||
			strings.Contains(got.body, "ada@example.com") || strings.Contains(strings.Split(path, "?")[0], adas) && got.status != http.StatusNotFound {
			t.Errorf("GET %s answers a stranger with %d:\n%s", path, got.status, got.body)
		}
		if at := strings.ReplaceAll(path, adas, eves); at != path && at != strings.Split(at, "?")[0] || regexp.MustCompile(`/apps/[^/]+/[^/]+/.`).MatchString(path) {
			if got := eve.raw(http.MethodGet, at, nil); strings.Contains(got.body, "ledgers-call") || strings.Contains(got.body, "…86") {
				t.Errorf("GET %s shows what is another application's", at)
			}
		}
	}
	stolen := ids(before)
	if len(stolen["secret"]) == 0 || len(stolen["member"]) == 0 || len(stolen["invitation"]) == 0 {
		t.Fatalf("ids in forms: %v", stolen)
	}
	for _, row := range portal.Rows() {
		if row.Method != http.MethodPost || ends.MatchString(row.Path) && !strings.Contains(row.Path, "{app}") && !strings.Contains(row.Path, "remove") && !strings.Contains(row.Path, "end") && !strings.Contains(row.Path, "turn") {
			continue
		}
		for _, owner := range []string{eves, adas} {
			form := url.Values{"csrf": {eve.csrf()}, "organisation": {}, "role": {"viewer"}, "remove": {"yes"}, "do": {"remove"}, "typed": {"Ledger"}, "name": {"Stolen"}}
			for name, values := range stolen {
				if name != "name" && name != "email" {
					form[name] = values
				}
			}
			for _, value := range append([]string{""}, r.organisationOf("ada@example.com")) {
				form.Set("organisation", value)
				eve.raw(row.Method, pathOf(row, owner), form)
			}
		}
		eve.post("/portal/sign-in", "email", "eve@example.com", "password", goodPassword) // if that has ended the session
	}
	if x := r.organisationOf("eve@example.com"); x == r.organisationOf("ada@example.com") {
		t.Error("a stranger is a member now")
	}
	after := ada.crawl()
	for path, was := range before {
		if changing.ReplaceAllString(was, "") != changing.ReplaceAllString(after[path], "") {
			t.Errorf("%s was\n%s\nand is\n%s", path, was, after[path])
		}
	}
}

// organisationOf returns the first organisation of a user; empty if none.
func (r *rig) organisationOf(email string) string {
	r.t.Helper()
	in, err := r.people.Store.Memberships(r.t.Context(), r.user(email).ID)
	if err != nil {
		r.t.Fatal(err)
	}
	if len(in) == 0 {
		return ""
	}
	return in[0].OrganisationID
}

// extra are fields that no form has.
var extra = url.Values{
	"operator": {"true"}, "Operator": {"true"}, "organisationId": {"o"}, "OrganisationID": {"o"}, "disabled": {"true"}, "Disabled": {"true"},
	"id": {"00000000-0000-4000-8000-000000000009"}, "ID": {"x"}, "environment": {"production"}, "Environment": {"production"}, "userId": {"x"},
	"verified": {"true"}, "VerifiedAt": {"2026-01-01"}, "stage": {"full"}, "Stage": {"full"}, "production": {"true"}, "Extensions.OrganisationID": {"x"}, "Version": {"9"},
}

// What no form asks for changes nothing: nobody becomes an operator, and
// nothing another organisation's.
func TestNoFieldBeyondTheForm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.founder("ada@example.com", "O")
	id := strings.TrimPrefix(ada.newApp("Ledger"), "/portal/apps/")
	user, organisation := r.user("ada@example.com"), r.organisationOf("ada@example.com")
	was, err := r.apps.App(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for path, body := range ada.crawl() {
		for _, f := range formsOf(body) {
			if ends.MatchString(f.action) || strings.HasSuffix(f.action, "/delete") {
				continue
			}
			form := url.Values{}
			for name, value := range extra {
				form[name] = value
			}
			for name, value := range f.fields {
				form[name] = value
			}
			form.Set("csrf", ada.csrf())
			if form.Get("name") == "" {
				form.Set("name", "O")
			}
			if got := ada.raw(http.MethodPost, f.action+"?"+extra.Encode(), form); got.status >= 500 {
				t.Errorf("POST %s of %s: %d", f.action, path, got.status)
			}
		}
	}
	is, err := r.apps.App(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if is.Extensions.OrganisationID != was.Extensions.OrganisationID || is.Environment != was.Environment || is.Disabled != was.Disabled {
		t.Errorf("the application is %+v and was %+v", is, was)
	}
	if u := r.user("ada@example.com"); u.Operator || u.Disabled || u.ID != user.ID || !u.VerifiedAt.Equal(user.VerifiedAt) {
		t.Errorf("the user is %+v and was %+v", u, user)
	}
	if o, err := r.people.Store.Organisation(t.Context(), organisation); err != nil || o.Access.Status == developer.Granted {
		t.Errorf("the organisation is %+v, %v", o, err)
	}
	stranger := url.Values{"name": {"Eve"}, "email": {"eve@example.com"}, "password": {goodPassword}, "role": {"owner"}}
	for name, value := range extra {
		stranger[name] = value
	}
	r.browser().raw(http.MethodPost, "/portal/sign-up", stranger)
	if u := r.user("eve@example.com"); u.Operator || !u.VerifiedAt.IsZero() || r.organisationOf("eve@example.com") != "" {
		t.Errorf("a stranger signed up as %+v", u)
	}
}
