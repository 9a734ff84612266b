package simulator

import (
	"context"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
)

// Accounts implements [bank.AccountReader].
func (b *connector) Accounts(ctx context.Context, c bank.Customer) ([]bank.Account, error) {
	cl, err := b.client(ctx, owner(c))
	if err != nil {
		return nil, err
	}
	return slices.Clip(cl.payment), nil
}

// Balances implements [bank.AccountReader].
func (b *connector) Balances(ctx context.Context, c bank.Customer, id string) ([]bank.Balance, error) {
	a, err := b.account(ctx, c, id)
	if err != nil {
		return nil, err
	}
	return b.balances(ctx, a)
}

// balances returns what is booked, and what is available: that less what is
// reserved, with the credit limit.
func (b *connector) balances(ctx context.Context, a *Account) ([]bank.Balance, error) {
	if err := b.current(ctx, a); err != nil {
		return nil, err
	}
	l, err := b.w.o.Store.Ledger(ctx, a.Key)
	if err != nil {
		return nil, err
	}
	now, today := b.now()
	currency := a.currency()
	booked := bank.Balance{
		Amount: money.Amount{Minor: l.Balance, Currency: currency}, Type: "closingBooked", ReferenceDate: today.time(),
		LastChange: today.startIn(b.info.Location),
	}
	last, err := b.w.o.Store.Entries(ctx, EntryQuery{
		Account: a.Key, ToDay: math.MaxInt64, MinSeq: 1, MaxSeq: math.MaxInt64, BookedBefore: math.MaxInt64,
		Day: math.MaxInt64, Seq: math.MaxInt64, Limit: 1,
	})
	if err != nil {
		return nil, err
	}
	if len(last) > 0 {
		booked.LastTransaction, booked.LastChange = entryReference(&last[0]), time.UnixMilli(last[0].At).UTC()
	}
	free := bank.Balance{
		Amount: booked.Amount, Type: "interimAvailable", ReferenceDate: booked.ReferenceDate, LastChange: booked.LastChange,
		LastTransaction: booked.LastTransaction,
	}
	free.Amount.Minor = b.available(a, &l, now)
	free.CreditLimitIncluded = a.limit() != nil
	return []bank.Balance{booked, free}, nil
}

func (a *Account) limit() *money.Amount {
	if a.Card != nil {
		return a.Card.CreditLimit
	}
	return a.Payment.CreditLimit
}

// Transactions implements [bank.AccountReader].
func (b *connector) Transactions(ctx context.Context, q bank.TransactionQuery) (bank.TransactionPage, error) {
	a, s, err := b.rows(ctx, &q)
	if err != nil {
		return bank.TransactionPage{}, err
	}
	out := bank.TransactionPage{Next: s.next, Previous: s.previous, First: s.first, Truncated: s.truncated}
	if a.Payment == nil {
		return out, problem.New(problem.ResourceUnknown, "no such account")
	}
	fill := newFiller(a)
	out.Booked = make([]bank.Transaction, len(s.entries))
	after := make([]bank.Balance, len(s.entries))
	for i := range s.entries {
		fill.booked(&out.Booked[i], &s.entries[i], &after[i])
	}
	pending, err := b.reserved(ctx, a, &q)
	for _, r := range pending {
		t := bank.Transaction{}
		fill.pending(&t, &r, b.info.Profile.TransactionIDs)
		out.Pending = append(out.Pending, t)
	}
	return out, err
}

// rows reads the booked rows that a query is about.
func (b *connector) rows(ctx context.Context, q *bank.TransactionQuery) (*Account, slice, error) {
	a, err := b.account(ctx, q.Customer, q.AccountID)
	if err != nil {
		return nil, slice{}, err
	}
	if err := b.current(ctx, a); err != nil {
		return a, slice{}, err
	}
	if !q.Booked { // what is pending comes after every entry that there is
		_, err := b.bounds(ctx, a, q)
		return a, slice{}, err
	}
	s, err := b.page(ctx, a, q)
	return a, s, err
}

// reserved returns the pending rows that a query is about.
func (b *connector) reserved(ctx context.Context, a *Account, q *bank.TransactionQuery) ([]row, error) {
	if !q.Pending || b.info.Profile.BookedOnly {
		return nil, nil
	}
	list, err := b.pending(ctx, a)
	if err != nil || q.After != "" {
		return list, err
	}
	return slices.DeleteFunc(list, func(r row) bool {
		return !q.From.IsZero() && r.origin < dayOf(q.From) || !q.To.IsZero() && r.origin > dayOf(q.To)
	}), nil
}

// pending returns what is reserved on the account, newest first: payments, then
// purchases with a card.
func (b *connector) pending(ctx context.Context, a *Account) ([]row, error) {
	now, today := b.now()
	cards := b.grower(a).pending(now, today)
	if a.Payment == nil {
		return cards, nil
	}
	held, err := b.w.o.Store.HeldPayments(ctx, a.Key, now.Add(4*runEvery))
	if err != nil {
		return nil, err
	}
	var out []row
	for i := range slices.Backward(held) {
		p := &held[i]
		out = append(out, row{
			kind: p.kind(true, false), amount: -p.Held, text: p.text(true, false), ref: p.ref(false), origin: dayIn(p.At, b.info.Location),
		})
	}
	return append(out, cards...), nil
}

// Transaction implements [bank.AccountReader].
func (b *connector) Transaction(ctx context.Context, c bank.Customer, id, transactionID string) (bank.Transaction, error) {
	unknown := problem.New(problem.ResourceUnknown, "no such transaction")
	a, err := b.account(ctx, c, id)
	if err != nil {
		return bank.Transaction{}, err
	}
	if a.Payment == nil {
		return bank.Transaction{}, unknown
	}
	ref, held, ok := parseTransactionID(transactionID)
	if !ok {
		return bank.Transaction{}, unknown
	}
	if err := b.current(ctx, a); err != nil {
		return bank.Transaction{}, err
	}
	fill, t := newFiller(a), bank.Transaction{}
	changing := b.info.Profile.TransactionIDs == "change"
	if !held {
		e, err := b.w.o.Store.Entry(ctx, a.Key, ref)
		if err == nil && b.visible(&e) {
			fill.booked(&t, &e, &bank.Balance{})
			return t, nil
		}
		if err != nil && !problem.Is(err, problem.ResourceUnknown) {
			return t, err
		}
	}
	if held != changing || b.info.Profile.BookedOnly {
		return t, unknown
	}
	pending, err := b.pending(ctx, a)
	for _, r := range pending {
		if r.ref == ref {
			fill.pending(&t, &r, b.info.Profile.TransactionIDs)
			return t, nil
		}
	}
	if err != nil {
		return t, err
	}
	return t, unknown
}

func (b *connector) visible(e *Entry) bool {
	return !b.w.o.Clock.Now().Add(-b.info.Profile.VisibilityLag).Before(time.UnixMilli(e.At))
}

// Transaction ids are 7e57 ("test"), a digit that says whether the id is of
// the reservation alone, and the entry's Ref.
const (
	bookedPrefix = "7e570"
	heldPrefix   = "7e571"
)

func transactionID(prefix string, ref int64) string {
	var raw [8]byte
	for i := range raw {
		raw[i] = byte(ref >> (56 - 8*i))
	}
	var out [21]byte
	copy(out[:], prefix)
	hex.Encode(out[5:], raw[:])
	return string(out[:])
}

func parseTransactionID(s string) (ref int64, held, ok bool) {
	s = strings.ToLower(s)
	if len(s) != 21 || s[:5] != bookedPrefix && s[:5] != heldPrefix {
		return 0, false, false
	}
	ref, err := strconv.ParseInt(s[5:], 16, 64)
	return ref, s[:5] == heldPrefix, err == nil
}
