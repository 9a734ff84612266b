package api

import (
	"net/http"

	"sluss.example/sluss/internal/account"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/web"
	"sluss.example/sluss/psd2"
)

// accountRoutes are the endpoints of account information.
func accountRoutes() []route {
	const prefix = "/psd2/accountinformation/v1"
	var routes []route
	for _, rt := range []route{
		{path: "/accounts", operation: "getAccountList", serve: (*Handler).getAccounts},
		{path: "/accounts/{accountId}", operation: "readAccountDetails", serve: (*Handler).getAccount},
		{path: "/accounts/{accountId}/balances", operation: "getBalances", serve: (*Handler).getBalances},
		{path: "/accounts/{accountId}/transactions", operation: "getTransactionList", serve: (*Handler).getTransactions},
		{path: "/accounts/{accountId}/transactions/{transactionId}", operation: "getTransactionDetails", serve: (*Handler).getTransaction},
		{path: "/card-accounts", operation: "getCardAccountList", serve: (*Handler).getCards},
		{path: "/card-accounts/{accountId}", operation: "readCardAccountDetails", serve: (*Handler).getCard},
		{path: "/card-accounts/{accountId}/balances", operation: "getCardAccountBalances", serve: (*Handler).getCardBalances},
		{path: "/card-accounts/{accountId}/transactions", operation: "getCardAccountTransactionList", serve: (*Handler).getCardTransactions},
	} {
		rt.method, rt.path, rt.family, rt.headers = http.MethodGet, prefix+rt.path, accountFamily, accountHeaders
		rt.scopes = []scope.API{scope.AccountInformation}
		routes = append(routes, rt)
	}
	return routes
}

// accountsPath is the path that the account id follows.
const accountsPath = "/psd2/accountinformation/v1/accounts/"

// getAccounts serves GET /psd2/accountinformation/v1/accounts, operation
// getAccountList.
func (h *Handler) getAccounts(w http.ResponseWriter, r *http.Request) error {
	withBalance, err := h.withBalance(r)
	if err != nil {
		return err
	}
	list, err := h.Accounts.Accounts(r.Context(), accountRequest(r), withBalance)
	if err != nil {
		return err
	}
	if len(list.Accounts) == 0 && list.EmptyAs204 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	out := psd2.AccountList{Accounts: make([]psd2.AccountDetails, len(list.Accounts)), TPPMessages: noBalances(list.NoBalances)}
	for i := range list.Accounts {
		out.Accounts[i] = accountDetails(&list.Accounts[i])
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// getAccount serves GET /psd2/accountinformation/v1/accounts/{account-id},
// operation readAccountDetails.
func (h *Handler) getAccount(w http.ResponseWriter, r *http.Request) error {
	withBalance, err := h.withBalance(r)
	if err != nil {
		return err
	}
	a, err := h.Accounts.Account(r.Context(), accountRequest(r), accountID(r), withBalance)
	if err != nil {
		return err
	}
	out := accountDetails(&a)
	out.TPPMessages = noBalances(a.NoBalances)
	return web.WriteJSON(w, http.StatusOK, out)
}

// getBalances serves GET
// /psd2/accountinformation/v1/accounts/{account-id}/balances, operation
// getBalances.
func (h *Handler) getBalances(w http.ResponseWriter, r *http.Request) error {
	a, err := h.Accounts.Balances(r.Context(), accountRequest(r), accountID(r))
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, psd2.BalanceReport{Account: ownReference(&a), Balances: balances(a.Balances)})
}

// getTransactions serves GET
// /psd2/accountinformation/v1/accounts/{account-id}/transactions, operation
// getTransactionList.
func (h *Handler) getTransactions(w http.ResponseWriter, r *http.Request) error {
	q, err := h.transactionQuery(r)
	if err != nil {
		return err
	}
	report, err := h.Accounts.Transactions(r.Context(), accountRequest(r), accountID(r), q)
	if err != nil {
		return err
	}
	if report.Number == 1 && len(report.Booked)+len(report.Pending) == 0 && report.EmptyAs204 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	path := accountsPath + report.Account.ResourceID
	out := psd2.TransactionReport{
		Account: ownReference(&report.Account), Balances: balances(report.Balances), TPPMessages: pageMessages(&report.Page),
		Transactions: psd2.Transactions{Links: pageLinks(path+"/transactions", &report.Page)},
	}
	out.Transactions.Links.Account = &psd2.Link{Href: path}
	buf, _ := h.pages.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	body, err := appendReport((*buf)[:0], &out, report.Booked, report.Pending, rowLinks{path: path, details: report.Details})
	if err != nil {
		return err
	}
	*buf = body
	defer h.pages.Put(buf)
	return web.WriteBody(w, http.StatusOK, answerType, body)
}

// getTransaction serves GET
// /psd2/accountinformation/v1/accounts/{account-id}/transactions/{transactionId},
// operation getTransactionDetails.
func (h *Handler) getTransaction(w http.ResponseWriter, r *http.Request) error {
	t, err := h.Accounts.Transaction(r.Context(), accountRequest(r), accountID(r), pathValue(r, "transactionId"))
	if err != nil {
		return err
	}
	var out psd2.Transaction
	transaction(&out, &t, rowLinks{})
	return web.WriteJSON(w, http.StatusOK, out)
}

// accountID returns the account that the path names.
func accountID(r *http.Request) string { return pathValue(r, "accountId") }

// accountRequest returns on whose behalf and under which consent a call is
// made. Its query does not matter.
func accountRequest(r *http.Request) account.Request {
	h := headersOf(r)
	return account.Request{
		Caller: caller(r), BICFI: bicfi(r), ConsentID: h.ConsentID, Attended: h.Attended(), IPAddress: h.IPAddress(),
	}
}

// withBalance reads the query of the calls for accounts themselves.
func (h *Handler) withBalance(r *http.Request) (bool, error) {
	q := h.queryOf(r)
	return q.boolean("withBalance"), q.err()
}
