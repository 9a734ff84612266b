package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// A rule is a row of common section 7: a call that one mode takes and the
// other may not.
type rule struct {
	name                string
	call                func(r *rig) call
	wantLenient, strict int
}

func post(body string, header map[string]string) func(*rig) call {
	return func(*rig) call { return call{method: http.MethodPost, path: consents, body: body, header: header} }
}

func without(header string) func(*rig) call { return post(goodConsent, map[string]string{header: ""}) }

// authorising is a POST of authorisations with the body.
func authorising(body string) func(*rig) call {
	return func(r *rig) call {
		return call{method: http.MethodPost, path: r.create(call{}) + "/authorisations", body: body}
	}
}

func rules() []rule {
	return []rule{
		{"good", post(goodConsent, nil), 201, 201},
		{"X-Request-ID missing", without("X-Request-ID"), 400, 400},
		{"X-BicFi missing", without("X-BicFi"), 400, 400},
		{"X-BicFi in lower case", post(goodConsent, map[string]string{"X-BicFi": "essesess"}), 400, 400},
		{"PSU-ID missing", without("PSU-ID"), 201, 400},
		{"PSU-IP-Address missing", without("PSU-IP-Address"), 201, 400},
		{"PSU-User-Agent missing", without("PSU-User-Agent"), 201, 400},
		{"PSU-User-Agent of many words", post(goodConsent, map[string]string{"PSU-User-Agent": strings.Repeat("Mozilla/5.0 ", 60)}), 201, 400},
		{"PSU-User-Agent not in UTF-8", post(goodConsent, map[string]string{"PSU-User-Agent": "Bl\xe4ddrare"}), 201, 400},
		{"TPP-Redirect-Preferred missing", without("TPP-Redirect-Preferred"), 201, 400},
		{"header malformed", post(goodConsent, map[string]string{"TPP-Redirect-Preferred": "perhaps"}), 400, 400},
		{"boolean in capitals", post(goodConsent, map[string]string{"TPP-Redirect-Preferred": "True"}), 201, 400},
		{"boolean as string", post(body("recurringIndicator", `"true"`), nil), 201, 400},
		{"boolean as string in capitals", post(body("recurringIndicator", `"False"`), nil), 201, 400},
		{"integer as string", post(body("frequencyPerDay", `"4"`), nil), 201, 400},
		{"integer with a fraction of nothing", post(body("frequencyPerDay", `4.0`), nil), 201, 201},
		{"null is absent", post(body("access", `{"accounts":null,"availableAccounts":null,"allPsd2":"allAccounts"}`), nil), 201, 201},
		{"empty word of access", post(body("access", `{"allPsd2":""}`), nil), 400, 400},
		{"empty array of access as string", post(body("access", `{"accounts":""}`), nil), 400, 400},
		{"empty optional member", post(body("access", `{"accounts":[{"bban":"1","iban":"","currency":" "}]}`), nil), 201, 400},
		{"empty required member", post(body("validUntil", `""`), nil), 400, 400},
		{"unknown member", post(body("other", `{"a":[1]}`), nil), 201, 201},
		{"unknown member of a reference", post(body("access", `{"accounts":[{"bban":"1","type":"x"}]}`), nil), 201, 201},
		{"unknown header", post(goodConsent, map[string]string{"X-Other": "1"}), 201, 201},
		{"unknown parameter", func(*rig) call {
			return call{method: http.MethodPost, path: consents + "?x=1&y=%ZZ", body: goodConsent}
		}, 201, 201},
		{"empty optional header", post(goodConsent, map[string]string{"X-AffiliatedASPSP-ID": " "}), 201, 201},
		{"trailing slash", func(*rig) call { return call{method: http.MethodPost, path: consents + "/", body: goodConsent} }, 201, 201},
		{"id in capitals", func(r *rig) call {
			return call{path: consents + strings.ToUpper(strings.TrimPrefix(r.create(call{}), consents))}
		}, 200, 200},
		{"white space round an id", func(r *rig) call {
			return call{path: consents + "/%20" + strings.TrimPrefix(r.create(call{}), consents+"/") + "%20/status"}
		}, 200, 400},
		{"GET with Content-Type", func(r *rig) call {
			return call{path: r.create(call{}), header: map[string]string{"Content-Type": "text/plain"}}
		}, 200, 200},
		{"white space round a date", post(body("validUntil", `" 2027-01-31 "`), nil), 201, 400},
		{"white space round an account", post(body("access", `{"accounts":[{"bban":" 1 "}]}`), nil), 201, 400},
		{"CR LF", post(strings.ReplaceAll(goodConsent, ",", ",\r\n"), nil), 201, 201},
		{"byte order mark", post("\ufeff"+goodConsent, nil), 201, 201},
		{"IBAN with spaces", post(body("access", `{"accounts":[{"iban":"SE45 5000 0000 0583 9825 7466"}]}`), nil), 201, 400},
		{"IBAN in lower case", post(body("access", `{"accounts":[{"iban":"se4550000000058398257466"}]}`), nil), 201, 400},
		{"large body", post(`{"x":"`+strings.Repeat("x", 1<<20)+`"}`, nil), 413, 413},
		{"charset", post(goodConsent, map[string]string{"Content-Type": "application/json;charset=UTF-8"}), 201, 201},
		{"broken parameter", post(goodConsent, map[string]string{"Content-Type": "Application/JSON; =;"}), 201, 201},
		{"no Content-Type", post(goodConsent, map[string]string{"Content-Type": ""}), 400, 400},
		{"form", post(goodConsent, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}), 415, 415},
		{"compressed", post(goodConsent, map[string]string{"Content-Encoding": "gzip"}), 415, 415},
		{"not compressed", post(goodConsent, map[string]string{"Content-Encoding": "Identity"}), 201, 201},
		{"chunked", func(*rig) call {
			return call{method: http.MethodPost, path: consents, body: goodConsent, chunked: true}
		}, 201, 201},
		{"authorisation without body", authorising(""), 201, 201},
		{"authorisation with blank body", authorising(" \r\n"), 201, 201},
		{"authorisation with empty object", authorising("{}"), 201, 201},
		{"authorisation with null", authorising("null"), 201, 201},
		{"authorisation with any object", authorising(`{"psuData":{"password":"x"}}`), 201, 201},
		{"authorisation with an array", authorising("[]"), 400, 400},
		{"authorisation with no JSON", authorising("x"), 400, 400},
	}
}

func TestLeniency(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, tt := range rules() {
		t.Run(tt.name, func(t *testing.T) { r.do(tt.call(r)).want(tt.wantLenient, "", "") })
	}
}

func TestStrictness(t *testing.T) {
	t.Parallel()
	r := newRig(t, strict)
	for _, tt := range rules() {
		t.Run(tt.name, func(t *testing.T) { r.do(tt.call(r)).want(tt.strict, "", "") })
	}
}

// What only the description knows is refused by it, with the field at fault.
func TestStrictByDescription(t *testing.T) {
	t.Parallel()
	r := newRig(t, strict)
	r.do(call{method: http.MethodPost, path: consents, body: body("access", `{"accounts":[{"bban":7}]}`)}).want(400, "FORMAT_ERROR", "access.accounts[0].bban")
	r.do(call{method: http.MethodPost, path: consents, body: body("frequencyPerDay", "-1")}).want(400, "FORMAT_ERROR", "frequencyPerDay")
	r.do(call{path: aspsps + "/aspsps?isoCountryCodes=SE,fi"}).want(200, "", "")
	r.do(call{path: aspsps + "/aspsps?isoCountryCodes=SE;FI"}).want(200, "", "") // cannot be decoded, so it is not there
	r.do(call{path: aspsps + "/aspsps?isoCountryCodes=SWE"}).want(400, "FORMAT_ERROR", "isoCountryCodes")
	r.do(call{path: accounts + "/accounts?withBalance=True", header: map[string]string{"Consent-ID": requestID}}).want(400, "FORMAT_ERROR", "withBalance")
}
