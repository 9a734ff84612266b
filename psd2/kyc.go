package psd2

// A KYCForm is a new KYC form.
type KYCForm struct {
	KYCURL string `json:"kycUrl"` // for a browser; works for 24 hours
}

// The values of kycStatus.
const (
	KYCStatusValid   = "Valid"
	KYCStatusInvalid = "Invalid"
)

// A KYCStatus says whether an organisation may pay.
type KYCStatus struct {
	PSUCorporateID string  `json:"psuCorporateId"` // as the client wrote it
	KYCStatus      string  `json:"kycStatus"`
	KYCValidUntil  *string `json:"kycValidUntil"` // date, the last one; null unless valid
}

// ProblemDetails is the body of an error of the KYC service and of bulk
// payments, RFC 9457.
type ProblemDetails struct {
	Type     string `json:"type"`  // a URN
	Title    string `json:"title"` // of the status
	Status   int    `json:"status"`
	Detail   string `json:"detail,omitempty"`
	Instance string `json:"instance,omitempty"` // path of the request
}
