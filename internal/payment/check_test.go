package payment

import (
	"testing"

	"sluss.example/sluss/internal/bank"
)

// FuzzCheck looks that what passes the checks is what was asked for, for any
// text in any field of any product, and that nothing breaks them.
func FuzzCheck(f *testing.F) {
	f.Add("domestic", "SEK", "150.00", "SE4550000000058398257466", "SE1412000000000012345678", "Leverantör AB", "1234567897", false)
	f.Add("swedish-giro", "SEK", "1", "5050-1055", "BANKGIRO", "x", "12", true)
	f.Add("sepa-credit-transfers", "EUR", "0.01", "x", "DE89370400440532013000", "\x00", "RF18539007547034", true)
	f.Add("cross-border", "JPY", "1.0", "", "", "", "", false)
	f.Fuzz(func(t *testing.T, product, currency, amount, from, to, name, ref string, strict bool) {
		product, err := ParseProduct(product)
		if err != nil {
			return
		}
		r := Request{
			Amount: &Amount{currency, amount}, Debtor: &bank.Party{Reference: bank.Reference{IBAN: from}}, Creditor: &bank.Reference{IBAN: to},
			Giro: &Giro{from, to}, CreditorName: name, OCR: ref, Agent: "CHASUS33", AgentName: name,
			Address: &bank.Address{Country: "US", Street: name, City: name, PostalCode: name}, Strict: strict,
		}
		o, err := r.check(product, info(), noon)
		if err != nil {
			return
		}
		if o.Amount.Minor <= 0 || string(o.Amount.Currency) != currency || o.CreditorName != name || o.Product != product {
			t.Errorf("%s %s to %q becomes %+v", amount, currency, name, o)
		}
		if giro := o.Creditor.Bankgiro + o.Creditor.Plusgiro; (giro != "") != (product == SwedishGiro) || (o.Creditor.IBAN != "") == (giro != "") {
			t.Errorf("%s pays to %+v", product, o.Creditor)
		}
	})
}
