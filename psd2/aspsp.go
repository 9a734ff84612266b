package psd2

// An ASPSPList is the answer to GET /aspsps, sorted by name.
type ASPSPList struct {
	ASPSPs []ASPSPItem `json:"aspsps"`
}

// An ASPSPItem is a bank in the list.
type ASPSPItem struct {
	BICFI       string `json:"bicFi"`
	Name        string `json:"name"`
	LogoURL     string `json:"logoUrl,omitempty"`     // absolute; needs no token
	CountryCode string `json:"countryCode,omitempty"` // ISO 3166-1 alpha-2
}

// An ASPSP is the answer to GET /aspsps/{bicFi}. Texts that are not known are
// empty.
type ASPSP struct {
	BICFI                         string                `json:"bicFi"`
	Name                          string                `json:"name"`
	LogoURL                       string                `json:"logoUrl,omitempty"`
	City                          string                `json:"city"`
	Country                       string                `json:"country"` // name in English
	PostalCode                    string                `json:"postalCode"`
	StreetAddress                 string                `json:"streetAddress"`
	CompanyNumber                 string                `json:"companyNumber"`
	Phone                         string                `json:"phone"`
	WebsiteURL                    string                `json:"websiteUrl"`
	GlobalPaymentProducts         []string              `json:"globalPaymentProducts"`
	SupportedAuthorizationMethods []AuthorizationMethod `json:"supportedAuthorizationMethods"`
	AffiliatedASPSPs              []AffiliatedASPSP     `json:"affiliatedAspsps"`
	AccountInformation            AccountCapabilities   `json:"accountInformation"`
	PaymentInitiation             PaymentCapabilities   `json:"paymentInitiation"`
}

// An AuthorizationMethod is OAuth2, with the URI of its discovery document, or
// Decoupled, with none.
type AuthorizationMethod struct {
	Name string `json:"name"`
	URI  string `json:"uri"`
}

// An AffiliatedASPSP is a bank that shares the BIC of another. ID is the value
// for X-AffiliatedASPSP-ID.
type AffiliatedASPSP struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// AccountCapabilities say how far back transactions go. Zero is not known.
type AccountCapabilities struct {
	TransactionHistoryMaxDays                        int `json:"transactionHistoryMaxDays,omitempty"`
	ExtendedTransactionHistoryMaxDays                int `json:"extendedTransactionHistoryMaxDays,omitempty"`
	ExtendedTransactionHistoryAvailableWindowMinutes int `json:"extendedTransactionHistoryAvailableWindowMinutes,omitempty"`
	TransactionHistoryMaxCount                       int `json:"transactionHistoryMaxCount,omitempty"`
}

// PaymentCapabilities say what a bank has for payments. SigningBasketsSupported
// is nil where nothing is known.
type PaymentCapabilities struct {
	SigningBasketsSupported *bool `json:"signingBasketsSupported,omitempty"`
	SigningBasketLimit      int   `json:"signingBasketLimit,omitempty"`
}

// A CountryList is the answer to GET /countries.
type CountryList struct {
	Countries []Country `json:"countries"`
}

// A Country is a country with its English name.
type Country struct {
	ISOCountryCode string `json:"isoCountryCode"`
	Name           string `json:"name"`
}

// A CityList is the answer to GET /cities.
type CityList struct {
	Cities []City `json:"cities"`
}

// A City is a city with a bank. CityID is a UUID that never changes.
type City struct {
	CityID         string `json:"cityId"`
	Name           string `json:"name"`
	ISOCountryCode string `json:"isoCountryCode"`
}
