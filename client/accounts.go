package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"

	"sluss.example/sluss/psd2"
)

// Accounts are the accounts that a consent opens.
type Accounts struct {
	bank      *Bank
	consentID string
}

// A Query asks for transactions. The zero value asks for the booked ones of
// the bank's default period.
type Query struct {
	Status      string    // bookingStatus: booked, pending or both; booked if empty
	From, To    time.Time // dates, both included; the bank's defaults if zero
	After       string    // entryReferenceFrom: only rows after that entry
	WithBalance bool      // put balances on the first page
}

func (q *Query) encode() string {
	v := url.Values{"bookingStatus": {"booked"}}
	if q.Status != "" {
		v.Set("bookingStatus", q.Status)
	}
	if !q.From.IsZero() {
		v.Set("dateFrom", q.From.Format(time.DateOnly))
	}
	if !q.To.IsZero() {
		v.Set("dateTo", q.To.Format(time.DateOnly))
	}
	if q.After != "" {
		v.Set("entryReferenceFrom", q.After)
	}
	if q.WithBalance {
		v.Set("withBalance", "true")
	}
	return "?" + v.Encode()
}

const (
	accountsPath = "/psd2/accountinformation/v1/accounts"
	cardsPath    = "/psd2/accountinformation/v1/card-accounts"
)

// List returns the accounts, with their balances if the consent opens them
// and withBalance asks for them.
func (a *Accounts) List(ctx context.Context, withBalance bool) ([]psd2.AccountDetails, error) {
	list, err := read[psd2.AccountList](ctx, a, accountsPath+balanceQuery(withBalance))
	return list.Accounts, err
}

// Account returns the account with the resource id.
func (a *Accounts) Account(ctx context.Context, id string, withBalance bool) (psd2.AccountDetails, error) {
	return read[psd2.AccountDetails](ctx, a, of(accountsPath, id, balanceQuery(withBalance)))
}

// Balances returns the balances of an account.
func (a *Accounts) Balances(ctx context.Context, id string) (psd2.BalanceReport, error) {
	return read[psd2.BalanceReport](ctx, a, of(accountsPath, id, "/balances"))
}

// Pages returns the pages of an account's transactions, as the caller reads
// them. An error ends the sequence.
func (a *Accounts) Pages(ctx context.Context, id string, q Query) iter.Seq2[psd2.TransactionReport, error] {
	return pages(a, ctx, of(accountsPath, id, "/transactions"+q.encode()),
		func(r *psd2.TransactionReport) *psd2.Link { return r.Transactions.Links.Next })
}

// Transactions returns the transactions of an account, the pending ones first
// and then the booked ones, newest first. Pages are read as the caller gets to
// them; an error ends the sequence.
func (a *Accounts) Transactions(ctx context.Context, id string, q Query) iter.Seq2[psd2.Transaction, error] {
	return rows(a.Pages(ctx, id, q), func(r psd2.TransactionReport) [][]psd2.Transaction {
		return [][]psd2.Transaction{r.Transactions.Pending, r.Transactions.Booked}
	})
}

// Transaction returns one transaction with all that the bank knows of it.
func (a *Accounts) Transaction(ctx context.Context, id, transactionID string) (psd2.Transaction, error) {
	return read[psd2.Transaction](ctx, a, of(accountsPath, id, "/transactions/"+url.PathEscape(transactionID)))
}

// Cards returns the card accounts.
func (a *Accounts) Cards(ctx context.Context, withBalance bool) ([]psd2.CardAccountDetails, error) {
	list, err := read[psd2.CardAccountList](ctx, a, cardsPath+balanceQuery(withBalance))
	return list.CardAccounts, err
}

// Card returns the card account with the resource id.
func (a *Accounts) Card(ctx context.Context, id string, withBalance bool) (psd2.CardAccountDetails, error) {
	return read[psd2.CardAccountDetails](ctx, a, of(cardsPath, id, balanceQuery(withBalance)))
}

// CardBalances returns the balances of a card account.
func (a *Accounts) CardBalances(ctx context.Context, id string) (psd2.CardBalanceReport, error) {
	return read[psd2.CardBalanceReport](ctx, a, of(cardsPath, id, "/balances"))
}

// CardPages is Pages for a card account.
func (a *Accounts) CardPages(ctx context.Context, id string, q Query) iter.Seq2[psd2.CardTransactionReport, error] {
	return pages(a, ctx, of(cardsPath, id, "/transactions"+q.encode()),
		func(r *psd2.CardTransactionReport) *psd2.Link { return r.CardTransactions.Links.Next })
}

// CardTransactions is Transactions for a card account.
func (a *Accounts) CardTransactions(ctx context.Context, id string, q Query) iter.Seq2[psd2.CardTransaction, error] {
	return rows(a.CardPages(ctx, id, q), func(r psd2.CardTransactionReport) [][]psd2.CardTransaction {
		return [][]psd2.CardTransaction{r.CardTransactions.Pending, r.CardTransactions.Booked}
	})
}

// pages follows the next links from path on.
func pages[R any](a *Accounts, ctx context.Context, path string, next func(*R) *psd2.Link) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for path != "" {
			page, err := read[R](ctx, a, path)
			if !yield(page, err) || err != nil {
				return
			}
			link := next(&page)
			if link == nil {
				return
			}
			path = link.Href
		}
	}
}

// rows returns the rows of pages one by one.
func rows[R, T any](pages iter.Seq2[R, error], of func(R) [][]T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page, err := range pages {
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, list := range of(page) {
				for _, row := range list {
					if !yield(row, nil) {
						return
					}
				}
			}
		}
	}
}

// read reads what is at path, under the consent.
func read[T any](ctx context.Context, a *Accounts, path string) (out T, err error) {
	h := a.bank.header()
	h.Set("Consent-ID", a.consentID)
	err = a.bank.client.call(ctx, request{context: a.bank.context(), scope: ScopeAccounts, method: http.MethodGet, path: path, header: h}, &out)
	return out, err
}

// of returns the path of something of an account or card account.
func of(list, id, rest string) string { return list + "/" + url.PathEscape(id) + rest }

func balanceQuery(with bool) string {
	if with {
		return "?withBalance=true"
	}
	return ""
}
