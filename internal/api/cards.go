package api

import (
	"net/http"

	"sluss.example/sluss/internal/account"
	"sluss.example/sluss/internal/web"
	"sluss.example/sluss/psd2"
)

// cardsPath is the path that the id of a card account follows.
const cardsPath = "/psd2/accountinformation/v1/card-accounts/"

// getCards serves GET /psd2/accountinformation/v1/card-accounts, operation
// getCardAccountList.
func (h *Handler) getCards(w http.ResponseWriter, r *http.Request) error {
	withBalance, err := h.withBalance(r)
	if err != nil {
		return err
	}
	list, err := h.Accounts.CardAccounts(r.Context(), accountRequest(r), withBalance)
	if err != nil {
		return err
	}
	if len(list.Cards) == 0 && list.EmptyAs204 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	out := psd2.CardAccountList{CardAccounts: make([]psd2.CardAccountDetails, len(list.Cards)), TPPMessages: noBalances(list.NoBalances)}
	for i := range list.Cards {
		out.CardAccounts[i] = cardDetails(&list.Cards[i])
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// getCard serves GET /psd2/accountinformation/v1/card-accounts/{account-id},
// operation readCardAccountDetails.
func (h *Handler) getCard(w http.ResponseWriter, r *http.Request) error {
	withBalance, err := h.withBalance(r)
	if err != nil {
		return err
	}
	c, err := h.Accounts.CardAccount(r.Context(), accountRequest(r), accountID(r), withBalance)
	if err != nil {
		return err
	}
	out := cardDetails(&c)
	out.TPPMessages = noBalances(c.NoBalances)
	return web.WriteJSON(w, http.StatusOK, out)
}

// getCardBalances serves GET
// /psd2/accountinformation/v1/card-accounts/{account-id}/balances, operation
// getCardAccountBalances.
func (h *Handler) getCardBalances(w http.ResponseWriter, r *http.Request) error {
	c, err := h.Accounts.CardBalances(r.Context(), accountRequest(r), accountID(r))
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, psd2.CardBalanceReport{CardAccount: cardReference(&c), Balances: balances(c.Balances)})
}

// getCardTransactions serves GET
// /psd2/accountinformation/v1/card-accounts/{account-id}/transactions,
// operation getCardAccountTransactionList.
func (h *Handler) getCardTransactions(w http.ResponseWriter, r *http.Request) error {
	q, err := h.transactionQuery(r)
	if err != nil {
		return err
	}
	report, err := h.Accounts.CardTransactions(r.Context(), accountRequest(r), accountID(r), q)
	if err != nil {
		return err
	}
	if report.Number == 1 && len(report.Booked)+len(report.Pending) == 0 && report.EmptyAs204 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	path := cardsPath + report.Card.ResourceID
	out := psd2.CardTransactionReport{
		CardAccount: cardReference(&report.Card), Balances: balances(report.Balances), TPPMessages: pageMessages(&report.Page),
		CardTransactions: psd2.CardTransactions{
			Booked: cardTransactions(report.Booked), Pending: cardTransactions(report.Pending),
			Links: pageLinks(path+"/transactions", &report.Page),
		},
	}
	if out.CardTransactions.Booked == nil { // always there, also when only pending rows were asked for
		out.CardTransactions.Booked = []psd2.CardTransaction{}
	}
	out.CardTransactions.Links.CardAccount = &psd2.Link{Href: path}
	return web.WriteJSON(w, http.StatusOK, out)
}

func cardReference(c *account.Card) *psd2.CardReference {
	return &psd2.CardReference{MaskedPAN: c.MaskedPAN, Currency: currencyOrSeveral(c.Currency)}
}
