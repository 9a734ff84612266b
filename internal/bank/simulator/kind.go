package simulator

// A kind is a kind of transaction.
type kind int64

// The kinds. They are stored: new ones come last.
const (
	opening kind = iota
	cardPurchase
	salary
	giroOut
	giroIn
	directDebit
	instantOut
	instantIn
	transferOut
	transferIn
	giroDeposit // a lump sum of many payments to one bankgiro
	fee
	interest
	crossOut
	crossIn
	salaries
	tax
	cardPayment // of a card's bill
	domesticOut
	domesticIn
	sepaOut
	sepaIn
	returned // a payment that came back
)

// A code is what a kind is called on the wire.
type code struct{ domain, own, purpose string }

// codes has the codes of the kinds.
//
//nolint:gochecknoglobals // a table
var codes = [...]code{
	cardPurchase: {"PMNT-CCRD-POSD", "CARD", ""},
	salary:       {"PMNT-RCDT-SALA", "SALARY", "SALA"},
	giroOut:      {"PMNT-ICDT-VCOM", "GIRO-OUT", ""},
	giroIn:       {"PMNT-RCDT-VCOM", "GIRO-IN", ""},
	directDebit:  {"PMNT-RDDT-PMDD", "AUTOGIRO", ""},
	instantOut:   {"PMNT-IRCT-DMCT", "INSTANT-OUT", ""},
	instantIn:    {"PMNT-RRCT-DMCT", "INSTANT-IN", ""},
	transferOut:  {"PMNT-ICDT-BOOK", "TRANSFER-OUT", ""},
	transferIn:   {"PMNT-RCDT-BOOK", "TRANSFER-IN", ""},
	giroDeposit:  {"PMNT-RCDT-ATXN", "GIRO-LUMP", ""},
	fee:          {"ACMT-MDOP-CHRG", "FEE", ""},
	interest:     {"ACMT-MCOP-INTR", "INTEREST", "INTE"},
	crossOut:     {"PMNT-ICDT-XBCT", "FOREIGN-OUT", ""},
	crossIn:      {"PMNT-RCDT-XBCT", "FOREIGN-IN", ""},
	salaries:     {"PMNT-ICDT-SALA", "PAYROLL", "SALA"},
	tax:          {"PMNT-ICDT-DMCT", "TAX", "TAXS"},
	cardPayment:  {"PMNT-RCDT-OTHR", "CARD-BILL", ""},
	domesticOut:  {"PMNT-ICDT-DMCT", "PAYMENT-OUT", ""},
	domesticIn:   {"PMNT-RCDT-DMCT", "PAYMENT-IN", ""},
	sepaOut:      {"PMNT-ICDT-ESCT", "SEPA-OUT", ""},
	sepaIn:       {"PMNT-RCDT-ESCT", "SEPA-IN", ""},
	returned:     {"PMNT-ICDT-RRTN", "RETURNED", ""},
}

func (k kind) code() code {
	if k < 0 || int(k) >= len(codes) {
		return code{}
	}
	return codes[k]
}

// The parts of an entry's text, in order.
const (
	partName     = iota // the other side
	partAccount         // its IBAN
	partGiro            // its bankgiro number
	partMessage         // free text
	partOCR             // structured reference
	partEndToEnd        // end-to-end id
	partMandate         // of a direct debit
	partExchange        // source, target, rate and amount in the source currency, apart by spaces
	partFee             // minor units
	partMerchant        // merchant category and city, apart by a space
	partPayment         // paymentId of the payment that it is
	partClient          // the app that made it
	partPurpose         // purpose code
	partNote            // the debtor's own text, or the bank's
	parts
)
