package simulator

import (
	"strings"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/money"
)

// Beside its own ledger, an account from which money is paid has these, so that
// payments from different accounts are in nobody's way:
//
//	clearing   what goes to other banks and comes from there, one per currency
//	position   what its bank has bought and sold for it, one per currency
//
// The position of a bank in a currency is the sum of those of its accounts.

func clearingOf(account int64, c money.Currency) int64 { return sideLedger(account, "clearing", c) }
func positionOf(account int64, c money.Currency) int64 { return sideLedger(account, "position", c) }

func sideLedger(account int64, what string, c money.Currency) int64 {
	return keyOf(account, what, string(c))
}

// accounts adds the ledgers that the payment may change, with their
// currencies; moves says that its money may move.
func (p *Payment) accounts(all map[int64]money.Currency, moves bool) {
	if p.Debtor == 0 {
		return
	}
	all[p.Debtor] = p.Debit.Currency
	if !moves {
		return
	}
	for _, m := range p.movements() {
		all[m.account] = m.currency
	}
}

// A movement is a line of a payment's journal.
type movement struct {
	account  int64
	currency money.Currency
	amount   int64
	whose    side
}

// A side says to whom a movement belongs.
type side int

const (
	aside    side = iota // a ledger without an account
	debtor               // the account that pays
	creditor             // the account that is paid
)

// movements returns what changes when the payment settles. The amounts of each
// currency sum to zero.
func (p *Payment) movements() []movement {
	sent := p.Order.Amount
	out := []movement{{p.Debtor, p.Debit.Currency, -p.Debit.Minor, debtor}}
	if p.Debit.Currency == sent.Currency {
		out = append(out, movement{clearingOf(p.Debtor, sent.Currency), sent.Currency, sent.Minor, aside})
		if fee := p.Debit.Minor - sent.Minor; fee != 0 { // a quote may have one
			out = append(out, movement{positionOf(p.Debtor, sent.Currency), sent.Currency, fee, aside})
		}
	} else {
		out = append(out,
			movement{positionOf(p.Debtor, p.Debit.Currency), p.Debit.Currency, p.Debit.Minor, aside},
			movement{positionOf(p.Debtor, sent.Currency), sent.Currency, -sent.Minor, aside},
			movement{clearingOf(p.Debtor, sent.Currency), sent.Currency, sent.Minor, aside})
	}
	if p.Creditor == 0 {
		return out
	}
	out = append(out, movement{clearingOf(p.Debtor, sent.Currency), sent.Currency, -sent.Minor, aside})
	if p.Credit.Currency != sent.Currency {
		out = append(out,
			movement{positionOf(p.Creditor, sent.Currency), sent.Currency, sent.Minor, aside},
			movement{positionOf(p.Creditor, p.Credit.Currency), p.Credit.Currency, -p.Credit.Minor, aside})
	}
	return append(out, movement{p.Creditor, p.Credit.Currency, p.Credit.Minor, creditor})
}

// ref returns the Ref of the payment's entry on the debtor's account.
func (p *Payment) ref(back bool) int64 {
	if back {
		return keyOf(0, "return", p.Ref)
	}
	return keyOf(0, "payment", p.Ref)
}

// book books the payment as of the instant, or the other way round if the
// money comes back. An account that has entries of a later day gets it on that
// day.
func (x *execution) book(p *Payment, at time.Time, back bool) {
	b, err := x.w.bank(p.BICFI)
	if err != nil {
		return // a bank that is there no longer
	}
	ref := p.ref(back)
	x.posting.Journals = append(x.posting.Journals, Journal{ID: ref, Kind: map[bool]string{true: "return", false: "payment"}[back], At: at})
	d := dayIn(at, b.info.Location)
	for i, m := range p.movements() {
		l := x.ledger(m.account)
		in := line{
			account: m.account, currency: m.currency, day: max(d, day(l.Grown)), value: d, at: at.UnixMilli(), amount: m.amount,
			ref: mix(uint64(ref), uint64(i)), //nolint:gosec // bits
		}
		if back {
			in.amount = -m.amount
		}
		switch m.whose {
		case debtor:
			in.ref, in.kind, in.text = ref, p.kind(true, back), p.text(true, back)
		case creditor:
			in.kind, in.text = p.kind(false, back), p.text(false, back)
		}
		if m.whose != aside && day(l.Grown) < d {
			x.lacking = append(x.lacking, lack{m.account, d})
		}
		l.Grown = max(l.Grown, int64(d))
		x.posting.add(l, ref, &in)
	}
}

// kind returns the kind of the payment's row, on the debtor's account or on
// the creditor's.
func (p *Payment) kind(debtor, back bool) kind {
	if back {
		return returned
	}
	out, in := domesticOut, domesticIn
	switch p.Order.Product {
	case "swedish-giro":
		out, in = giroOut, giroIn
	case sepa:
		out, in = sepaOut, sepaIn
	case "cross-border":
		out, in = crossOut, crossIn
	}
	if debtor {
		return out
	}
	return in
}

// text returns the text of the payment's row on either account.
func (p *Payment) text(debtor, back bool) string {
	o := &p.Order
	t := make([]string, parts)
	t[partMessage], t[partOCR], t[partEndToEnd], t[partPurpose] = firstOf(o.Unstructured, o.Invoice), o.OCR, o.EndToEndID, o.PurposeCode
	t[partPayment], t[partClient] = o.PaymentID, o.ClientID
	if back {
		t[partNote] = "The payment came back: the creditor's bank returned it"
	}
	rate := p.Rate
	if debtor {
		t[partName], t[partAccount], t[partGiro] = o.CreditorName, accountText(&o.Creditor), giroText(&o.Creditor)
		t[partNote] = firstOf(t[partNote], o.DebtorText)
	} else {
		rate = p.CreditRate
		t[partName], t[partAccount] = p.DebtorName, accountText(&o.Debtor)
		t[partMessage] = firstOf(t[partMessage], o.CreditorText)
	}
	if rate != "" {
		other := p.Debit.Currency
		if !debtor {
			other = p.Credit.Currency
		}
		t[partExchange] = strings.Join([]string{string(o.Amount.Currency), string(other), rate, o.Amount.Decimal()}, " ")
	}
	for i := range t {
		t[i] = strings.ReplaceAll(t[i], "\x1f", " ")
	}
	return pack(t)
}

// accountText writes an account for an entry's text: an IBAN, or another
// number with a sign before it.
func accountText(p *bank.Party) string {
	switch {
	case p.IBAN != "":
		return p.IBAN
	case p.BBAN != "":
		return "=" + p.ClearingNumber + "=" + p.BBAN
	case p.AccountNumber != "":
		return "=" + p.ClearingNumber + "=" + p.AccountNumber
	}
	return ""
}

func giroText(p *bank.Party) string {
	if p.Plusgiro != "" {
		return "=" + plusgiroText(p)
	}
	return bankgiroText(p)
}

// bankgiroText and plusgiroText write a number with its hyphen.
func bankgiroText(p *bank.Party) string { return ident.Bankgiro(digits(p.Bankgiro)).String() }
func plusgiroText(p *bank.Party) string { return ident.Plusgiro(digits(p.Plusgiro)).String() }

// partyOf reads what accountText and giroText wrote.
func partyOf(account, giro string) bank.Party {
	var p bank.Party
	if rest, ok := strings.CutPrefix(account, "="); ok {
		p.ClearingNumber, p.BBAN, _ = strings.Cut(rest, "=")
	} else {
		p.IBAN = account
	}
	if rest, ok := strings.CutPrefix(giro, "="); ok {
		p.Plusgiro = rest
	} else {
		p.Bankgiro = giro
	}
	return p
}
