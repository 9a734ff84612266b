package simulator

import (
	"strconv"
	"strings"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/money"
)

// A filler makes transactions of an account from the entries of its ledger.
type filler struct {
	a        *Account
	currency money.Currency
	own      bank.Reference // as the other side's bank knows it
	owner    string
	day      day // of date
	date     time.Time
}

func newFiller(a *Account) *filler {
	f := &filler{a: a, currency: a.currency(), day: -1}
	if a.Payment != nil {
		f.own, f.owner = a.Payment.Reference, a.Payment.OwnerName
	}
	return f
}

// dateOf is day.time, which rows that follow each other often share.
func (f *filler) dateOf(d day) time.Time {
	if d != f.day {
		f.day, f.date = d, d.time()
	}
	return f.date
}

// booked fills t from e. The balance after it is put into after.
func (f *filler) booked(t *bank.Transaction, e *Entry, after *bank.Balance) {
	f.fill(t, kind(e.Kind), e.Amount, e.Text)
	t.ID, t.EntryReference = transactionID(bookedPrefix, e.Ref), entryReference(e)
	t.BookingDate, t.ValueDate = f.dateOf(day(e.Day)), f.dateOf(day(e.Value))
	*after = bank.Balance{Amount: money.Amount{Minor: e.Balance, Currency: f.currency}, Type: "closingBooked"}
	t.BalanceAfter = after
	f.exchange(t.Exchange, t.BookingDate)
}

// pending fills t from a reservation.
func (f *filler) pending(t *bank.Transaction, r *row, ids string) {
	f.fill(t, r.kind, r.amount, r.text)
	prefix := bookedPrefix
	if ids == "change" {
		prefix = heldPrefix
	}
	t.ID, t.ValueDate = transactionID(prefix, r.ref), r.origin.time()
	f.exchange(t.Exchange, t.ValueDate)
}

func (f *filler) exchange(list []bank.Exchange, on time.Time) {
	for i := range list {
		list[i].QuotationDate = on
	}
}

// fill sets what the kind, the amount and the text say.
func (f *filler) fill(t *bank.Transaction, k kind, amount int64, text string) {
	p := unpack(text)
	c := k.code()
	t.Amount = money.Amount{Minor: amount, Currency: f.currency}
	t.PaymentID, t.PaymentClientID, t.AdditionalInformation = p[partPayment], p[partClient], p[partNote]
	t.BankTransactionCode, t.ProprietaryCode, t.PurposeCode = c.domain, c.own, c.purpose
	t.Unstructured, t.Structured, t.EndToEndID, t.MandateID = p[partMessage], p[partOCR], p[partEndToEnd], p[partMandate]
	if k == cardPurchase {
		t.AdditionalInformation = "Card purchase, merchant category " + p[partMerchant]
	}
	if p[partPurpose] != "" {
		t.PurposeCode = p[partPurpose]
	}
	other := partyOf(p[partAccount], p[partGiro])
	if amount < 0 {
		t.CreditorName = p[partName]
		if other != (bank.Party{}) {
			t.CreditorAccount = &other
		}
		if p[partMandate] != "" {
			t.CreditorID = "TEST-" + strings.ReplaceAll(p[partGiro], "-", "")
		}
	} else {
		t.DebtorName = p[partName]
		if p[partAccount] != "" {
			t.DebtorAccount = &other.Reference
		}
	}
	if p[partExchange] != "" {
		t.Exchange = exchangeOf(p[partExchange])
	}
	if p[partFee] != "" {
		if n, err := strconv.ParseInt(p[partFee], 10, 64); err == nil {
			t.Fees = []bank.Fee{{Amount: money.Amount{Minor: n, Currency: f.currency}, Bearer: "DEBT"}}
		}
	}
}

// exchangeOf reads the part of a text that tells of an exchange: one unit of
// the source currency was worth the rate.
func exchangeOf(s string) []bank.Exchange {
	w := strings.Fields(s)
	if len(w) != 4 {
		return nil
	}
	return []bank.Exchange{{
		SourceCurrency: money.Currency(w[0]), UnitCurrency: money.Currency(w[0]), TargetCurrency: money.Currency(w[1]), Rate: w[2],
	}}
}

// card makes a card transaction of a row's parts.
func (f *filler) card(r *row) bank.CardTransaction {
	p := unpack(r.text)
	mcc, city, _ := strings.Cut(p[partMerchant], " ")
	t := bank.CardTransaction{
		ID: transactionID(bookedPrefix, r.ref), TransactionDate: r.origin.time(), Details: p[partMessage], MaskedPAN: f.a.Card.MaskedPAN,
		Amount: money.Amount{Minor: r.amount, Currency: f.currency}, ProprietaryCode: r.kind.code().own, MerchantCategory: mcc,
		Invoiced: r.kind == cardPayment,
	}
	if r.kind != cardPurchase {
		return t
	}
	t.TerminalID, t.AcceptorID = "TEST"+mcc, "TEST-"+mcc+"-"+strconv.Itoa(len(p[partName]))
	t.AcceptorCity, t.AcceptorCountry = city, "SE"
	if len(f.a.BICFI) >= 6 {
		t.AcceptorCountry = string(f.a.BICFI[4:6])
	}
	for _, abroad := range []string{"US", "DE"} {
		if c, found := strings.CutSuffix(city, " "+abroad); found {
			t.AcceptorCity, t.AcceptorCountry = c, abroad
		}
	}
	if w := strings.Fields(p[partExchange]); len(w) == 4 {
		t.Exchange = exchangeOf(p[partExchange])
		f.exchange(t.Exchange, t.TransactionDate)
		if n, err := strconv.ParseInt(w[3], 10, 64); err == nil {
			t.Original = &money.Amount{Minor: -n, Currency: money.Currency(w[0])}
			markup := -r.amount * 175 / 10_000
			t.MarkupFee, t.MarkupPercentage = &money.Amount{Minor: markup, Currency: f.currency}, "1.75"
		}
	}
	return t
}
