package psd2

// An AccountList is the answer to GET /accounts.
type AccountList struct {
	Accounts    []AccountDetails `json:"accounts"`
	TPPMessages []TPPMessage     `json:"tppMessages,omitempty"`
}

// AccountDetails is a payment account. It is the answer to GET
// /accounts/{account-id} too, with its messages.
type AccountDetails struct {
	ResourceID      string        `json:"resourceId,omitempty"`
	IBAN            string        `json:"iban,omitempty"`
	BBAN            string        `json:"bban,omitempty"`
	ClearingNumber  string        `json:"clearingNumber,omitempty"`
	AccountNumber   string        `json:"accountNumber,omitempty"`
	MSISDN          string        `json:"msisdn,omitempty"`
	BankgiroNumber  string        `json:"bankgiroNumber,omitempty"`
	PlusgiroNumber  string        `json:"plusgiroNumber,omitempty"`
	Currency        string        `json:"currency"` // XXX for several
	Name            string        `json:"name,omitempty"`
	Product         string        `json:"product,omitempty"`
	OwnerName       string        `json:"ownerName,omitempty"`
	Details         string        `json:"details,omitempty"`
	LinkedAccounts  string        `json:"linkedAccounts,omitempty"`
	CashAccountType string        `json:"cashAccountType,omitempty"` // ISO ExternalCashAccountType1Code
	Status          string        `json:"status,omitempty"`          // enabled, deleted or blocked
	Usage           string        `json:"usage,omitempty"`           // PRIV or ORGA
	BIC             string        `json:"bic,omitempty"`
	CreditLimit     *Amount       `json:"creditLimit,omitempty"`
	Balances        []Balance     `json:"balances,omitzero"`
	Links           *AccountLinks `json:"_links,omitempty"`
	TPPMessages     []TPPMessage  `json:"tppMessages,omitempty"`
}

// AccountLinks lead to the data that the consent opens.
type AccountLinks struct {
	Balances     *Link `json:"balances,omitempty"`
	Transactions *Link `json:"transactions,omitempty"`
}

// A Balance is a balance of an account.
type Balance struct {
	BalanceAmount            Amount `json:"balanceAmount"`
	BalanceType              string `json:"balanceType"`
	CreditLimitIncluded      *bool  `json:"creditLimitIncluded,omitempty"`
	LastChangeDateTime       string `json:"lastChangeDateTime,omitempty"` // RFC 3339
	ReferenceDate            string `json:"referenceDate,omitempty"`      // date
	LastCommittedTransaction string `json:"lastCommittedTransaction,omitempty"`
	ClearingNumber           string `json:"clearingNumber,omitempty"`
}

// BalanceReport is the answer to GET /accounts/{account-id}/balances.
type BalanceReport struct {
	Account     *AccountReference `json:"account,omitempty"`
	Balances    []Balance         `json:"balances"`
	TPPMessages []TPPMessage      `json:"tppMessages,omitempty"`
}
