package oauth_test

import (
	"encoding/base64"
	"net/http"
	"strings"

	"sluss.example/sluss/internal/app"
)

const scopes = "accountinformation private"

// pairs returns headers.
func pairs(p ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(p); i += 2 {
		m[p[i]] = p[i+1]
	}
	return m
}

// refusedClients are those of client authentication by secret.
func refusedClients() []refusal {
	grant := fields("grant_type", "client_credentials", "scope", scopes)
	raw := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	asOther := func(id, with string) string {
		return fields("grant_type", "client_credentials", "scope", scopes, "client_id", id, "client_secret", with)
	}
	return []refusal{
		{name: "wrong secret", call: call{body: asOther(appID, string(app.SecretOf([32]byte{9})))}, status: 400, error: "invalid_client"},
		{name: "secret of a stranger's form", call: call{body: asOther(appID, "hunter2")}, status: 400, error: "invalid_client"},
		{name: "unknown id", call: call{body: asOther("9f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f19", secret())}, status: 400, error: "invalid_client"},
		{name: "disabled", call: call{body: asOther(disabledID, secret())}, status: 400, error: "invalid_client"},
		{name: "other environment", call: call{body: asOther(foreignID, secret())}, status: 400, error: "invalid_client"},
		{name: "id that is no UUID", call: call{body: asOther("x", secret())}, status: 400, error: "invalid_client"},
		{name: "overlong id", call: call{body: asOther(strings.Repeat("x", 9000), secret())}, status: 400, error: "invalid_client"},
		{name: "overlong secret", call: call{body: asOther(appID, strings.Repeat("x", 9000))}, status: 400, error: "invalid_client"},
		{name: "no credentials", call: call{body: grant}, status: 400, error: "invalid_client"},
		{name: "no secret", call: call{body: grant + "&client_id=" + appID}, status: 400, error: "invalid_client"},
		{name: "no id", call: call{body: grant + "&client_secret=" + secret()}, status: 400, error: "invalid_client"},
		{name: "empty secret", call: call{body: asOther(appID, "")}, status: 400, error: "invalid_client"},
		{name: "credentials in the query", call: call{path: "/connect/token?client_id=" + appID + "&client_secret=" + secret(), body: grant}, status: 400, error: "invalid_client"},
		{name: "Bearer", call: call{body: grant, headers: pairs("Authorization", "Bearer x")}, status: 400, error: "invalid_client"},
		{name: "empty Authorization", call: call{body: grant, headers: pairs("Authorization", "")}, status: 400, error: "invalid_client"},
		{name: "Basic, wrong secret", call: call{body: grant, basic: basic(appID, "x")}, status: 401, error: "invalid_client"},
		{name: "Basic, unknown id", call: call{body: grant, basic: basic("x", secret())}, status: 401, error: "invalid_client"},
		{name: "Basic, disabled", call: call{body: grant, basic: basic(disabledID, secret())}, status: 401, error: "invalid_client"},
		{name: "Basic, other environment", call: call{body: grant, basic: basic(foreignID, secret())}, status: 401, error: "invalid_client"},
		{name: "Basic, no base64", call: call{body: grant, basic: "!!!"}, status: 401, error: "invalid_client"},
		{name: "Basic, nothing", call: call{body: grant, headers: pairs("Authorization", "Basic")}, status: 401, error: "invalid_client"},
		{name: "Basic, no colon", call: call{body: grant, basic: raw(appID)}, status: 401, error: "invalid_client"},
		{name: "Basic, no id", call: call{body: grant, basic: raw(":" + secret())}, status: 401, error: "invalid_client"},
		{name: "Basic, no secret", call: call{body: grant, basic: raw(appID + ":")}, status: 401, error: "invalid_client"},
		{name: "Basic, bad escape", call: call{body: grant, basic: raw(appID + ":%zz")}, status: 401, error: "invalid_client"},
		{name: "Basic, not UTF-8", call: call{body: grant, basic: raw("\xff:\xfe")}, status: 401, error: "invalid_client"},
		{name: "Basic and body secret", call: call{body: post("scope", scopes), basic: basic(appID, secret())}, status: 400, error: "invalid_request", description: "credentials both in the Authorization header and in the body"},
		{name: "Basic and another client_id", call: call{body: grant + "&client_id=" + plainID, basic: basic(appID, secret())}, status: 400, error: "invalid_request", description: "client_id is not that of the Authorization header"},
		{name: "two Authorization headers", call: call{body: grant, basic: basic(appID, secret()), more: [][2]string{{"Authorization", "Basic " + basic(appID, secret())}}}, status: 400, error: "invalid_request", description: "more than one Authorization header"},
		{name: "Basic, secret in quotes", call: call{body: grant, basic: basic(appID, `"`+secret()+`"`)}, status: 401, error: "invalid_client"},
		{name: "Basic, encoded twice", call: call{body: grant, basic: basic(strings.ReplaceAll(appID, "-", "%252D"), secret())}, status: 401, error: "invalid_client"},
		{name: "secret with a blank behind", call: call{body: asOther(appID, secret()+" ")}, status: 400, error: "invalid_client"},
		{name: "secret in other case", call: call{body: asOther(appID, strings.ToUpper(secret()))}, status: 400, error: "invalid_client"},
		{name: "id with a zero byte", call: call{body: asOther(appID+"\x00", secret())}, status: 400, error: "invalid_client"},
		{name: "Bearer token as a credential", call: call{body: grant + "&client_id=" + appID, headers: pairs("Authorization", "Bearer "+secret())}, status: 400, error: "invalid_client"},
	}
}

// refusedScopes are those of the scope.
func refusedScopes() []refusal {
	const noContext = "no PSU context: add private or corporate"
	return []refusal{
		{name: "no scope", call: call{body: post()}, status: 400, error: "invalid_scope", description: "scope is empty; ask for one or more API scopes and private or corporate"},
		{name: "empty scope", call: call{body: post("scope", "")}, status: 400, error: "invalid_scope", description: "scope is empty; ask for one or more API scopes and private or corporate"},
		{name: "no context", call: call{body: post("scope", "accountinformation")}, status: 400, error: "invalid_scope", description: noContext},
		{name: "context alone", call: call{body: post("scope", "private")}, status: 400, error: "invalid_scope", description: "no API scope"},
		{name: "both contexts", call: call{body: post("scope", "accountinformation private corporate")}, status: 400, error: "invalid_scope", description: "private and corporate exclude each other"},
		{name: "unknown scope", call: call{body: post("scope", "accountinformation openid profile private")}, status: 400, error: "invalid_scope", description: "unknown: 'openid' 'profile'"},
		{name: "upper case", call: call{body: post("scope", "AccountInformation private")}, status: 400, error: "invalid_scope", description: "unknown: 'AccountInformation'; no API scope"},
		{name: "not granted", call: call{body: post("scope", "aspspinformation paymentinitiation private")}, status: 400, error: "invalid_scope", description: "scope not granted to this application: aspspinformation paymentinitiation"},
		{name: "bankgiro in private", call: call{body: post("scope", "accountinformation bankgiroinformation private")}, status: 400, error: "invalid_scope", description: "bankgiroinformation needs accountinformation and corporate"},
		{name: "bankgiro alone", call: call{body: post("scope", "bankgiroinformation corporate")}, status: 400, error: "invalid_scope", description: "bankgiroinformation needs accountinformation and corporate"},
		{name: "characters of RFC 6749 section 5.2", call: call{body: post("scope", "private accountinformation \"å\\\n")}, status: 400, error: "invalid_scope", description: "unknown: ''?/?'"},
		{name: "overlong scope", call: call{body: post("scope", strings.Repeat("x", 2000)+" private accountinformation")}, status: 400, error: "invalid_scope", description: "unknown: '" + strings.Repeat("x", 499) + "..."},
		{name: "tab", call: call{body: post("scope", "accountinformation\tprivate")}, status: 400, error: "invalid_scope", description: "unknown: 'accountinformation?private'; " + noContext + "; no API scope"},
	}
}

// refusedForms are those of the form of a request.
func refusedForms() []refusal {
	return []refusal{
		{name: "empty body", call: call{}, status: 400, error: "invalid_request", description: "missing: grant_type"},
		{name: "no grant_type", call: call{body: fields("client_id", appID, "client_secret", secret(), "scope", scopes)}, status: 400, error: "invalid_request", description: "missing: grant_type"},
		{name: "empty grant_type", call: call{body: fields("grant_type", "")}, status: 400, error: "invalid_request", description: "missing: grant_type"},
		{name: "grant_type in the query", call: call{path: "/connect/token?grant_type=client_credentials", body: fields("scope", scopes)}, status: 400, error: "invalid_request", description: "missing: grant_type"},
		{name: "grant_type twice", call: call{body: post("scope", scopes) + "&grant_type=client_credentials"}, status: 400, error: "invalid_request", description: "field given twice: grant_type"},
		{name: "scope twice", call: call{body: post("scope", scopes, "scope", scopes)}, status: 400, error: "invalid_request", description: "field given twice: scope"},
		{name: "unknown field twice", call: call{body: post("scope", scopes, "x", "1", "x", "2")}, status: 400, error: "invalid_request", description: "field given twice: x"},
		{name: "empty field twice", call: call{body: post("scope", scopes) + "&code=&code="}, status: 400, error: "invalid_request", description: "field given twice: code"},
		{name: "twice in other escapes", call: call{body: post("scope", scopes) + "&sc%6Fpe=x"}, status: 400, error: "invalid_request", description: "field given twice: scope"},
		{name: "JSON", call: call{body: `{"grant_type":"client_credentials"}`, ctype: "application/json"}, status: 400, error: "invalid_request", description: "the body must be application/x-www-form-urlencoded, and Content-Type must say so"},
		{name: "multipart", call: call{body: "x", ctype: "multipart/form-data; boundary=x"}, status: 400, error: "invalid_request", description: "the body must be application/x-www-form-urlencoded, and Content-Type must say so"},
		{name: "no content type", call: call{body: post("scope", scopes), ctype: "none"}, status: 400, error: "invalid_request", description: "the body must be application/x-www-form-urlencoded, and Content-Type must say so"},
		{name: "not UTF-8", call: call{body: post("scope", scopes) + "&x=%ff"}, status: 400, error: "invalid_request", description: "the body is not UTF-8"},
		{name: "name not UTF-8", call: call{body: post("scope", scopes) + "&%ff=x"}, status: 400, error: "invalid_request", description: "the body is not UTF-8"},
		{name: "bad escape", call: call{body: post("scope", scopes) + "&x=%zz"}, status: 400, error: "invalid_request", description: "the body has a % that is not followed by two hexadecimal digits"},
		{name: "overlong field", call: call{body: post("scope", scopes, "x", strings.Repeat("x", 17<<10))}, status: 400, error: "invalid_request", description: "field too long: x"},
		{name: "overlong body", call: call{body: post("scope", scopes) + strings.Repeat("&", 65<<10)}, status: 413, error: "invalid_request", description: "the body has more than 65536 bytes"},
		{name: "unknown path", call: call{path: "/connect/userinfo", body: post("scope", scopes)}, status: 404, error: "invalid_request", description: "no such path"},
		{name: "unknown document", call: call{path: "/.well-known/webfinger", body: post("scope", scopes)}, status: 404, error: "invalid_request", description: "no such path"},
		{name: "GET", call: call{method: http.MethodGet, path: "/connect/token?" + post("scope", scopes)}, status: 405, error: "invalid_request", description: "use POST"},
		{name: "PUT", call: call{method: http.MethodPut, body: post("scope", scopes)}, status: 405, error: "invalid_request", description: "use POST"},
		{name: "OPTIONS", call: call{method: http.MethodOptions}, status: 405, error: "invalid_request", description: "use POST"},
		{name: "password", call: call{body: fields("grant_type", "password", "username", "x", "password", "y")}, status: 400, error: "unsupported_grant_type", description: "grant_type must be client_credentials or authorization_code"},
		{name: "refresh_token", call: call{body: fields("grant_type", "refresh_token", "refresh_token", "x")}, status: 400, error: "unsupported_grant_type", description: "grant_type must be client_credentials or authorization_code"},
		{name: "Client_Credentials", call: call{body: fields("grant_type", "Client_Credentials")}, status: 400, error: "unsupported_grant_type", description: "grant_type must be client_credentials or authorization_code"},
		{name: "client_id twice", call: call{body: post("scope", scopes, "client_id", appID)}, status: 400, error: "invalid_request", description: "field given twice: client_id"},
		{name: "client_secret twice", call: call{body: post("scope", scopes, "client_secret", "x")}, status: 400, error: "invalid_request", description: "field given twice: client_secret"},
		{name: "client_assertion twice", call: call{body: asserted("x", "client_assertion", "y")}, status: 400, error: "invalid_request", description: "field given twice: client_assertion"},
		{name: "JSON with a charset", call: call{body: "{}", ctype: "application/json; charset=utf-8"}, status: 400, error: "invalid_request", description: "the body must be application/x-www-form-urlencoded, and Content-Type must say so"},
		{name: "DELETE", call: call{method: http.MethodDelete}, status: 405, error: "invalid_request", description: "use POST"},
	}
}

// refusedCodes are those of the grants.
func refusedCodes() []refusal {
	code := func(more ...string) string {
		return fields(append([]string{"grant_type", "authorization_code", "client_id", appID, "client_secret", secret()}, more...)...)
	}
	return []refusal{
		{name: "code: wrong secret", call: call{body: fields("grant_type", "authorization_code", "client_id", appID, "client_secret", "x", "code", "good", "redirect_uri", back)}, status: 400, error: "invalid_client"},
		{name: "code: no redirect URIs", call: call{body: fields("grant_type", "authorization_code", "client_id", plainID, "client_secret", secret())}, status: 400, error: "unauthorized_client", description: "the application has no redirect URI, so it cannot use the grant authorization_code"},
		{name: "code: no code", call: call{body: code("redirect_uri", back)}, status: 400, error: "invalid_request", description: "missing: code"},
		{name: "code: no redirect_uri", call: call{body: code("code", "good")}, status: 400, error: "invalid_request", description: "missing: redirect_uri"},
		{name: "code: no headers", call: call{body: code("code", "good", "redirect_uri", back)}, status: 400, error: "invalid_request", description: "missing: X-ConsentId and X-ConsentAuthorisationId"},
		{name: "code: no consent", call: call{body: code("code", "good", "redirect_uri", back), headers: pairs("X-ConsentAuthorisationId", "a")}, status: 400, error: "invalid_request", description: "missing: X-ConsentId"},
		{name: "code: no authorisation", call: call{body: code("code", "good", "redirect_uri", back), headers: pairs("X-ConsentId", "c")}, status: 400, error: "invalid_request", description: "missing: X-ConsentAuthorisationId"},
		{name: "code: no payment authorisation", call: call{body: code("code", "good", "redirect_uri", back), headers: pairs("X-PaymentId", "p")}, status: 400, error: "invalid_request", description: "missing: X-PaymentAuthorisationId"},
		{name: "code: no basket", call: call{body: code("code", "good", "redirect_uri", back), headers: pairs("X-BasketAuthorisationId", "p")}, status: 400, error: "invalid_request", description: "missing: X-BasketId"},
		{name: "code: two resources", call: call{body: code("code", "good", "redirect_uri", back), headers: pairs("X-ConsentId", "c", "X-ConsentAuthorisationId", "a", "X-PaymentId", "p", "X-PaymentAuthorisationId", "a")}, status: 400, error: "invalid_request", description: "the headers name both a consent and a payment"},
		{name: "code: unknown", call: call{body: code("code", "bad", "redirect_uri", back), headers: pairs("X-ConsentId", "c", "X-ConsentAuthorisationId", "a")}, status: 400, error: "invalid_grant", description: "the code is not known"},
	}
}
