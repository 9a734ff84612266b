package psd2

// An AccountAccess is what a consent opens. At most one of its four forms is
// used: none at all, arrays, AvailableAccounts, AllPSD2. An empty array means
// all accounts; a nil one is absent.
type AccountAccess struct {
	Accounts          []AccountReference `json:"accounts,omitzero"`
	Balances          []AccountReference `json:"balances,omitzero"`
	Transactions      []AccountReference `json:"transactions,omitzero"`
	AvailableAccounts string             `json:"availableAccounts,omitempty"` // allAccounts, allAccountsWithBalances or selectAccounts
	AllPSD2           string             `json:"allPsd2,omitempty"`           // allAccounts
}

// A ConsentRequest is the body of POST /consents.
type ConsentRequest struct {
	Access                   AccountAccess `json:"access"`
	RecurringIndicator       bool          `json:"recurringIndicator"`
	ValidUntil               string        `json:"validUntil"`      // date of the bank's country
	FrequencyPerDay          int           `json:"frequencyPerDay"` // calls without the PSU
	CombinedServiceIndicator bool          `json:"combinedServiceIndicator"`
}

// A ConsentCreated is the answer to POST /consents.
type ConsentCreated struct {
	ConsentStatus   string              `json:"consentStatus"`
	ConsentID       string              `json:"consentId"`
	SCAMethods      []SCAMethod         `json:"scaMethods"`
	ChosenSCAMethod *SCAMethod          `json:"chosenScaMethod,omitempty"`
	ChallengeData   *ChallengeData      `json:"challengeData,omitempty"`
	Message         string              `json:"message,omitempty"`
	Links           ConsentCreatedLinks `json:"_links"`
	TPPMessages     []TPPMessage        `json:"tppMessages,omitempty"`
}

// ConsentCreatedLinks lead on from a new consent.
type ConsentCreatedLinks struct {
	Self               Link `json:"self"`
	Status             Link `json:"status"`
	StartAuthorisation Link `json:"startAuthorisation"`
}

// ConsentInformation is the answer to GET /consents/{consentId}, with the
// values in force.
type ConsentInformation struct {
	Access             AccountAccess `json:"access"`
	RecurringIndicator bool          `json:"recurringIndicator"`
	ValidUntil         string        `json:"validUntil"` // date
	FrequencyPerDay    int           `json:"frequencyPerDay"`
	LastActionDate     string        `json:"lastActionDate"` // date
	ConsentStatus      string        `json:"consentStatus"`
	ConsentID          string        `json:"consentId"`
	Links              *ConsentLinks `json:"_links,omitempty"`
	TPPMessages        []TPPMessage  `json:"tppMessages,omitempty"`
}

// ConsentLinks lead from a valid consent to what it opens.
type ConsentLinks struct {
	Account     *Link `json:"account,omitempty"`
	CardAccount *Link `json:"card-account,omitempty"`
}

// ConsentStatus is the answer to GET /consents/{consentId}/status.
type ConsentStatus struct {
	ConsentStatus string       `json:"consentStatus"`
	TPPMessages   []TPPMessage `json:"tppMessages,omitempty"`
}
