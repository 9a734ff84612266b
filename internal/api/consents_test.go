package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/psd2"
)

// unid replaces the ids of an answer, which are random, by words.
func unid(body, consent, authorisation string) string {
	_, id, _ := strings.Cut(consent, consents+"/")
	if authorisation != "" {
		body = strings.ReplaceAll(body, authorisation[len(authorisation)-36:], "AUTH")
	}
	return strings.TrimSpace(strings.ReplaceAll(body, id, "CONSENT"))
}

const methods = `[{"authenticationType":"PUSH_OTP","authenticationMethodId":"mbid","name":"Mobilt BankID"},` +
	`{"authenticationType":"CHIP_OTP","authenticationMethodId":"mbid_same_device","name":"Mobile BankID on this device"},` +
	`{"authenticationType":"PHOTO_OTP","authenticationMethodId":"mbid_animated_qr_token","name":"Mobile BankID on another device"},` +
	`{"authenticationType":"PHOTO_OTP","authenticationMethodId":"mbid_animated_qr_image","name":"Mobile BankID on another device, as an image"}]`

// The whole of a decoupled consent, byte for byte.
func TestConsentFlow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := call{method: http.MethodPost, path: consents, body: goodConsent}
	a := r.do(c).want(201, "", "")
	var created psd2.ConsentCreated
	a.decode(&created)
	self := created.Links.Self.Href
	check := func(what string, a *answer, auth, want string) {
		t.Helper()
		if got := unid(a.body, self, auth); got != want {
			t.Errorf("%s = %s\nwant %s", what, got, want)
		}
	}
	check("create", a, "", `{"consentStatus":"received","consentId":"CONSENT","scaMethods":`+methods+
		`,"_links":{"self":{"href":"/psd2/consent/v1/consents/CONSENT"},"status":{"href":"/psd2/consent/v1/consents/CONSENT/status"},`+
		`"startAuthorisation":{"href":"/psd2/consent/v1/consents/CONSENT/authorisations"}}}`)
	wantHeader(t, a, "Location", apiBase+self)
	wantHeader(t, a, "ASPSP-SCA-Approach", "DECOUPLED")
	wantHeader(t, a, "Cache-Control", "no-store")
	wantHeader(t, a, "Content-Type", "application/json; charset=utf-8")

	check("status", r.do(call{path: self + "/status"}), "", `{"consentStatus":"received"}`)
	check("list", r.do(call{path: self + "/authorisations"}), "", `{"authorisationIds":[]}`)

	a = r.do(call{method: http.MethodPost, path: self + "/authorisations"}).want(201, "", "")
	var auth psd2.AuthorisationCreated
	path := a.decode(&auth).authorisationPath(&auth)
	check("authorise", a, path, `{"authorisationId":"AUTH","scaStatus":"received","scaMethods":`+methods+`,"_links":{`+
		`"scaStatus":{"href":"/psd2/consent/v1/consents/CONSENT/authorisations/AUTH"},`+
		`"selectAuthenticationMethod":{"href":"/psd2/consent/v1/consents/CONSENT/authorisations/AUTH"}}}`)
	wantHeader(t, a, "Location", apiBase+path)
	wantHeader(t, a, "ASPSP-SCA-Approach", "DECOUPLED")
	check("poll", r.do(call{path: path}), path, `{"scaStatus":"received"}`)

	a = r.do(call{method: http.MethodPut, path: path, body: `{"authenticationMethodId":"mbid","more":1}`}).want(200, "", "")
	check("start", a, path, `{"scaStatus":"started","chosenScaMethod":{"authenticationType":"PUSH_OTP","authenticationMethodId":"mbid",`+
		`"name":"Mobilt BankID"},"challengeData":{"data":["challenge of run-1"]},"psuMessage":"Start your BankID app",`+
		`"_links":{"scaStatus":{"href":"/psd2/consent/v1/consents/CONSENT/authorisations/AUTH"}}}`)
	wantHeader(t, a, "ASPSP-SCA-Approach", "DECOUPLED")
	check("poll", r.do(call{path: path}), path, `{"scaStatus":"started","challengeData":{"data":["challenge of run-1"]}}`)

	r.seb.Sign("199002092386", 1)
	check("poll", r.do(call{path: path}), path, `{"scaStatus":"finalised"}`)
	check("status", r.do(call{path: self + "/status"}), path, `{"consentStatus":"valid"}`)
	check("list", r.do(call{path: self + "/authorisations"}), path, `{"authorisationIds":["AUTH"]}`)
	check("read", r.do(call{path: self}), path, `{"access":{"accounts":[],"balances":[],"transactions":[]},"recurringIndicator":true,`+
		`"validUntil":"2027-01-31","frequencyPerDay":4,"lastActionDate":"2026-11-23","consentStatus":"valid","consentId":"CONSENT",`+
		`"_links":{"account":{"href":"/psd2/accountinformation/v1/accounts"},"card-account":{"href":"/psd2/accountinformation/v1/card-accounts"}}}`)

	for range 2 {
		if a := r.do(call{method: http.MethodDelete, path: self}).want(204, "", ""); a.body != "" {
			t.Errorf("DELETE has the body %q", a.body)
		}
	}
	check("read", r.do(call{path: self}), path, `{"access":{"accounts":[],"balances":[],"transactions":[]},"recurringIndicator":true,`+
		`"validUntil":"2027-01-31","frequencyPerDay":4,"lastActionDate":"2026-11-23","consentStatus":"terminatedByTpp","consentId":"CONSENT"}`)
	r.do(call{method: http.MethodPost, path: self + "/authorisations"}).want(409, "STATUS_INVALID", "")
}

func (*answer) authorisationPath(created *psd2.AuthorisationCreated) string {
	return created.Links.SCAStatus.Href
}

func wantHeader(t *testing.T, a *answer, name, want string) {
	t.Helper()
	if got := a.header.Get(name); got != want {
		t.Errorf("%s has %s %q, want %q", a.what, name, got, want)
	}
}

func TestRedirect(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	preferred := map[string]string{"TPP-Redirect-Preferred": "true"}
	c := call{header: preferred}
	self := r.create(c)
	path := r.authorise(self, c)
	a := r.do(call{method: http.MethodPut, path: path, body: `{"authenticationMethodId":"mbid"}`, header: preferred}).want(200, "", "")
	wantHeader(t, a, "ASPSP-SCA-Approach", "REDIRECT")
	want := `{"scaStatus":"started","chosenScaMethod":{"authenticationType":"PUSH_OTP","authenticationMethodId":"mbid","name":"Mobilt BankID"},` +
		`"_links":{"scaStatus":{"href":"/psd2/consent/v1/consents/CONSENT/authorisations/AUTH"},"scaOAuth":{"href":"https://auth.example.test` +
		`/connect/authorize?client_id=[CLIENT_ID]&scope=accountinformation%20private&response_type=code&redirect_uri=[TPP_REDIRECT_URI]` +
		`&state=[TPP_STATE]&acr_values=idp:ESSESESS%20consentId:CONSENT%20consentAuthorisationId:AUTH"}}}`
	if got := unid(a.body, self, path); got != want {
		t.Errorf("start = %s\nwant %s", got, want)
	}

	plain := map[string]string{"X-BicFi": "HANDSESS", "TPP-Redirect-Preferred": "true"}
	self = r.create(call{header: plain})
	path = r.authorise(self, call{header: plain})
	plain["TPP-Redirect-URI"] = "https://tpp.example.test/back"
	a = r.do(call{method: http.MethodPut, path: path, body: `{"authenticationMethodId":"mbid"}`, header: plain}).want(200, "", "")
	want = `"_links":{"scaStatus":{"href":"/psd2/consent/v1/consents/CONSENT/authorisations/AUTH"},"scaRedirect":{"href":"https://auth.example.test` +
		`/sca/redirect?client_id=[CLIENT_ID]&redirect_uri=https%3A%2F%2Ftpp.example.test%2Fback` +
		`&state=[TPP_STATE]&acr_values=idp:HANDSESS%20consentId:CONSENT%20consentAuthorisationId:AUTH"}}}`
	if got := unid(a.body, self, path); !strings.HasSuffix(got, want) {
		t.Errorf("start = %s\nwant it to end in %s", got, want)
	}
}

func TestAuthorisationOutcomes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		state      bank.SCAState
		wantPoll   string
		wantStatus string
	}{
		{"another signer", bank.SCAState{Status: sca.Finalised, Signer: "199002092386", SignaturesNeeded: 2}, `{"scaStatus":"finalised","tppMessages":[` +
			`{"category":"INFORMATION","code":"AUTHORISATION_PENDING_API","text":"signed; the signature of another person is needed"}]}`, "partiallyAuthorised"},
		{
			"timed out",
			bank.SCAState{Status: sca.Failed, Failure: sca.SessionExpired, Message: "BankID was not opened in time"},
			`{"scaStatus":"failed","tppMessages":[{"category":"ERROR","code":"AUTHENTICATION_SESSION_EXPIRED","text":"BankID was not opened in time"}]}`, "received",
		},
		{
			"declined",
			bank.SCAState{Status: sca.Failed, Failure: sca.UserCancel, Declined: true, Message: "no"},
			`{"scaStatus":"failed","tppMessages":[{"category":"ERROR","code":"USER_CANCEL","text":"no"}]}`, "rejected",
		},
		{
			"bank's own words",
			bank.SCAState{Status: sca.Failed, Failure: sca.RefusedByBank, Message: "raw"},
			`{"scaStatus":"failed","tppMessages":[{"category":"UNMAPPED","code":"RAW","text":"raw"}]}`, "received",
		},
		{
			"image",
			bank.SCAState{Status: sca.Started, Challenge: sca.Challenge{Image: "data:image/png;base64,AA=="}},
			`{"scaStatus":"started","challengeData":{"image":"data:image/png;base64,AA=="}}`, "received",
		},
		{"exempted", bank.SCAState{Status: sca.Exempted, Signer: "199002092386", SignaturesNeeded: 1}, `{"scaStatus":"exempted"}`, "valid"},
	}
	r := newRig(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			self := r.create(call{})
			path := r.authorise(self, call{})
			put := call{method: http.MethodPut, path: path, body: `{"authenticationMethodId":"mbid"}`}
			r.do(put).want(200, "", "")
			r.do(put).want(409, "STATUS_INVALID", "")
			r.seb.Answer(tt.state)
			if got := strings.TrimSpace(r.do(call{path: path}).body); got != tt.wantPoll {
				t.Errorf("poll = %s, want %s", got, tt.wantPoll)
			}
			var status psd2.ConsentStatus
			if r.do(call{path: self + "/status"}).decode(&status); status.ConsentStatus != tt.wantStatus {
				t.Errorf("the consent is %s, want %s", status.ConsentStatus, tt.wantStatus)
			}
		})
	}
}

// body returns a good consent with one member changed, or taken out if value
// is empty.
func body(member, value string) string {
	members := map[string]string{
		"access": "{}", "recurringIndicator": "true", "validUntil": `"2027-01-31"`, "frequencyPerDay": "4", "combinedServiceIndicator": "false",
	}
	members[member] = value
	var parts []string
	for _, name := range []string{"access", "recurringIndicator", "validUntil", "frequencyPerDay", "combinedServiceIndicator", member} {
		if members[name] != "" {
			parts = append(parts, `"`+name+`":`+members[name])
		}
		delete(members, name)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

const iban = `{"iban":"SE4550000000058398257466"}`

func TestConsentBody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	tests := []struct {
		name, body string
		wantCode   string // empty if good
		wantPath   string
		picky      bool // at the bank that offers less
	}{
		{"arrays", body("access", `{"accounts":[`+iban+`],"balances":[`+iban+`],"transactions":[]}`), "PARAMETER_NOT_CONSISTENT", "access.transactions", false},
		{"good arrays", body("access", `{"accounts":[`+iban+`],"balances":[`+iban+`]}`), "", "", false},
		{"empty array", body("access", `{"accounts":[]}`), "", "", false},
		{"balances alone", body("access", `{"balances":[`+iban+`]}`), "", "", false},
		{"bban and clearing", body("access", `{"accounts":[{"bban":"58398257466","clearingNumber":"5000","currency":"SEK"}]}`), "", "", false},
		{"card", body("access", `{"accounts":[{"maskedPan":"411111******1111"}]}`), "", "", false},
		{"available", body("access", `{"availableAccounts":"allAccountsWithBalances"}`), "", "", false},
		{"select", body("access", `{"availableAccounts":"selectAccounts"}`), "", "", false},
		{"all", body("access", `{"allPsd2":"allAccounts"}`), "", "", false},
		{"once", body("recurringIndicator", "false"), "", "", false},
		{"today", body("validUntil", `"2026-11-23"`), "", "", false},
		{"for ever", body("validUntil", `"2099-12-31"`), "", "", false},
		{"zero", body("frequencyPerDay", "0"), "", "", false},
		{"more than the most", body("frequencyPerDay", "99999999999999999999"), "", "", false},
		{"combined", body("combinedServiceIndicator", "true"), "", "", false},

		{"nothing", "", "FORMAT_ERROR", "", false},
		{"blank", "  ", "FORMAT_ERROR", "", false},
		{"not JSON", "{", "FORMAT_ERROR", "", false},
		{"two values", goodConsent + "{}", "FORMAT_ERROR", "", false},
		{"array", "[]", "FORMAT_ERROR", "", false},
		{"null", "null", "FORMAT_ERROR", "", false},
		{"not UTF-8", `{"access":"` + "\xff" + `"}`, "FORMAT_ERROR", "", false},
		{"deep", strings.Repeat("[", 5000), "FORMAT_ERROR", "", false},
		{"many values", body("access", `{"accounts":[`+strings.Repeat("1,", 20_000)+`1]}`), "FORMAT_ERROR", "", false},
		{"twice", `{"access":{},"access":{}}`, "FORMAT_ERROR", "access", false},
		{"no access", body("access", ""), "FORMAT_ERROR", "access", false},
		{"access is null", body("access", "null"), "FORMAT_ERROR", "access", false},
		{"access is an array", body("access", "[]"), "FORMAT_ERROR", "access", false},
		{"no indicator", body("recurringIndicator", ""), "FORMAT_ERROR", "recurringIndicator", false},
		{"null indicator", body("recurringIndicator", "null"), "FORMAT_ERROR", "recurringIndicator", false},
		{"indicator", body("recurringIndicator", `"yes"`), "FORMAT_ERROR", "recurringIndicator", false},
		{"number as indicator", body("recurringIndicator", "1"), "FORMAT_ERROR", "recurringIndicator", false},
		{"no date", body("validUntil", ""), "FORMAT_ERROR", "validUntil", false},
		{"empty date", body("validUntil", `""`), "FORMAT_ERROR", "validUntil", false},
		{"yesterday", body("validUntil", `"2026-11-22"`), "FORMAT_ERROR", "validUntil", false},
		{"no such day", body("validUntil", `"2027-02-30"`), "FORMAT_ERROR", "validUntil", false},
		{"date and time", body("validUntil", `"2027-01-31T00:00:00Z"`), "FORMAT_ERROR", "validUntil", false},
		{"number as date", body("validUntil", "20270131"), "FORMAT_ERROR", "validUntil", false},
		{"no frequency", body("frequencyPerDay", ""), "FORMAT_ERROR", "frequencyPerDay", false},
		{"negative", body("frequencyPerDay", "-1"), "FORMAT_ERROR", "frequencyPerDay", false},
		{"fraction", body("frequencyPerDay", "1.5"), "FORMAT_ERROR", "frequencyPerDay", false},
		{"hexadecimal", body("frequencyPerDay", `"0x4"`), "FORMAT_ERROR", "frequencyPerDay", false},
		{"no combined", body("combinedServiceIndicator", ""), "FORMAT_ERROR", "combinedServiceIndicator", false},
		{"forms beside each other", body("access", `{"accounts":[],"allPsd2":"allAccounts"}`), "PARAMETER_NOT_CONSISTENT", "access", false},
		{"two words", body("access", `{"availableAccounts":"allAccounts","allPsd2":"allAccounts"}`), "PARAMETER_NOT_CONSISTENT", "access", false},
		{"no such word", body("access", `{"availableAccounts":"some"}`), "FORMAT_ERROR", "access.availableAccounts", false},
		{"empty word", body("access", `{"availableAccounts":""}`), "FORMAT_ERROR", "access.availableAccounts", false},
		{"no subset", body("access", `{"accounts":[`+iban+`],"balances":[{"bban":"1"}]}`), "PARAMETER_NOT_CONSISTENT", "access.balances[0]", false},
		{"no identifier", body("access", `{"accounts":[{"currency":"SEK"}]}`), "FORMAT_ERROR", "access.accounts[0]", false},
		{"two identifiers", body("access", `{"accounts":[{"iban":"SE4550000000058398257466","bban":"1"}]}`), "FORMAT_ERROR", "access.accounts[0]", false},
		{"not an IBAN", body("access", `{"accounts":[{"iban":"x"}]}`), "FORMAT_ERROR", "access.accounts[0].iban", false},
		{"no reference", body("access", `{"accounts":["x"]}`), "FORMAT_ERROR", "access.accounts[0]", false},
		{"no array", body("access", `{"accounts":{}}`), "FORMAT_ERROR", "access.accounts", false},
		{"select elsewhere", body("access", `{"availableAccounts":"selectAccounts"}`), "PARAMETER_NOT_SUPPORTED", "access.availableAccounts", true},
		{"sessions elsewhere", body("combinedServiceIndicator", "true"), "SESSIONS_NOT_SUPPORTED", "combinedServiceIndicator", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := call{method: http.MethodPost, path: consents, body: tt.body}
			if tt.picky {
				c.header = map[string]string{"X-BicFi": "HANDSESS"}
			}
			a := r.do(c)
			if tt.wantCode == "" {
				a.want(201, "", "")
				return
			}
			a.want(400, tt.wantCode, tt.wantPath)
		})
	}
	t.Run("many faults", func(t *testing.T) {
		var e psd2.ErrorInformation
		r.do(call{method: http.MethodPost, path: consents, body: body("access", `{"accounts":[`+strings.Repeat("1,", 5000)+`1]}`)}).
			want(400, "FORMAT_ERROR", "access.accounts[0]").decode(&e)
		if len(e.TPPMessages) != 51 {
			t.Errorf("there are %d messages, want 51", len(e.TPPMessages))
		}
	})
	t.Run("all faults", func(t *testing.T) {
		var e psd2.ErrorInformation
		r.do(call{method: http.MethodPost, path: consents, body: `{"validUntil":1,"frequencyPerDay":"x"}`}).want(400, "FORMAT_ERROR", "").decode(&e)
		if len(e.TPPMessages) != 5 {
			t.Errorf("there are %d messages, want one for each member: %v", len(e.TPPMessages), e.TPPMessages)
		}
	})
}

// What a consent asked for is what it says.
func TestConsentEcho(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	tests := []struct{ name, body, want string }{
		{"nothing", body("access", "{}"), `"access":{"accounts":[],"balances":[],"transactions":[]},`},
		{"nulls", body("access", `{"accounts":null}`), `"access":{"accounts":[],"balances":[],"transactions":[]},`},
		{"empty array", body("access", `{"balances":[]}`), `"access":{"balances":[]},`},
		{"array", body("access", `{"accounts":[`+iban+`]}`), `"access":{"accounts":[` + iban + `]},`},
		{"IBAN as people write it", body("access", `{"accounts":[{"iban":"se45 5000 0000 0583 9825 7466"}]}`), `"access":{"accounts":[` + iban + `]},`},
		{"word", body("access", `{"allPsd2":"allAccounts"}`), `"access":{"allPsd2":"allAccounts"},`},
		{"too long", body("validUntil", `"2099-12-31"`), `"validUntil":"2027-05-22",`},
		{"too often", body("frequencyPerDay", "100"), `"frequencyPerDay":4,`},
		{"never", body("frequencyPerDay", "0"), `"frequencyPerDay":1,`},
		{"once", body("recurringIndicator", "false"), `"recurringIndicator":false,"validUntil":"2027-01-31","frequencyPerDay":1,`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if a := r.do(call{path: r.create(call{body: tt.body})}).want(200, "", ""); !strings.Contains(a.body, tt.want) {
				t.Errorf("GET = %s, want %s in it", a.body, tt.want)
			}
		})
	}
}

func TestConsentRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	tests := []struct {
		reason     problem.Reason
		wantStatus int
		wantCode   string
		wantPath   string
	}{
		{problem.CorporateIDInvalid, 401, "CORPORATE_ID_INVALID", "PSU-Corporate-ID"},
		{problem.PSUInvalid, 401, "PSU_CREDENTIALS_INVALID", "PSU-ID"},
	}
	for _, tt := range tests {
		r.seb.Refuse(problem.New(tt.reason, "refused"))
		r.do(call{method: http.MethodPost, path: consents, body: goodConsent, scope: "accountinformation corporate"}).
			want(tt.wantStatus, tt.wantCode, tt.wantPath)
		r.seb.Refuse(nil)
	}
	self := r.create(call{})
	r.seb.RefuseSigner(problem.New(problem.PSUInvalid, "refused"))
	r.do(call{method: http.MethodPost, path: self + "/authorisations"}).want(401, "PSU_CREDENTIALS_INVALID", "PSU-ID")
	r.seb.RefuseSigner(nil)
	r.clock.Advance(25 * time.Hour)
	var status psd2.ConsentStatus
	if r.do(call{path: self + "/status"}).decode(&status); status.ConsentStatus != "rejected" {
		t.Errorf("a consent that nobody authorised is %s after a day, want rejected", status.ConsentStatus)
	}
}
