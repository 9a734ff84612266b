package psd2

// A CardAccountList is the answer to GET /card-accounts.
type CardAccountList struct {
	CardAccounts []CardAccountDetails `json:"cardAccounts"`
	TPPMessages  []TPPMessage         `json:"tppMessages,omitempty"`
}

// CardAccountDetails is the account of a card. It is the answer to GET
// /card-accounts/{account-id} too, with its messages.
type CardAccountDetails struct {
	ResourceID      string        `json:"resourceId,omitempty"`
	MaskedPAN       string        `json:"maskedPan"`
	Currency        string        `json:"currency"`
	OwnerName       string        `json:"ownerName,omitempty"`
	Name            string        `json:"name,omitempty"`
	DisplayName     string        `json:"displayName,omitempty"`
	Product         string        `json:"product,omitempty"`
	DebitAccounting *bool         `json:"debitAccounting,omitempty"`
	Status          string        `json:"status,omitempty"` // enabled, deleted or blocked
	Usage           string        `json:"usage,omitempty"`  // PRIV or ORGA
	Details         string        `json:"details,omitempty"`
	CreditLimit     *Amount       `json:"creditLimit,omitempty"`
	Balances        []Balance     `json:"balances,omitzero"`
	Links           *AccountLinks `json:"_links,omitempty"`
	TPPMessages     []TPPMessage  `json:"tppMessages,omitempty"`
}

// A CardReference names a card account.
type CardReference struct {
	MaskedPAN string `json:"maskedPan"`
	Currency  string `json:"currency"`
}

// CardBalanceReport is the answer to GET /card-accounts/{account-id}/balances.
type CardBalanceReport struct {
	CardAccount *CardReference `json:"cardAccount,omitempty"`
	Balances    []Balance      `json:"balances"`
	TPPMessages []TPPMessage   `json:"tppMessages,omitempty"`
}

// A CardTransactionReport is the answer to GET
// /card-accounts/{account-id}/transactions: one page.
type CardTransactionReport struct {
	CardAccount      *CardReference   `json:"cardAccount,omitempty"`
	CardTransactions CardTransactions `json:"cardTransactions"`
	Balances         []Balance        `json:"balances,omitzero"`
	TPPMessages      []TPPMessage     `json:"tppMessages,omitempty"`
}

// CardTransactions are the rows of a page. Booked is always there, Pending is
// left out if it was not asked for.
type CardTransactions struct {
	Booked  []CardTransaction `json:"booked"`
	Pending []CardTransaction `json:"pending,omitzero"`
	Links   PageLinks         `json:"_links"`
}

// A CardTransaction is a row of a card account. The masked number has another
// name here than on the account.
type CardTransaction struct {
	CardTransactionID              string             `json:"cardTransactionId,omitempty"`
	TerminalID                     string             `json:"terminalId,omitempty"`
	TransactionDate                string             `json:"transactionDate,omitempty"` // date
	BookingDate                    string             `json:"bookingDate,omitempty"`     // date
	TransactionAmount              Amount             `json:"transactionAmount"`
	CurrencyExchange               []CurrencyExchange `json:"currencyExchange,omitempty"`
	OriginalAmount                 *Amount            `json:"originalAmount,omitempty"`
	MarkupFee                      *Amount            `json:"markupFee,omitempty"`
	MarkupFeePercentage            string             `json:"markupFeePercentage,omitempty"` // decimal
	CardAcceptorID                 string             `json:"cardAcceptorId,omitempty"`
	CardAcceptorAddress            *Address           `json:"cardAcceptorAddress,omitempty"`
	MerchantCategoryCode           string             `json:"merchantCategoryCode,omitempty"` // four digits
	MaskedPAN                      string             `json:"maskedPAN,omitempty"`
	TransactionDetails             string             `json:"transactionDetails,omitempty"`
	Invoiced                       *bool              `json:"invoiced,omitempty"`
	ProprietaryBankTransactionCode string             `json:"proprietaryBankTransactionCode,omitempty"`
}
