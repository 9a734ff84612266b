package psd2

// A Link leads to a resource. Href is a path on the API's host; only scaOAuth
// and scaRedirect are absolute.
type Link struct {
	Href string `json:"href"`
}

// An Amount is an amount of money. Amount is a decimal with a dot and, if
// negative, a minus.
type Amount struct {
	Currency string `json:"currency"` // ISO 4217
	Amount   string `json:"amount"`
}

// An AccountReference names an account by exactly one identifier.
// ClearingNumber goes with BBAN or AccountNumber.
type AccountReference struct {
	IBAN           string `json:"iban,omitempty"`
	BBAN           string `json:"bban,omitempty"`
	ClearingNumber string `json:"clearingNumber,omitempty"`
	AccountNumber  string `json:"accountNumber,omitempty"`
	PAN            string `json:"pan,omitempty"`
	MaskedPAN      string `json:"maskedPan,omitempty"`
	MSISDN         string `json:"msisdn,omitempty"`
	Currency       string `json:"currency,omitempty"`
}

// An Address is a postal address. Country is ISO 3166-1 alpha-2.
type Address struct {
	Country        string `json:"country"`
	Street         string `json:"street,omitempty"`
	BuildingNumber string `json:"buildingNumber,omitempty"`
	City           string `json:"city,omitempty"`
	PostalCode     string `json:"postalCode,omitempty"`
}
