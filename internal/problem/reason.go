package problem

// A Reason is a stable word of ours for a kind of fault. Code tests it; logs
// and metrics carry it. Clients never see it: each edge maps it to a code of
// its protocol.
type Reason string

// Faults of OAuth requests.
const (
	ClientInvalid    Reason = "client_invalid"     // unknown app, wrong secret, disabled; never says which
	ScopeInvalid     Reason = "scope_invalid"      // not in the grammar, or not granted
	GrantInvalid     Reason = "grant_invalid"      // code unknown, used, expired or not for this request
	GrantUnsupported Reason = "grant_unsupported"  // a grant_type that we do not have
	GrantForbidden   Reason = "grant_forbidden"    // a grant_type that the app may not use
	ResponseInvalid  Reason = "response_invalid"   // a response_type that we do not have
	MethodNotAllowed Reason = "method_not_allowed" // known path, wrong method
	Busy             Reason = "busy"               // the queue before the signer is full
	AuthorizeRefused Reason = "authorize_refused"  // client or redirect URI of an authorize call is wrong: never redirect
	AccessDenied     Reason = "access_denied"      // the PSU declined or left
)

// Faults of access tokens.
const (
	TokenMissing      Reason = "token_missing" // no Authorization header, or another scheme
	TokenUnknown      Reason = "token_unknown" // not a token of ours
	TokenInvalid      Reason = "token_invalid" // genuine but unusable
	TokenExpired      Reason = "token_expired"
	ScopeInsufficient Reason = "scope_insufficient" // the token does not cover the call
)

// Faults of client certificates and of proofs that a key is held.
const (
	CertificateMissing Reason = "certificate_missing"
	CertificateInvalid Reason = "certificate_invalid" // untrusted, not for clients, or another organisation's
	CertificateExpired Reason = "certificate_expired"
	CertificateRevoked Reason = "certificate_revoked" // by its issuer
	CertificateBlocked Reason = "certificate_blocked" // by the operator
	ProofInvalid       Reason = "proof_invalid"       // DPoP proof missing, or not one for this request
	NonceNeeded        Reason = "nonce_needed"        // DPoP proof without a nonce of ours that is good now
)

// Faults of API requests.
const (
	FormatInvalid         Reason = "format_invalid"         // malformed or missing header, parameter, field
	ParameterInconsistent Reason = "parameter_inconsistent" // well-formed but contradictory
	ParameterUnsupported  Reason = "parameter_unsupported"  // known, but not at this bank
	PeriodInvalid         Reason = "period_invalid"         // dates reversed or beyond the history
	ResourceUnknown       Reason = "resource_unknown"       // none, or another app's
	ResourceForeign       Reason = "resource_foreign"       // own app, other PSU or organisation
	ResourceExpired       Reason = "resource_expired"
	ContextForeign        Reason = "context_foreign" // own app, other PSU context
	PathUnknown           Reason = "path_unknown"
	FormatUnaccepted      Reason = "format_unaccepted" // Accept names nothing that we send
	MediaUnsupported      Reason = "media_unsupported" // Content-Type is not JSON
	BodyTooLarge          Reason = "body_too_large"
	StatusInvalid         Reason = "status_invalid"      // resource in the wrong state
	AccessExceeded        Reason = "access_exceeded"     // quota used up
	ServiceUnsupported    Reason = "service_unsupported" // the bank does not offer this call
)

// Faults of consents and of SCA.
const (
	ConsentUnknown      Reason = "consent_unknown" // none, or another app's
	ConsentForeign      Reason = "consent_foreign" // own app, other PSU or organisation
	ConsentInvalid      Reason = "consent_invalid" // not valid, or does not cover the account
	ConsentExpired      Reason = "consent_expired"
	MethodUnknown       Reason = "method_unknown" // SCA method that the bank does not have
	SessionsUnsupported Reason = "sessions_unsupported"
	CorporateIDInvalid  Reason = "corporate_id_invalid"
	PSUInvalid          Reason = "psu_invalid"     // the bank refuses the PSU-ID
	ServiceBlocked      Reason = "service_blocked" // not in this PSU context
)

// Faults of payments.
const (
	ServiceUnknown       Reason = "service_unknown" // a payment service that nobody offers
	ProductUnknown       Reason = "product_unknown"
	ProductInvalid       Reason = "product_invalid" // not at this bank
	ExecutionDateInvalid Reason = "execution_date_invalid"
	PaymentFailed        Reason = "payment_failed"       // the bank refuses at once
	RightsMissing        Reason = "rights_missing"       // of the person, in what the company has agreed with its bank
	PaymentUnreadable    Reason = "payment_unreadable"   // the bank is down when a payment or its status is read
	CancellationInvalid  Reason = "cancellation_invalid" // too late, or not offered
	ReferenceMixInvalid  Reason = "reference_mix_invalid"
	ReferenceStatus      Reason = "reference_status_invalid" // a payment of the basket is in the wrong state
)

// Faults of banks, and of where rates come from.
const (
	BankUnavailable  Reason = "bank_unavailable"  // down, or no answer in time
	BankRefused      Reason = "bank_refused"      // a bank's own message passed through (RAW)
	RatesUnavailable Reason = "rates_unavailable" // no rates of exchange, or none that are recent enough
)

// Faults of the organisation behind a payment.
const (
	KYCInvalid Reason = "kyc_invalid" // due diligence is missing or has expired
)

// All returns every reason, for tests that hold an edge's table complete.
func All() []Reason {
	return []Reason{
		ClientInvalid, ScopeInvalid, GrantInvalid, GrantUnsupported, GrantForbidden, ResponseInvalid,
		MethodNotAllowed, Busy, AuthorizeRefused, AccessDenied,
		TokenMissing, TokenUnknown, TokenInvalid, TokenExpired, ScopeInsufficient,
		CertificateMissing, CertificateInvalid, CertificateExpired, CertificateRevoked, CertificateBlocked, ProofInvalid, NonceNeeded,
		FormatInvalid, ParameterInconsistent, ParameterUnsupported, PeriodInvalid, ResourceUnknown,
		ResourceForeign, ResourceExpired, ContextForeign, PathUnknown, FormatUnaccepted,
		MediaUnsupported, BodyTooLarge, StatusInvalid, AccessExceeded, ServiceUnsupported,
		ConsentUnknown, ConsentForeign, ConsentInvalid, ConsentExpired, MethodUnknown,
		SessionsUnsupported, CorporateIDInvalid, PSUInvalid, ServiceBlocked,
		ServiceUnknown, ProductUnknown, ProductInvalid, ExecutionDateInvalid, PaymentFailed, RightsMissing, PaymentUnreadable,
		CancellationInvalid, ReferenceMixInvalid, ReferenceStatus,
		BankUnavailable, BankRefused, RatesUnavailable,
		KYCInvalid,
	}
}
