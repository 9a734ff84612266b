package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/psd2"
)

func TestContinuationFaults(t *testing.T) {
	t.Parallel()
	f := newAIS(t, func(p *bank.Profile) { p.PageSize = 1 }, false)
	f.bank.Book(3, aisToday)
	c, other := f.consent(nil), f.consent(nil)
	var list psd2.AccountList
	f.read(ais+"/accounts", c, &list)
	rows := ais + "/accounts/" + list.Accounts[0].ResourceID + "/transactions"
	otherRows := ais + "/accounts/" + list.Accounts[1].ResourceID + "/transactions"
	cardRows := ais + "/card-accounts/" + f.card(c) + "/transactions"
	var page psd2.TransactionReport
	f.read(rows, c, &page)
	_, key, _ := strings.Cut(page.Transactions.Links.Next.Href, "continuationKey=")
	check := func(name, path, consentID string, status int, code psd2.Code) {
		t.Helper()
		w := f.get(path, consentID)
		if w.Code != status || !strings.Contains(w.Body.String(), fmt.Sprintf("%q", code)) {
			t.Errorf("%s = %d %s, want %d %s", name, w.Code, w.Body, status, code)
		}
	}
	check("tampered", rows+"?continuationKey="+key[:len(key)-1]+"x", c, http.StatusBadRequest, psd2.FormatError)
	check("of another consent", rows+"?continuationKey="+key, other, http.StatusBadRequest, psd2.FormatError)
	check("of another account", otherRows+"?continuationKey="+key, c, http.StatusBadRequest, psd2.FormatError)
	check("of another kind", cardRows+"?continuationKey="+key, c, http.StatusBadRequest, psd2.FormatError)
	check("unknown entry", rows+"?entryReferenceFrom=E99", c, http.StatusBadRequest, psd2.ResourceUnknown)
	check("unknown row", rows+"/t-99", c, http.StatusNotFound, psd2.ResourceUnknown)

	// Whatever stands beside a key is ignored, even if it is malformed.
	w := f.get(rows+"?bookingStatus=none&dateFrom=tomorrow&withBalance=perhaps&continuationKey="+key, c)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"t-2"`) || strings.Contains(w.Body.String(), `"pending"`) {
		t.Errorf("beside other parameters = %d %s", w.Code, w.Body)
	}
	f.clock.Advance(time.Hour + time.Second)
	check("too old", rows+"?continuationKey="+key, c, http.StatusBadRequest, psd2.ResourceExpired)
}

func TestBankMessages(t *testing.T) {
	t.Parallel()
	refused := problem.New(problem.BankRefused, "the bank says no")
	refused.Status = http.StatusForbidden
	tests := []struct {
		name   string
		err    error
		status int
		want   string
	}{
		{"passed through", refused, http.StatusForbidden, `"category":"UNMAPPED","code":"RAW","text":"the bank says no"`},
		{"down", problem.New(problem.BankUnavailable, "no answer"), http.StatusServiceUnavailable, `"SERVICE_UNAVAILABLE"`},
		{"our fault", fmt.Errorf("secret detail"), http.StatusInternalServerError, `"INTERNAL_SERVER_ERROR"`},
	}
	f := newAIS(t, nil, false)
	c := f.consent(nil)
	a, card := f.account(c), f.card(c)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.bank.Fail(tt.err)
			for _, path := range []string{
				"/accounts", "/accounts/" + a, "/accounts/" + a + "/balances", "/accounts/" + a + "/transactions",
				"/card-accounts", "/card-accounts/" + card + "/transactions",
			} {
				w := f.get(ais+path, c)
				if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) || strings.Contains(w.Body.String(), "secret") {
					t.Errorf("GET %s = %d %s, want %d %s", path, w.Code, w.Body, tt.status, tt.want)
				}
			}
		})
	}
}
