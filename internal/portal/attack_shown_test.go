package portal_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/reqlog"
)

// escaped is how the payload begins on a page that shows it as text.
const escaped = "&lt;script&gt;alert(1)"

// What people and programs have written is on the pages that are to show it, as
// text: to who wrote it, to who is in the same organisation, and to operators,
// whose pages show what strangers wrote.
func TestHostileTextIsShownAsText(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	eve, op := r.person("eve@example.com"), r.operator("op@example.com")
	eve.get("/portal/profile").post("/portal/profile", "name", payload).expect(200, "/portal/profile", escaped)
	eve.post("/portal/organisations/new", "name", payload, "number", "5560160680", "country", "SE").expect(200, "/portal", escaped)
	path := eve.newApp(payload)
	id := strings.TrimPrefix(path, "/portal/apps/")
	eve.get(path+"/secrets").post(path+"/secrets", "label", payload)
	eve.get("/portal/organisation").post("/portal/organisation/access", "purpose", payload)
	e := reqlog.Entry{
		ClientID: id, At: noon, Method: payload, Route: payload, Path: "/" + payload, BICFI: payload, Status: 400, Code: payload, Reason: payload, Field: payload,
		Detail: payload, RequestID: payload, Headers: reqlog.Headers(func(string) string { return payload }),
	}
	if err := r.db.InsertRequests(t.Context(), []reqlog.Entry{e}); err != nil {
		t.Fatal(err)
	}
	if err := r.db.Note(t.Context(), event.Event{ID: payload, Type: payload, Subject: payload, At: noon, Detail: payload}); err != nil {
		t.Fatal(err)
	}
	c := consentOf(id, 1)
	c.BICFI, c.Authorisations[0].Message, c.Authorisations[0].Method = payload, payload, payload
	r.putConsents(c)
	form, err := r.h.Desk.KYC.Open(t.Context(), id, "SE", "5560160680")
	if err != nil {
		t.Fatal(err)
	}
	_, instance, _ := strings.Cut(r.h.Desk.KYC.URL(&form), "=")
	company := kyc.Company{Name: payload, Street: payload, City: payload, Business: payload, Payments: payload}
	if err := r.h.Desk.KYC.Save(t.Context(), instance, kyc.StepCompany, &kyc.Answers{Company: company}); err != nil {
		t.Fatal(err)
	}
	request := regexp.MustCompile(path + `/requests/[^"?/]+`).FindString(strings.ReplaceAll(eve.get(path+"/requests").body, "/requests/rows", ""))
	shown := map[*browser][]string{
		eve: {
			"/portal", "/portal/apps", path, path + "/settings", path + "/delete", path + "/secrets", path + "/requests", request, path + "/consents",
			path + "/consents/" + c.ID, "/portal/members", "/portal/organisation", "/portal/organisations",
		},
		op: {
			"/portal/operator/users", "/portal/operator/users/" + r.user("eve@example.com").ID, "/portal/operator/organisations",
			"/portal/operator/organisations/" + r.organisationOf("eve@example.com"), "/portal/operator/apps", "/portal/operator/apps/" + id, "/portal/operator/audit", "/portal/operator/access",
			"/portal/operator/kyc/" + form.ID,
		},
	}
	for b, paths := range shown {
		for _, path := range paths {
			got := b.raw(http.MethodGet, path, nil)
			injected(t, path, got.body)
			if got.status != http.StatusOK || !strings.Contains(got.body, escaped) {
				t.Errorf("%s: %d, and what is hostile is not shown", path, got.status)
			}
		}
	}
}

// The forms that strangers see, and who lacks the second factor, send a script
// back as text, in each field alone and in all at once, and in their links.
func TestNoFormOfStrangersIsOpenToScripts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.h.Demo = "demo"
	half, _, _ := r.lockedOut("half@example.com")
	n := 0
	for who, b := range map[string]*browser{"a stranger": r.browser(), "who lacks the second factor": half} {
		for _, path := range []string{"/portal/sign-in", "/portal/sign-up", "/portal/verify", "/portal/forgot", "/portal/reset", "/portal/invitation", "/portal/factor", "/portal/sso", "/portal/sso/callback"} {
			query := url.Values{}
			for _, name := range []string{"to", "link", "invitation", "email", "name", "code", "state", "error", "error_description", "iss"} {
				query.Set(name, payload)
			}
			injected(t, path+" to "+who, b.raw(http.MethodGet, path+"?"+query.Encode(), nil).body)
			for _, f := range formsOf(b.raw(http.MethodGet, path, nil).body) {
				for _, name := range append(f.typed, "") {
					form := url.Values{}
					for k, v := range f.fields {
						if form[k] = v; name == "" && k != "csrf" {
							form.Set(k, payload)
						}
					}
					if name != "" {
						form.Set(name, payload)
					}
					n++
					injected(t, fmt.Sprintf("POST %s, %s, to %s", f.action, name, who), b.raw(http.MethodPost, f.action, form).body)
				}
			}
		}
	}
	if n < 15 {
		t.Errorf("only %d forms were sent", n)
	}
}
