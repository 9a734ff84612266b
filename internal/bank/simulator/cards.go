package simulator

import (
	"context"
	"slices"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/problem"
)

// CardAccounts implements [bank.CardReader].
func (b *connector) CardAccounts(ctx context.Context, c bank.Customer) ([]bank.CardAccount, error) {
	cl, err := b.client(ctx, owner(c))
	if err != nil {
		return nil, err
	}
	return slices.Clip(cl.cards), nil
}

// CardBalances implements [bank.CardReader].
func (b *connector) CardBalances(ctx context.Context, c bank.Customer, id string) ([]bank.Balance, error) {
	return b.Balances(ctx, c, id)
}

// CardTransactions implements [bank.CardReader].
func (b *connector) CardTransactions(ctx context.Context, q bank.TransactionQuery) (bank.CardTransactionPage, error) {
	a, s, err := b.rows(ctx, &q)
	if err != nil {
		return bank.CardTransactionPage{}, err
	}
	out := bank.CardTransactionPage{Next: s.next, Previous: s.previous, First: s.first, Truncated: s.truncated}
	if a.Card == nil {
		return out, problem.New(problem.ResourceUnknown, "no such card account")
	}
	fill := newFiller(a)
	for i := range s.entries {
		e := &s.entries[i]
		t := fill.card(&row{kind: kind(e.Kind), amount: e.Amount, text: e.Text, ref: e.Ref, origin: day(e.Value)})
		t.BookingDate = day(e.Day).time()
		out.Booked = append(out.Booked, t)
	}
	pending, err := b.reserved(ctx, a, &q)
	for _, r := range pending {
		t := fill.card(&r)
		if b.info.Profile.TransactionIDs == "change" {
			t.ID = transactionID(heldPrefix, r.ref)
		}
		out.Pending = append(out.Pending, t)
	}
	return out, err
}
