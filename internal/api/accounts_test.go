package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/psd2"
)

func TestAccountAnswers(t *testing.T) {
	t.Parallel()
	f := newAIS(t, nil, false)
	f.bank.Book(2, aisToday)
	f.bank.Announce(bank.Transaction{ID: "p-1", ValueDate: aisToday, Amount: money.Amount{Minor: -1, Currency: "SEK"}})
	c := f.consent(nil)
	a, card := f.account(c), f.card(c)
	tests := []struct {
		path string
		want string // the body begins so
	}{
		{"/accounts", `{"accounts":[{"resourceId":"` + a + `","iban":"SE4550000000058398257466","bban":"58398257466","clearingNumber":"5000",` +
			`"bankgiroNumber":"5050-1055","currency":"SEK","name":"Company account","ownerName":"Example AB","cashAccountType":"CACC",` +
			`"status":"enabled","usage":"ORGA","bic":"ESSESESS","creditLimit":{"currency":"SEK","amount":"100.00"},` +
			`"_links":{"balances":{"href":"` + ais + `/accounts/` + a + `/balances"},"transactions":{"href":"` + ais + `/accounts/` + a + `/transactions"}}},{"resourceId":`},
		{"/accounts?withBalance=true", `{"accounts":[{"resourceId":"` + a + `"`},
		{"/accounts/" + a, `{"resourceId":"` + a + `"`},
		{"/accounts/" + strings.ToUpper(a) + "/", `{"resourceId":"` + a + `"`},
		{"/accounts/" + a + "?withBalance=True", `{"resourceId":"` + a + `"`},
		{"/accounts/" + a + "/balances", `{"account":{"iban":"SE4550000000058398257466","bban":"58398257466","clearingNumber":"5000","currency":"SEK"},` +
			`"balances":[{"balanceAmount":{"currency":"SEK","amount":"0.05"},"balanceType":"closingBooked"}]}`},
		{"/accounts/" + a + "/transactions", `{"transactions":{"booked":[{"transactionAmount":{"currency":"SEK","amount":"-0.02"},"transactionId":"t-2"`},
		{"/accounts/" + a + "/transactions?bookingStatus=pending", `{"transactions":{"pending":[{"transactionAmount":{"currency":"SEK","amount":"-0.01"},"transactionId":"p-1"`},
		{"/accounts/" + a + "/transactions?bookingStatus=booked&dateFrom=2026-11-23%20&dateTo=&unknown=1", `{"transactions":{"booked":[{`},
		{"/accounts/" + a + "/transactions?bookingStatus=booked&dateTo=2026-11-22", `{"transactions":{"booked":[],"_links":{"account":{"href":"` + ais + `/accounts/` + a + `"}}}`},
		{"/accounts/" + a + "/transactions/t-1", `{"transactionId":"t-1","transactionListId":"`},
		{"/card-accounts", `{"cardAccounts":[{"resourceId":"` + card + `","maskedPan":"411111******1111","currency":"SEK"`},
		{"/card-accounts?withBalance=true", `{"cardAccounts":[{"resourceId":"` + card + `"`},
		{"/card-accounts/" + card, `{"resourceId":"` + card + `"`},
		{"/card-accounts/" + card + "/balances", `{"cardAccount":{"maskedPan":"411111******1111","currency":"SEK"},"balances":[`},
		{"/card-accounts/" + card + "/transactions?withBalance=true", `{"cardAccount":{"maskedPan":"411111******1111","currency":"SEK"},"cardTransactions":{"booked":[{"cardTransactionId":"c-2"`},
		{"/card-accounts/" + card + "/transactions?bookingStatus=pending", `{"cardAccount":{"maskedPan":"411111******1111","currency":"SEK"},"cardTransactions":{"booked":[],"pending":[],"_links":{"cardAccount"`},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			w := f.get(ais+tt.path, c, "X-ISO-Fallback-Enabled", "TRUE")
			if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), tt.want) {
				t.Errorf("= %d %s\nwant %s", w.Code, w.Body, tt.want)
			}
			if got := w.Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
				t.Errorf("Content-Type %q", got)
			}
		})
	}
}

func TestAccountFaults(t *testing.T) {
	t.Parallel()
	f := newAIS(t, func(p *bank.Profile) {
		p.BookedOnly, p.EntryReferenceFrom, p.DeltaList, p.TransactionDetails = true, false, false, false
	}, false)
	f.bank.Book(2, aisToday)
	c := f.consent(nil)
	a := f.account(c)
	narrow := f.consent(func(c *consent.Consent) { c.Access.AvailableAccounts = consent.AllAccounts })
	expired := f.consent(func(c *consent.Consent) { c.Status = consent.Expired })
	received := f.consent(func(c *consent.Consent) { c.Status = consent.Received })
	rows := "/accounts/" + a + "/transactions"
	tests := []struct {
		name, path, consent string
		headers             []string
		status              int
		code                psd2.Code
		field               string
	}{
		{"no Consent-ID", "/accounts", "", nil, 400, psd2.FormatError, "Consent-ID"},
		{"unknown consent", "/accounts", "x", nil, 403, psd2.ConsentUnknown, "Consent-ID"},
		{"other app", "/accounts", c, []string{"Authorization", "Bearer other app"}, 403, psd2.ConsentUnknown, "Consent-ID"},
		{"other PSU", "/accounts", c, []string{"PSU-ID", "99990101000"}, 403, psd2.ConsentUnknown, "Consent-ID"},
		{"other context", "/accounts", c, []string{"Authorization", "Bearer corporate", "PSU-Corporate-ID", "5560160680"}, 403, psd2.ConsentUnknown, "Consent-ID"},
		{"other scope", "/accounts", c, []string{"Authorization", "Bearer payments"}, 403, psd2.ServiceBlocked, ""},
		{"expired", "/accounts", expired, nil, 401, psd2.ConsentExpired, "Consent-ID"},
		{"not yet valid", "/accounts", received, nil, 401, psd2.ConsentInvalid, "Consent-ID"},
		{"not this kind of data", "/accounts/" + a + "/balances", narrow, nil, 401, psd2.ConsentInvalid, ""},
		{"not the list's account itself", "/accounts/" + a, narrow, nil, 401, psd2.ConsentInvalid, ""},
		{"unknown account", "/accounts/00000000-0000-4000-8000-000000000000", c, nil, 404, psd2.ResourceUnknown, "account-id"},
		{"unknown card", "/card-accounts/" + a + "/balances", c, nil, 404, psd2.ResourceUnknown, "account-id"},
		{"no details", rows + "/t-1", c, nil, 405, psd2.ServiceInvalid, ""},
		{"booking status", rows + "?bookingStatus=all", c, nil, 400, psd2.FormatError, "bookingStatus"},
		{"malformed date", rows + "?dateFrom=2026-11-31", c, nil, 400, psd2.FormatError, "dateFrom"},
		{"malformed boolean", "/accounts?withBalance=yes", c, nil, 400, psd2.FormatError, "withBalance"},
		{"malformed fallback", "/accounts", c, []string{"X-ISO-Fallback-Enabled", "maybe"}, 400, psd2.FormatError, "X-ISO-Fallback-Enabled"},
		{"pending", rows + "?bookingStatus=pending", c, nil, 400, psd2.ParameterNotSupported, "bookingStatus"},
		{"entry", rows + "?entryReferenceFrom=E1", c, nil, 400, psd2.ParameterNotSupported, "entryReferenceFrom"},
		{"delta", rows + "?deltaList=true", c, nil, 400, psd2.ParameterNotSupported, "deltaList"},
		{"reversed", rows + "?dateFrom=2026-11-02&dateTo=2026-11-01", c, nil, 400, psd2.PeriodInvalid, "dateFrom"},
		{"too old", rows + "?dateFrom=2020-01-01", c, nil, 400, psd2.PeriodInvalid, "dateFrom"},
		{"made-up key", rows + "?continuationKey=abc", c, nil, 400, psd2.FormatError, "continuationKey"},
		{"XML", rows, c, []string{"Accept", "application/xml"}, 406, psd2.RequestedFormatsInvalid, "Accept"},
		{"MT940", rows, c, []string{"Accept", "text/plain, application/vnd.swift.mt940"}, 406, psd2.RequestedFormatsInvalid, "Accept"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := f.get(ais+tt.path, tt.consent, tt.headers...)
			var body psd2.ErrorInformation
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
				t.Fatal(err)
			}
			if m := body.TPPMessages[0]; w.Code != tt.status || m.Code != tt.code || m.Path != tt.field {
				t.Errorf("= %d %s, want %d %s (%s)", w.Code, w.Body, tt.status, tt.code, tt.field)
			}
		})
	}
}

func TestAccountFaultsByProfile(t *testing.T) {
	t.Parallel()
	raw := newAIS(t, func(p *bank.Profile) { p.PeriodFaultIsRaw = true }, false)
	c := raw.consent(nil)
	w := raw.get(ais+"/accounts/"+raw.account(c)+"/transactions?dateFrom=2020-01-01", c)
	if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), `"category":"UNMAPPED","code":"RAW"`) {
		t.Errorf("too old = %d %s", w.Code, w.Body)
	}
	strict := newAIS(t, nil, true)
	c = strict.consent(nil)
	path := ais + "/accounts/" + strict.account(c) + "/transactions"
	if w := strict.get(path, c); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"path":"bookingStatus"`) {
		t.Errorf("without bookingStatus = %d %s", w.Code, w.Body)
	}
	if w := strict.get(path+"?bookingStatus=booked&dateFrom=2026-11-23%20", c); w.Code != http.StatusBadRequest {
		t.Errorf("with a space in a date = %d %s", w.Code, w.Body)
	}
	if w := strict.get(path+"?bookingStatus=booked", c); w.Code != http.StatusOK {
		t.Errorf("well-formed = %d %s", w.Code, w.Body)
	}
	strict.bank.Fail(problem.New(problem.BankUnavailable, "the bank is down"))
	if w := strict.get(path+"?bookingStatus=booked", c); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("bank down = %d %s", w.Code, w.Body)
	}
}

func TestAccountsEmpty(t *testing.T) {
	t.Parallel()
	for _, as204 := range []bool{false, true} {
		f := newAIS(t, func(p *bank.Profile) { p.EmptyAs204 = as204 }, false)
		c := f.consent(nil)
		a, card := f.account(c), f.card(c)
		none := f.consent(func(c *consent.Consent) { c.Granted = []string{} })
		want := http.StatusOK
		if as204 {
			want = http.StatusNoContent
		}
		for path, id := range map[string]string{
			"/accounts": none, "/card-accounts": none,
			"/accounts/" + a + "/transactions?bookingStatus=both": c, "/card-accounts/" + card + "/transactions": c,
		} {
			if w := f.get(ais+path, id); w.Code != want || as204 == (w.Body.Len() > 0) {
				t.Errorf("emptyAs204 %v: GET %s = %d %q, want %d", as204, path, w.Code, w.Body, want)
			}
		}
		if w := f.get(ais+"/accounts/"+a+"/balances", c); w.Code != http.StatusOK {
			t.Errorf("balances = %d", w.Code)
		}
	}
}

func TestAccountWarnings(t *testing.T) {
	t.Parallel()
	f := newAIS(t, func(p *bank.Profile) { p.History.MaxCount = 1 }, false)
	f.bank.Book(2, aisToday)
	all := f.consent(nil)
	a, card := f.account(all), f.card(all)
	c := f.consent(func(c *consent.Consent) { c.Access.Transactions = []bank.Reference{} })
	tests := []struct {
		path     string
		warnings int
	}{
		{"/accounts?withBalance=true", 1},
		{"/accounts/" + a + "?withBalance=true", 1},
		{"/accounts/" + a + "/transactions?withBalance=true", 2},
		{"/accounts/" + a + "/transactions", 1},
		{"/card-accounts?withBalance=true", 1},
		{"/card-accounts/" + card + "?withBalance=true", 1},
		{"/card-accounts/" + card + "/transactions?withBalance=true", 2},
		{"/accounts", 0},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			w := f.get(ais+tt.path, c)
			n := strings.Count(w.Body.String(), `"category":"WARNING","code":"WARNING"`)
			if w.Code != http.StatusOK || n != tt.warnings || strings.Contains(w.Body.String(), `"balances":[`) {
				t.Errorf("= %d %s, want %d warnings and no balances", w.Code, w.Body, tt.warnings)
			}
			if strings.Contains(w.Body.String(), `/balances"`) {
				t.Errorf("a link to balances: %s", w.Body)
			}
		})
	}
}

func TestTransactionLinks(t *testing.T) {
	t.Parallel()
	f := newAIS(t, func(p *bank.Profile) { p.PageSize = 2 }, false)
	f.bank.Book(5, aisToday)
	f.bank.Change(func(rows []bank.Transaction) {
		for i := range rows {
			rows[i].PaymentID, rows[i].PaymentClientID = "11111111-1111-4111-8111-111111111111", theApp
			rows[i].BankTransactionCode = "PMNT-ICDT-XBCT"
		}
		rows[4].PaymentClientID = otherApp
	})
	c := f.consent(nil)
	path := ais + "/accounts/" + f.account(c)
	var pages []psd2.TransactionReport
	for next := path + "/transactions?bookingStatus=both&withBalance=true&deltaList=true"; next != ""; {
		var page psd2.TransactionReport
		f.read(next, c, &page)
		pages = append(pages, page)
		next = ""
		if l := page.Transactions.Links.Next; l != nil {
			next = l.Href
		}
	}
	if len(pages) != 3 {
		t.Fatalf("%d pages, want 3", len(pages))
	}
	one, two, three := pages[0].Transactions, pages[1].Transactions, pages[2].Transactions
	want := url.Values{"bookingStatus": {"both"}, "dateFrom": {"2026-08-25"}, "dateTo": {"2026-11-23"}, "withBalance": {"true"}, "deltaList": {"true"}}
	next, err := url.Parse(one.Links.Next.Href)
	if err != nil {
		t.Fatal(err)
	}
	got := next.Query()
	got.Del("continuationKey")
	if got.Encode() != want.Encode() || next.Path != path+"/transactions" {
		t.Errorf("next = %s, want the query %s and a key", one.Links.Next.Href, want.Encode())
	}
	if one.Links.First != nil || one.Links.Previous != nil || three.Links.Next != nil || two.Links.First == nil || two.Links.Previous == nil || three.Links.Previous == nil {
		t.Errorf("links %+v, %+v, %+v", one.Links, two.Links, three.Links)
	}
	for i, p := range pages {
		if p.Transactions.Links.Account.Href != path || p.Transactions.Links.Last != nil || (p.Balances != nil) != (i == 0) || p.Transactions.Pending == nil {
			t.Errorf("page %d: %+v, balances %v", i+1, p.Transactions.Links, p.Balances)
		}
	}
	foreign, own := one.Booked[0], one.Booked[1]
	if foreign.PaymentID != "" || foreign.Links.ProofOfPayment != nil || own.PaymentID == "" ||
		own.Links.ProofOfPayment.Href != "/_sluss/v1/payments/"+own.PaymentID+"/proof" {
		t.Errorf("rows %+v, %+v", foreign, own)
	}
	var details psd2.Transaction
	f.read(own.Links.TransactionDetails.Href, c, &details)
	if details.TransactionID != own.TransactionID || details.TransactionListID != own.TransactionListID {
		t.Errorf("details %+v of %+v", details, own)
	}
	var after psd2.TransactionReport
	f.read(path+"/transactions?entryReferenceFrom=E1&dateFrom=1990-01-01", c, &after)
	if l := after.Transactions.Links.Next.Href; strings.Contains(l, "date") || !strings.Contains(l, "entryReferenceFrom=E1&") {
		t.Errorf("after an entry: next = %s", l)
	}
}

func TestUnattended(t *testing.T) {
	t.Parallel()
	tests := []struct {
		address string
		counted bool
	}{
		{"", true},
		{"0.0.0.0", true},
		{"::", true},
		{"127.0.0.1", false},
		{"10.0.0.1", false},
		{"2001:db8::1", false},
	}
	f := newAIS(t, nil, false)
	for _, tt := range tests {
		t.Run(tt.address, func(t *testing.T) {
			c := f.consent(nil)
			for i := range 6 {
				w := f.get(ais+"/accounts", c, "PSU-IP-Address", tt.address)
				if refused := w.Code == http.StatusTooManyRequests; refused != (tt.counted && i >= 4) {
					t.Errorf("call %d = %d %s", i+1, w.Code, w.Body)
				} else if refused && w.Header().Get("Retry-After") != "39600" {
					t.Errorf("Retry-After %q, want 11 hours", w.Header().Get("Retry-After"))
				}
			}
		})
	}
}

func BenchmarkAccountList(b *testing.B) {
	f := newAIS(b, nil, false)
	benchmarkGet(b, f, ais+"/accounts", f.consent(nil))
}

func BenchmarkTransactionPage(b *testing.B) {
	f := newAIS(b, nil, false)
	f.bank.Book(100, aisToday)
	c := f.consent(nil)
	benchmarkGet(b, f, ais+"/accounts/"+f.account(c)+"/transactions", c)
}

func benchmarkGet(b *testing.B, f *aisFixture, path, c string) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if w := f.get(path, c); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
