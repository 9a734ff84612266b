package psd2

// A TransactionReport is the answer to GET
// /accounts/{account-id}/transactions: one page.
type TransactionReport struct {
	Account      *AccountReference `json:"account,omitempty"`
	Transactions Transactions      `json:"transactions"`
	Balances     []Balance         `json:"balances,omitzero"`
	TPPMessages  []TPPMessage      `json:"tppMessages,omitempty"`
}

// Transactions are the rows of a page. A kind of rows that was not asked for
// is nil and left out.
type Transactions struct {
	Booked  []Transaction `json:"booked,omitzero"`
	Pending []Transaction `json:"pending,omitzero"`
	Links   PageLinks     `json:"_links"`
}

// PageLinks lead from a page to its account and to the pages beside it. Next
// is nil on the last page, First and Previous are on the first.
type PageLinks struct {
	Account     *Link `json:"account,omitempty"`     // of an account
	CardAccount *Link `json:"cardAccount,omitempty"` // of a card account
	First       *Link `json:"first,omitempty"`
	Next        *Link `json:"next,omitempty"`
	Previous    *Link `json:"previous,omitempty"`
	Last        *Link `json:"last,omitempty"` // some banks; not by sluss
}

// A Transaction is a row of an account. It is the answer to GET
// /accounts/{account-id}/transactions/{transactionId} too, with its messages.
// Debits are negative, but clients meet banks that leave the sign out.
type Transaction struct {
	TransactionID     string `json:"transactionId,omitempty"`
	TransactionListID string `json:"transactionListId,omitempty"` // hash of a booked row's own fields
	EntryReference    string `json:"entryReference,omitempty"`
	EndToEndID        string `json:"endToEndId,omitempty"`
	MandateID         string `json:"mandateId,omitempty"`
	CheckID           string `json:"checkId,omitempty"`
	CreditorID        string `json:"creditorId,omitempty"`
	PaymentID         string `json:"paymentId,omitempty"` // only of payments of the same app

	BookingDate             string             `json:"bookingDate,omitempty"` // date
	ValueDate               string             `json:"valueDate,omitempty"`   // date
	TransactionAmount       Amount             `json:"transactionAmount"`
	BalanceAfterTransaction *Balance           `json:"balanceAfterTransaction,omitempty"`
	CurrencyExchange        []CurrencyExchange `json:"currencyExchange,omitempty"`

	CreditorName         string            `json:"creditorName,omitempty"`
	CreditorAccount      *CreditorAccount  `json:"creditorAccount,omitempty"`
	UltimateCreditor     string            `json:"ultimateCreditor,omitempty"`
	DebtorName           string            `json:"debtorName,omitempty"`
	DebtorAccount        *AccountReference `json:"debtorAccount,omitempty"`
	UltimateDebtor       string            `json:"ultimateDebtor,omitempty"`
	DebtorAddress        *Address          `json:"debtorAddress,omitempty"`
	DebtorOrganisationID string            `json:"debtorOrganisationId,omitempty"`

	RemittanceUnstructured      string                `json:"remittanceInformationUnstructured,omitempty"`
	RemittanceUnstructuredArray []string              `json:"remittanceInformationUnstructuredArray,omitempty"`
	RemittanceStructured        string                `json:"remittanceInformationStructured,omitempty"`
	RemittanceStructuredArray   *StructuredRemittance `json:"remittanceInformationStructuredArray,omitempty"` // one object, despite its name

	AdditionalInformation          string `json:"additionalInformation,omitempty"`
	PurposeCode                    string `json:"purposeCode,omitempty"`         // ISO ExternalPurpose1Code
	BankTransactionCode            string `json:"bankTransactionCode,omitempty"` // such as PMNT-RCDT-ESCT
	ProprietaryBankTransactionCode string `json:"proprietaryBankTransactionCode,omitempty"`
	TransactionFees                []Fee  `json:"transactionFees,omitempty"`

	Links       *TransactionLinks `json:"_links,omitempty"`
	TPPMessages []TPPMessage      `json:"tppMessages,omitempty"`
}

// TransactionLinks lead from a row to more of it.
type TransactionLinks struct {
	TransactionDetails *Link `json:"transactionDetails,omitempty"`
	ProofOfPayment     *Link `json:"proofOfPayment,omitempty"` // booked cross-border payments only
}

// A CreditorAccount is the account of a row's creditor. The giro numbers have
// other names here than on an account.
type CreditorAccount struct {
	IBAN      string `json:"iban,omitempty"`
	BBAN      string `json:"bban,omitempty"`
	PAN       string `json:"pan,omitempty"`
	MaskedPAN string `json:"maskedPan,omitempty"`
	MSISDN    string `json:"msisdn,omitempty"`
	Currency  string `json:"currency,omitempty"`
	BankGiro  string `json:"bankGiro,omitempty"`
	PlusGiro  string `json:"plusGiro,omitempty"`
}

// A CurrencyExchange is a conversion within a row. The rate is a decimal.
type CurrencyExchange struct {
	SourceCurrency         string `json:"sourceCurrency"`
	ExchangeRate           string `json:"exchangeRate"`
	UnitCurrency           string `json:"unitCurrency"`
	TargetCurrency         string `json:"targetCurrency"`
	QuotationDate          string `json:"quotationDate"` // date
	ContractIdentification string `json:"contractIdentification,omitempty"`
}

// A Fee is a fee of a row. Its members have capital initials on the wire.
type Fee struct {
	Amount       Amount `json:"Amount"`
	ChargeBearer string `json:"ChargeBearer,omitempty"`
}

// StructuredRemittance is the structured remittance of a row.
type StructuredRemittance struct {
	ReferredDocumentInformation     *ReferredDocument       `json:"referredDocumentInformation,omitempty"`
	ReferredDocumentAmount          *ReferredDocumentAmount `json:"referredDocumentAmount,omitempty"`
	CreditorReferenceInformation    *CreditorReference      `json:"creditorReferenceInformation,omitempty"`
	AdditionalRemittanceInformation []string                `json:"additionalRemittanceInformation,omitempty"`
}

// A ReferredDocument is the document that a row pays, such as an invoice.
type ReferredDocument struct {
	TypeCode        string `json:"typeCode,omitempty"`
	TypeProprietary string `json:"typeProprietary,omitempty"`
	TypeIssuer      string `json:"typeIssuer,omitempty"`
	Number          string `json:"number,omitempty"`
	RelatedDate     string `json:"relatedDate,omitempty"` // date
}

// A ReferredDocumentAmount is what a row's document says of money.
type ReferredDocumentAmount struct {
	DuePayableAmount *Amount `json:"duePayableAmount,omitempty"`
	CreditNoteAmount *Amount `json:"creditNoteAmount,omitempty"`
	RemittedAmount   *Amount `json:"remittedAmount,omitempty"`
}

// A CreditorReference is the reference that the creditor gave.
type CreditorReference struct {
	Reference                string `json:"reference,omitempty"`
	ReferenceTypeCode        string `json:"referenceTypeCode,omitempty"`
	ReferenceTypeProprietary string `json:"referenceTypeProprietary,omitempty"`
}
