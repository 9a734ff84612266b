package psd2

// A Category says how to take a message.
type Category string

// The categories. Unmapped is a bank's own message, passed through.
const (
	Error       Category = "ERROR"
	Warning     Category = "WARNING"
	Information Category = "INFORMATION"
	Unmapped    Category = "UNMAPPED"
)

// A Code is a message code. Clients must take it as an open string: banks and
// later versions have more.
type Code string

// The message codes of errors.
const (
	FormatError             Code = "FORMAT_ERROR"
	ParameterNotConsistent  Code = "PARAMETER_NOT_CONSISTENT"
	ParameterNotSupported   Code = "PARAMETER_NOT_SUPPORTED"
	ServiceInvalid          Code = "SERVICE_INVALID"
	ServiceBlocked          Code = "SERVICE_BLOCKED"
	ResourceUnknown         Code = "RESOURCE_UNKNOWN"
	ResourceExpired         Code = "RESOURCE_EXPIRED"
	ResourceBlocked         Code = "RESOURCE_BLOCKED"
	TimestampInvalid        Code = "TIMESTAMP_INVALID"
	PeriodInvalid           Code = "PERIOD_INVALID"
	SCAMethodUnknown        Code = "SCA_METHOD_UNKNOWN"
	SessionsNotSupported    Code = "SESSIONS_NOT_SUPPORTED"
	ConsentUnknown          Code = "CONSENT_UNKNOWN"
	ConsentInvalid          Code = "CONSENT_INVALID"
	ConsentExpired          Code = "CONSENT_EXPIRED"
	CertificateMissing      Code = "CERTIFICATE_MISSING"
	CertificateInvalid      Code = "CERTIFICATE_INVALID"
	CertificateExpired      Code = "CERTIFICATE_EXPIRED"
	CertificateBlocked      Code = "CERTIFICATE_BLOCKED"
	CertificateRevoked      Code = "CERTIFICATE_REVOKE"
	SignatureMissing        Code = "SIGNATURE_MISSING"
	SignatureInvalid        Code = "SIGNATURE_INVALID"
	CorporateIDInvalid      Code = "CORPORATE_ID_INVALID"
	PSUCredentialsInvalid   Code = "PSU_CREDENTIALS_INVALID"
	TokenUnknown            Code = "TOKEN_UNKNOWN"
	TokenInvalid            Code = "TOKEN_INVALID"
	TokenExpired            Code = "TOKEN_EXPIRED"
	RequestedFormatsInvalid Code = "REQUESTED_FORMATS_INVALID"
	StatusInvalid           Code = "STATUS_INVALID"
	TPPKYCInvalid           Code = "TPP_KYC_INVALID" // of the PSU's organisation
	AccessExceeded          Code = "ACCESS_EXCEEDED"
	ServiceUnavailable      Code = "SERVICE_UNAVAILABLE"
	InternalServerError     Code = "INTERNAL_SERVER_ERROR"
	Raw                     Code = "RAW" // a bank's own message
	ProductInvalid          Code = "PRODUCT_INVALID"
	ProductUnknown          Code = "PRODUCT_UNKNOWN"
	ExecutionDateInvalid    Code = "EXECUTION_DATE_INVALID"
	PaymentFailed           Code = "PAYMENT_FAILED"
	CancellationInvalid     Code = "CANCELLATION_INVALID"
	BankServiceUnavailable  Code = "BANK_SERVICE_UNAVAILABLE"
	ReferenceMixInvalid     Code = "REFERENCE_MIX_INVALID"
	ReferenceStatusInvalid  Code = "REFERENCE_STATUS_INVALID"
)

// The message codes of answers that are no errors: how an SCA goes or why it
// failed, and warnings.
const (
	AuthorisationPending         Code = "AUTHORISATION_PENDING_API" // another signature is needed
	AuthenticationSessionExpired Code = "AUTHENTICATION_SESSION_EXPIRED"
	BankIDNotActivated           Code = "BANKID_NOT_ACTIVATED"
	UserCancel                   Code = "USER_CANCEL"
	PSURightsMissing             Code = "PSU_RIGHTS_MISSING"
	GenericWarning               Code = "WARNING"
	CreditorNameCloseMatch       Code = "CREDITOR_NAME_CLOSE_MATCH"
	CreditorNameMismatch         Code = "CREDITOR_NAME_MISMATCH"
	CreditorNameUnverified       Code = "CREDITOR_NAME_UNVERIFIED" // nobody could say whose account it is
	CreditorAccountFlagged       Code = "CREDITOR_ACCOUNT_FLAGGED" // on a watch list
)

// A TPPMessage tells the TPP's developer something, in English.
type TPPMessage struct {
	Category Category `json:"category"`
	Code     Code     `json:"code"`
	Path     string   `json:"path,omitempty"` // JSON field path, or header or parameter name
	Text     string   `json:"text,omitempty"` // at most 512 characters
}

// ErrorInformation is the body of an error.
type ErrorInformation struct {
	TPPMessages []TPPMessage    `json:"tppMessages"`
	PSUMessage  string          `json:"psuMessage,omitempty"` // for the PSU; some 403 of payments
	Links       map[string]Link `json:"_links,omitempty"`
}

// ProblemContentType is the content type of [Problem].
const ProblemContentType = "application/problem+json"

// A Problem is the other form of an error's body, RFC 9457. It is sent to
// those who prefer it by their Accept header.
type Problem struct {
	Type             string          `json:"type"`            // a URN, at most 70 characters
	Title            string          `json:"title,omitempty"` // at most 70 characters
	Detail           string          `json:"detail,omitempty"`
	Code             Code            `json:"code"`
	Path             string          `json:"path,omitempty"` // as in [TPPMessage]
	AdditionalErrors []ProblemDetail `json:"additionalErrors,omitempty"`
	Links            map[string]Link `json:"_links,omitempty"`
}

// A ProblemDetail is a further fault of the same request.
type ProblemDetail struct {
	Title  string `json:"title,omitempty"`
	Detail string `json:"detail,omitempty"`
	Code   Code   `json:"code"`
	Path   string `json:"path,omitempty"`
}
