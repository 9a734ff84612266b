package psd2

// A QuoteRequest is the body of POST /fx.
type QuoteRequest struct {
	SourceCurrency         string `json:"sourceCurrency"`
	TargetCurrency         string `json:"targetCurrency"`
	CountryCode            string `json:"countryCode"`                      // that the money goes to
	Amount                 string `json:"amount"`                           // in the target currency
	RequestedExecutionDate string `json:"requestedExecutionDate,omitempty"` // spot if empty; at most 30 days ahead
}

// A QuoteCreated is the answer to POST /fx.
type QuoteCreated struct {
	FXQuoteID   string `json:"fxQuoteId"`
	FXRate      string `json:"fxRate"`      // source units for a target unit, 8 decimals
	Fee         string `json:"fee"`         // source currency, 2 decimals
	TotalAmount string `json:"totalAmount"` // source currency with the fee, 2 decimals
	ValidFrom   string `json:"validFrom"`   // UTC, 7 decimals of a second
	ValidTo     string `json:"validTo"`     // the last instant
}

// A Quote is the answer to GET /fx/{fxQuoteId}: without what the amount of the
// request came to.
type Quote struct {
	FXQuoteID string `json:"fxQuoteId"`
	FXRate    string `json:"fxRate"`
	Fee       string `json:"fee"`
	ValidFrom string `json:"validFrom"`
	ValidTo   string `json:"validTo"`
}

// An FXOrder is the answer to GET /_sluss/v1/fx-orders/{fxQuoteId}.
type FXOrder struct {
	FXQuoteID         string       `json:"fxQuoteId"`
	TransactionStatus string       `json:"transactionStatus"` // ACTC, ACSP, ACSC or RJCT
	FundingReference  string       `json:"fundingReference"`
	FundBy            string       `json:"fundBy"` // date
	TPPMessages       []TPPMessage `json:"tppMessages"`
}

// A FundingInstruction is the answer to PUT /fx/{fxQuoteId}: where and how to
// pay in what the payment abroad costs.
type FundingInstruction struct {
	CreditorAccount  AccountReference `json:"creditorAccount"` // of the client funds
	CreditorName     string           `json:"creditorName"`
	DebtorAccount    DebtorAccount    `json:"debtorAccount"` // as sent
	InstructedAmount Amount           `json:"instructedAmount"`
	CreditorAddress  Address          `json:"creditorAddress"`
	// RemittanceInformationUnstructured is the reference to quote.
	RemittanceInformationUnstructured string `json:"remittanceInformationUnstructured"`
	RequestedExecutionDate            string `json:"requestedExecutionDate"` // date in force
}
