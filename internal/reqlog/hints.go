package reqlog

// A Hint says what an error code means and what to do about it.
type Hint struct {
	Means string
	Fix   string
	Guide string // path of the guide that tells more
}

// hints are the codes of the API and of the token service.
var hints = map[string]Hint{
	"FORMAT_ERROR":              {"A header, a parameter or a field is missing or malformed.", "Look at the field that is named, and at the form that the reference gives for it.", "/docs/good-to-know#errors"},
	"PARAMETER_NOT_CONSISTENT":  {"The parts of the request are well-formed and contradict each other.", "Send the X-BicFi of the consent's or payment's own bank, and the amounts of the quote.", "/docs/good-to-know#errors"},
	"PARAMETER_NOT_SUPPORTED":   {"The bank does not offer this parameter or field.", "See the bank's capabilities in the directory, and leave the field out.", "/docs/banks"},
	"SERVICE_INVALID":           {"The path has no such method, or the bank does not offer the service.", "See the Allow header, and the bank's capabilities in the directory.", "/docs/banks"},
	"SERVICE_BLOCKED":           {"The token does not cover the call, or it belongs to the other PSU context.", "Ask for a token with the scope that WWW-Authenticate names; keep one for private and one for corporate.", "/docs/access-tokens#scopes"},
	"RESOURCE_UNKNOWN":          {"There is no such thing, or it belongs to another application, organisation or PSU.", "Send the same PSU-ID and PSU-Corporate-ID as when it was created.", "/docs/good-to-know#ownership"},
	"RESOURCE_EXPIRED":          {"It has expired or was used.", "Create a new one.", "/docs/good-to-know#errors"},
	"PERIOD_INVALID":            {"The dates are the wrong way round or reach further back than the bank's history.", "See transactionHistoryMaxDays of the bank in the directory.", "/docs/consent-and-accounts#transactions"},
	"CONSENT_UNKNOWN":           {"The Consent-ID is not one of this application, PSU and organisation.", "Send the Consent-ID with the PSU-ID that created it.", "/docs/consent-and-accounts#consents"},
	"CONSENT_INVALID":           {"The consent is not valid yet, or it does not cover the account.", "Wait until its status is valid, and ask for access to the account.", "/docs/consent-and-accounts#consents"},
	"CONSENT_EXPIRED":           {"The consent is past its validUntil, or a newer one took its place.", "Create a new consent and have it signed.", "/docs/consent-and-accounts#consents"},
	"SCA_METHOD_UNKNOWN":        {"The bank does not offer this authenticationMethodId.", "Take one of scaMethods in the answer before.", "/docs/authorisations"},
	"STATUS_INVALID":            {"The thing is in a state in which this cannot be done.", "Read its status; create a new authorisation if the old one has ended.", "/docs/statuses-and-types"},
	"ACCESS_EXCEEDED":           {"More calls than the consent's frequencyPerDay or the platform's limit allow.", "Send PSU-IP-Address while the PSU is there; wait as Retry-After says.", "/docs/consent-and-accounts#how-often"},
	"CORPORATE_ID_INVALID":      {"PSU-Corporate-ID is no organisation number, or the bank does not know it.", "Send the organisation number with ten digits.", "/docs/good-to-know#headers"},
	"PSU_CREDENTIALS_INVALID":   {"The bank refuses the PSU-ID.", "Ask the PSU for the right one.", "/docs/authorisations"},
	"TOKEN_UNKNOWN":             {"There is no token in the request, or it is not one of this platform.", "Send Authorization: Bearer with a token of this environment.", "/docs/access-tokens"},
	"TOKEN_INVALID":             {"The token is genuine and cannot be used: it was revoked, or the proof that it is bound to is missing.", "Ask for a new one; send the client certificate or the DPoP proof that it is bound to.", "/docs/access-tokens#bound-tokens"},
	"TOKEN_EXPIRED":             {"The token is older than its expires_in.", "Ask for a new one a little before that.", "/docs/access-tokens#keep-one"},
	"TPP_KYC_INVALID":           {"The organisation has no valid KYC.", "Send the person to kycRedirect. In the sandbox organisation numbers that end in an even digit have one.", "/docs/kyc"},
	"PRODUCT_UNKNOWN":           {"There is no such payment product.", "Use domestic, swedish-giro, sepa-credit-transfers or cross-border.", "/docs/payments#products"},
	"PRODUCT_INVALID":           {"The bank does not offer this payment product.", "See globalPaymentProducts of the bank in the directory.", "/docs/payments#products"},
	"EXECUTION_DATE_INVALID":    {"requestedExecutionDate has passed or is too far ahead.", "Send today or a later date, at most a year ahead.", "/docs/payments#dates"},
	"PAYMENT_FAILED":            {"The bank refuses the payment at once.", "Look at the debtor's account: it must be the PSU's.", "/docs/payments"},
	"CANCELLATION_INVALID":      {"It is too late, or the bank does not cancel payments.", "Read the payment's status.", "/docs/payments#cancelling"},
	"REFERENCE_MIX_INVALID":     {"These payments cannot be signed together.", "One basket has payments of one bank and one debtor account, none of them cross-border.", "/docs/payments#baskets"},
	"REFERENCE_STATUS_INVALID":  {"A payment of the basket is signed, being signed, or in another basket.", "Take payments whose status is RCVD.", "/docs/payments#baskets"},
	"BANK_SERVICE_UNAVAILABLE":  {"The bank does not answer.", "Try again in a while; the payment is not lost.", "/docs/payments#status"},
	"SERVICE_UNAVAILABLE":       {"The bank or the platform does not answer.", "Wait as Retry-After says and try again.", "/docs/good-to-know#errors"},
	"REQUESTED_FORMATS_INVALID": {"Accept names nothing that can be sent.", "Send Accept: application/json, or none.", "/docs/good-to-know#errors"},
	"CERTIFICATE_MISSING":       {"Production wants the organisation's client certificate with every call.", "Present the certificate that the portal gave you.", "/docs/security#client-certificates"},
	"CERTIFICATE_INVALID":       {"The client certificate is not one of the token's organisation.", "Present the certificate of the organisation that owns the application.", "/docs/security#client-certificates"},
	"CERTIFICATE_EXPIRED":       {"The client certificate has expired.", "Make a new one in the portal.", "/docs/security#client-certificates"},
	"CERTIFICATE_REVOKE":        {"The client certificate was revoked.", "Make a new one in the portal.", "/docs/security#client-certificates"},
	"CERTIFICATE_BLOCKED":       {"An operator has blocked the client certificate.", "Ask the operator why.", "/docs/security#client-certificates"},

	"invalid_client":          {"The client id, the secret or the proof is wrong, or the application is disabled. It does not say which.", "Compare the id and the secret with those of the portal; is it the right environment?", "/docs/access-tokens#errors"},
	"invalid_scope":           {"The scope is empty, contradicts itself, or was not granted.", "One or more API scopes and exactly one of private and corporate; see the application's settings.", "/docs/access-tokens#scopes"},
	"invalid_request":         {"A form field or a header is missing, doubled or malformed.", "Look at error_description.", "/docs/access-tokens#errors"},
	"invalid_grant":           {"The code is unknown, used or expired, or it was issued for something else.", "Exchange a code once, within ten minutes, with the redirect_uri and the headers of the authorize call.", "/docs/authorisations#oauth"},
	"unsupported_grant_type":  {"There is no such grant.", "Use client_credentials, or authorization_code after an SCA in the browser.", "/docs/access-tokens"},
	"unauthorized_client":     {"The application may not use this grant.", "Register a redirect URI in the application's settings.", "/docs/access-tokens"},
	"temporarily_unavailable": {"Too many tokens, or the platform is busy.", "Keep one token for each PSU context and use it until it expires; wait as Retry-After says.", "/docs/access-tokens#keep-one"},
	"invalid_dpop_proof":      {"The DPoP proof does not fit the request.", "Make a new proof for each request, with its method and URL.", "/docs/access-tokens#bound-tokens"},
	"use_dpop_nonce":          {"The server wants its own nonce in the proof.", "Make the proof again with the DPoP-Nonce of the answer.", "/docs/access-tokens#bound-tokens"},
}

// HintOf returns what an error code means, and whether it is known.
func HintOf(code string) (Hint, bool) {
	h, ok := hints[code]
	return h, ok
}
