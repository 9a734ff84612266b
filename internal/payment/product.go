package payment

import (
	"sluss.example/sluss/internal/aspsp"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
)

// The products.
const (
	Domestic    = "domestic"
	SwedishGiro = "swedish-giro"
	SEPA        = "sepa-credit-transfers"
	CrossBorder = "cross-border"
)

// Products returns the products, without their other names.
func Products() []string { return []string{Domestic, SwedishGiro, SEPA, CrossBorder} }

// ParseProduct returns the product of a name. Older names of cross-border are
// known too. It reports problem.ProductUnknown.
func ParseProduct(s string) (string, error) {
	switch s {
	case Domestic, SwedishGiro, SEPA, CrossBorder:
		return s, nil
	case "international", "international-tp":
		return CrossBorder, nil
	}
	return "", problem.Blame(problem.New(problem.ProductUnknown, "no such payment product"), problem.Path, "product")
}

// A need says what a product has a field for.
type need byte

// The needs.
const (
	never    need = '-' // of another product
	optional need = 'o'
	required need = 'R'
)

// fields says which fields a product has: each with the needs of domestic,
// swedish-giro, sepa-credit-transfers and cross-border, in this order.
var fields = []struct{ name, needs string }{
	{"instructedAmount", "RRRR"},
	{"debtorAccount", "RRRR"},
	{"creditorAccount", "R-RR"},
	{"creditorGiro", "-R--"},
	{"creditorName", "RRRR"},
	{"creditorAddress", "oooR"},
	{"creditorAgent", "ooRR"},
	{"creditorAgentName", "ooRR"},
	{"requestedExecutionDate", "oooo"},
	{"remittanceInformationUnstructured", "o-oo"},
	{"invoiceRef", "-oo-"},
	{"ocrRef", "-oo-"},
	{"debtorAccountMessage", "oooo"},
	{"creditorAccountMessage", "-o--"},
	{"endToEndIdentification", "oooo"},
	{"purposeCode", "---o"},
	{"regulatoryReporting", "---o"},
}

// needOf returns what the product has the field i for.
func needOf(i int, product string) need {
	for k, p := range Products() {
		if p == product {
			return need(fields[i].needs[k])
		}
	}
	return never
}

// currencyOf returns the currency of domestic payments in a country.
func currencyOf(country string) money.Currency {
	switch country {
	case "SE":
		return "SEK"
	case "NO":
		return "NOK"
	case "DK":
		return "DKK"
	case "GB":
		return "GBP"
	}
	return "EUR"
}

// currencyFor returns the only currency that a product has at a bank, empty if
// it takes any.
func currencyFor(product string, entry *aspsp.ASPSP) money.Currency {
	switch product {
	case Domestic:
		return currencyOf(entry.CountryCode)
	case SwedishGiro:
		return "SEK"
	case SEPA:
		return "EUR"
	}
	return ""
}

// checkForm returns what a bank that takes only some forms of accounts has
// against those of a payment, by field. Abroad accounts have forms of their
// own, so nothing is asked of the creditor there.
func checkForm(forms, product string, debtor *bank.Party, creditor *bank.Reference) (inDebtor, inCreditor string) {
	abroad := product == CrossBorder || product == SEPA
	switch forms {
	case "iban":
		if debtor.IBAN == "" {
			inDebtor = "this bank takes IBANs only"
		}
		if creditor.IBAN == "" && product != CrossBorder {
			inCreditor = "this bank takes IBANs only"
		}
	case "bban+clearing":
		if debtor.BBAN == "" || debtor.ClearingNumber != "" {
			inDebtor = "this bank takes a bban without a clearing number"
		}
		if (creditor.BBAN == "" && creditor.AccountNumber == "" || creditor.ClearingNumber == "") && !abroad {
			inCreditor = "this bank takes a bban with its clearingNumber"
		}
	case "bban-debtor":
		if debtor.BBAN == "" && debtor.Plusgiro == "" {
			inDebtor = "this bank takes a bban or a plusgiroNumber"
		}
		if creditor.IBAN == "" && product != CrossBorder {
			inCreditor = "this bank takes an IBAN"
		}
	}
	if product == SwedishGiro {
		inCreditor = "" // a giro number has one form
	}
	return inDebtor, inCreditor
}
