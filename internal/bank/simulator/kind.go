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

func (k kind) code() code {
	switch k {
	case cardPurchase:
		return code{"PMNT-CCRD-POSD", "CARD", ""}
	case salary:
		return code{"PMNT-RCDT-SALA", "SALARY", "SALA"}
	case giroOut:
		return code{"PMNT-ICDT-VCOM", "GIRO-OUT", ""}
	case giroIn:
		return code{"PMNT-RCDT-VCOM", "GIRO-IN", ""}
	case directDebit:
		return code{"PMNT-RDDT-PMDD", "AUTOGIRO", ""}
	case instantOut:
		return code{"PMNT-IRCT-DMCT", "INSTANT-OUT", ""}
	case instantIn:
		return code{"PMNT-RRCT-DMCT", "INSTANT-IN", ""}
	case transferOut:
		return code{"PMNT-ICDT-BOOK", "TRANSFER-OUT", ""}
	case transferIn:
		return code{"PMNT-RCDT-BOOK", "TRANSFER-IN", ""}
	case giroDeposit:
		return code{"PMNT-RCDT-ATXN", "GIRO-LUMP", ""}
	case fee:
		return code{"ACMT-MDOP-CHRG", "FEE", ""}
	case interest:
		return code{"ACMT-MCOP-INTR", "INTEREST", "INTE"}
	case crossOut:
		return code{"PMNT-ICDT-XBCT", "FOREIGN-OUT", ""}
	case crossIn:
		return code{"PMNT-RCDT-XBCT", "FOREIGN-IN", ""}
	case salaries:
		return code{"PMNT-ICDT-SALA", "PAYROLL", "SALA"}
	case tax:
		return code{"PMNT-ICDT-DMCT", "TAX", "TAXS"}
	case cardPayment:
		return code{"PMNT-RCDT-OTHR", "CARD-BILL", ""}
	case domesticOut:
		return code{"PMNT-ICDT-DMCT", "PAYMENT-OUT", ""}
	case domesticIn:
		return code{"PMNT-RCDT-DMCT", "PAYMENT-IN", ""}
	case sepaOut:
		return code{"PMNT-ICDT-ESCT", "SEPA-OUT", ""}
	case sepaIn:
		return code{"PMNT-RCDT-ESCT", "SEPA-IN", ""}
	case returned:
		return code{"PMNT-ICDT-RRTN", "RETURNED", ""}
	}
	return code{}
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
