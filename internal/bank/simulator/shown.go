package simulator

import (
	"strings"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/money"
)

// shown returns payments as a person sees them who signs them, and their sums.
func (b *connector) shown(orders []bank.PaymentOrder) ([]SessionPayment, []string) {
	out := make([]SessionPayment, len(orders))
	var sums []money.Amount
	for i := range orders {
		o := &orders[i]
		out[i] = SessionPayment{
			Amount: forEye(o.Amount), Payee: o.CreditorName, To: partyText(&o.Creditor), From: partyText(&o.Debtor),
			Bank: strings.TrimSpace(o.CreditorBank + " " + o.CreditorAgent), Text: firstOf(firstOf(o.OCR, o.Invoice), o.Unstructured),
		}
		if !o.ExecutionDate.IsZero() {
			out[i].Date = o.ExecutionDate.Format("2 January 2006")
		}
		if !o.Source.IsZero() {
			out[i].Cost = forEye(o.Source)
		}
		sums = addTo(sums, o.Amount)
	}
	totals := make([]string, len(sums))
	for i, s := range sums {
		totals[i] = forEye(s)
	}
	return out, totals
}

// addTo adds an amount to the sum of its currency.
func addTo(sums []money.Amount, a money.Amount) []money.Amount {
	for i := range sums {
		if s, err := sums[i].Add(a); err == nil {
			sums[i] = s
			return sums
		}
	}
	return append(sums, a)
}

// partyText writes the number of an account.
func partyText(p *bank.Party) string {
	switch {
	case p.Bankgiro != "":
		return "Bankgiro " + bankgiroText(p)
	case p.Plusgiro != "":
		return "Plusgiro " + plusgiroText(p)
	case p.IBAN != "":
		return p.IBAN
	case p.ClearingNumber != "":
		return p.ClearingNumber + " " + firstOf(p.BBAN, p.AccountNumber)
	}
	return firstOf(p.BBAN, p.AccountNumber)
}
