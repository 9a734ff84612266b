package account

import (
	"context"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/trace"
)

// Transactions returns a page of the transactions of an account, newest first.
//
// It reports problem.ParameterUnsupported for what the bank does not offer,
// problem.PeriodInvalid for dates that are reversed or beyond the history,
// problem.FormatInvalid for a continuation key that is not one of this account
// and consent, problem.ResourceExpired for one that is too old, and the same
// as Account.
func (s *Service) Transactions(ctx context.Context, r Request, id string, q Query) (Report, error) {
	v, a, err := s.account(ctx, r, id)
	if err != nil {
		return Report{}, err
	}
	if !a.Rights.Transactions {
		return Report{}, notCovered("transactions")
	}
	ask, st, err := v.ask(ctx, a.ResourceID, accountRows, q)
	if err != nil {
		return Report{}, err
	}
	ask.AccountID = a.ID
	called, span := trace.Start(ctx, "bank.Transactions")
	rows, err := v.accounts.Transactions(called, ask)
	span.End(err)
	if err != nil {
		return Report{}, st.blame(err)
	}
	out := Report{
		Page: v.page(a.ResourceID, accountRows, st, cursors{rows.Next, rows.Previous, rows.First}), Account: a,
		Booked: v.finished(&a, rows.Booked, ask.Booked), Pending: v.finished(&a, rows.Pending, st.Query.Status != Booked),
		Details: v.hasDetails(),
	}
	out.Truncated = rows.Truncated
	if st.Query.WithBalance && st.Page == 1 {
		err = v.addBalances(ctx, &a)
		out.Balances, out.NoBalances = a.Balances, a.NoBalances
	}
	return out, err
}

// CardTransactions returns a page of the transactions of a card account. It
// reports the same as Transactions.
func (s *Service) CardTransactions(ctx context.Context, r Request, id string, q Query) (CardReport, error) {
	v, c, err := s.card(ctx, r, id)
	if err != nil {
		return CardReport{}, err
	}
	if !c.Rights.Transactions {
		return CardReport{}, notCovered("transactions")
	}
	ask, st, err := v.ask(ctx, c.ResourceID, cardRows, q)
	if err != nil {
		return CardReport{}, err
	}
	ask.AccountID = c.ID
	called, span := trace.Start(ctx, "bank.CardTransactions")
	rows, err := v.cards.CardTransactions(called, ask)
	span.End(err)
	if err != nil {
		return CardReport{}, st.blame(err)
	}
	out := CardReport{
		Page: v.page(c.ResourceID, cardRows, st, cursors{rows.Next, rows.Previous, rows.First}), Card: c,
		Booked: v.finishedCards(rows.Booked, ask.Booked), Pending: v.finishedCards(rows.Pending, st.Query.Status != Booked),
	}
	out.Truncated = rows.Truncated
	if st.Query.WithBalance && st.Page == 1 {
		err = v.addCardBalances(ctx, &c)
		out.Balances, out.NoBalances = c.Balances, c.NoBalances
	}
	return out, err
}

// ask turns a query into what the bank is asked, and counts the call. The
// state says which page of which report it is.
func (v *view) ask(ctx context.Context, resourceID string, rows rowKinds, q Query) (bank.TransactionQuery, state, error) {
	st := state{Page: 1, Query: q}
	var err error
	if q.Continuation != "" {
		st, err = v.unseal(q.Continuation, resourceID, rows)
	} else if st.Query, err = v.settle(q); err == nil {
		err = v.count(ctx, transactionsKind, resourceID)
	}
	if err != nil {
		return bank.TransactionQuery{}, st, err
	}
	p := v.profile()
	ask := bank.TransactionQuery{
		Customer: v.customer, From: st.Query.From, To: st.Query.To, After: st.Query.After,
		Booked: st.Query.Status != Pending, Pending: st.Query.Status != Booked && st.Page == 1,
		Limit: p.PageSize, Cursor: st.Cursor, MaxCount: p.History.MaxCount,
	}
	if p.DateFilterIgnored {
		ask.From, ask.To = v.oldest(), v.today()
	}
	return ask, st, nil
}

// page describes the page of st, with the keys of those beside it.
func (v *view) page(resourceID string, rows rowKinds, st state, c cursors) Page {
	p := Page{Number: st.Page, Query: st.Query, EmptyAs204: v.profile().EmptyAs204}
	if c.next != "" {
		p.Next = v.seal(resourceID, rows, state{Page: st.Page + 1, Query: st.Query, Cursor: c.next})
	}
	if st.Page > 1 && c.previous != "" {
		p.Previous = v.seal(resourceID, rows, state{Page: st.Page - 1, Query: st.Query, Cursor: c.previous})
	}
	if st.Page > 1 && c.first != "" {
		p.First = v.seal(resourceID, rows, state{Page: 1, Query: st.Query, Cursor: c.first})
	}
	return p
}

// cursors are the bank's names of the pages beside one.
type cursors struct{ next, previous, first string }

// blame says which parameter of st the bank does not know. A cursor that it no
// longer knows belongs to a snapshot that is gone.
func (st *state) blame(err error) error {
	if !problem.Is(err, problem.ResourceUnknown) {
		return err
	}
	if st.Cursor != "" {
		return expiredKey().Because(err)
	}
	return problem.Blame(err, problem.Query, "entryReferenceFrom")
}
