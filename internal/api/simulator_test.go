package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/account"
	"sluss.example/sluss/internal/api"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/psd2"
)

// simulated joins the simulated banks to a rig in place of its own.
func simulated(r *rig) {
	r.Helper()
	world, err := simulator.New(simulator.Options{
		Store: store.Simulator{DB: r.db}, Clock: r.clock, Seed: 1, HistoryDays: 14,
		PageURL: func(ref string) string { return authBase + "/sca/bank/" + ref },
	})
	if err != nil {
		r.Fatal(err)
	}
	banks, err := bank.NewRegistry(world.Connectors()...)
	if err != nil {
		r.Fatal(err)
	}
	r.api.Banks, r.api.Consents.Banks, r.api.Payments.Banks = banks, banks, banks
	r.api.Accounts = &account.Service{Consents: r.api.Consents, Banks: banks, Store: r.db, Clock: r.clock}
}

// The whole main road over the wire, with every published test identity, in
// both modes.
func TestSimulatedBanks(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*api.Handler){"lenient": func(*api.Handler) {}, "strict": strict} {
		r := newRig(t, change)
		simulated(r)
		for _, tt := range []struct{ psu, wantSCA, wantCode, wantConsent string }{
			{"99990101000", "finalised", "", "valid"},
			{"99990101002", "finalised", "AUTHORISATION_PENDING_API", "partiallyAuthorised"},
			{"99990101004", "failed", "AUTHENTICATION_SESSION_EXPIRED", "received"},
			{"99990101005", "failed", "BANKID_NOT_ACTIVATED", "received"},
			{"99990101101", "failed", "USER_CANCEL", "rejected"},
			{"99990101103", "failed", "PSU_RIGHTS_MISSING", "received"},
		} {
			t.Run(name+" "+tt.psu, func(t *testing.T) {
				who := call{scope: "accountinformation corporate", header: map[string]string{"PSU-ID": tt.psu, "PSU-Corporate-ID": "9999999990"}}
				self := r.create(who)
				path := r.authorise(self, who)
				put := who
				put.method, put.path, put.body = http.MethodPut, path, `{"authenticationMethodId":"mbid_animated_qr_image"}`
				var started psd2.AuthorisationStarted
				r.do(put).want(200, "", "").decode(&started)
				if started.SCAStatus != "started" || started.ChallengeData == nil || !strings.HasPrefix(started.ChallengeData.Image, "data:image/png;base64,") {
					t.Errorf("PUT = %+v, want it started with an image", started)
				}
				r.clock.Advance(2 * time.Second)
				poll := who
				poll.path = path
				var state psd2.AuthorisationStatus
				r.do(poll).want(200, "", "").decode(&state)
				code := ""
				if len(state.TPPMessages) > 0 {
					code = string(state.TPPMessages[0].Code)
				}
				if state.SCAStatus != tt.wantSCA || code != tt.wantCode {
					t.Errorf("the poll says %s %s, want %s %s", state.SCAStatus, code, tt.wantSCA, tt.wantCode)
				}
				poll.path = self + "/status"
				var status psd2.ConsentStatus
				if r.do(poll).decode(&status); status.ConsentStatus != tt.wantConsent {
					t.Errorf("the consent is %s, want %s", status.ConsentStatus, tt.wantConsent)
				}
			})
		}
		who := call{scope: "accountinformation corporate", header: map[string]string{"PSU-ID": "99990101107", "PSU-Corporate-ID": "9999999990"}}
		refused := who
		refused.method, refused.path = http.MethodPost, r.create(who)+"/authorisations"
		r.do(refused).want(401, "PSU_CREDENTIALS_INVALID", "PSU-ID")
	}
}

// Everything that a valid consent opens can be read and is as described.
func TestSimulatedAccounts(t *testing.T) {
	t.Parallel()
	r := newRig(t, strict)
	simulated(r)
	self := r.create(call{})
	path := r.authorise(self, call{})
	r.do(call{method: http.MethodPut, path: path, body: `{"authenticationMethodId":"mbid"}`}).want(200, "", "")
	r.clock.Advance(2 * time.Second)
	var consent psd2.ConsentInformation
	r.do(call{path: self}).want(200, "", "").decode(&consent)
	if consent.ConsentStatus != "valid" || consent.Links == nil || consent.Links.CardAccount == nil {
		t.Fatalf("the consent is %+v, want it valid with links to accounts and cards", consent)
	}
	use := map[string]string{"Consent-ID": consent.ConsentID}
	var list psd2.AccountList
	r.do(call{path: consent.Links.Account.Href + "?withBalance=true", header: use}).want(200, "", "").decode(&list)
	if len(list.Accounts) == 0 {
		t.Fatal("there are no accounts")
	}
	rows := 0
	for _, a := range list.Accounts {
		r.do(call{path: a.Links.Balances.Href, header: use}).want(200, "", "")
		for next := a.Links.Transactions.Href + "?bookingStatus=both"; next != ""; {
			var report psd2.TransactionReport
			r.do(call{path: next, header: use}).want(200, "", "").decode(&report)
			rows += len(report.Transactions.Booked)
			if next = ""; report.Transactions.Links.Next != nil {
				next = report.Transactions.Links.Next.Href
			}
		}
	}
	if rows == 0 {
		t.Error("there are no transactions")
	}
	var cards psd2.CardAccountList
	r.do(call{path: consent.Links.CardAccount.Href, header: use}).want(200, "", "").decode(&cards)
	for _, c := range cards.CardAccounts {
		r.do(call{path: c.Links.Transactions.Href + "?bookingStatus=booked", header: use}).want(200, "", "")
	}
}

// The whole directory of the simulator is as described, and its logos come.
func TestSimulatedDirectory(t *testing.T) {
	t.Parallel()
	r := newRig(t, strict)
	simulated(r)
	var list psd2.ASPSPList
	r.do(call{path: aspsps + "/aspsps"}).want(200, "", "").decode(&list)
	if len(list.ASPSPs) != 13 {
		t.Errorf("there are %d banks, want 13", len(list.ASPSPs))
	}
	for _, e := range list.ASPSPs {
		r.do(call{path: aspsps + "/aspsps/" + e.BICFI}).want(200, "", "")
		u, err := url.Parse(e.LogoURL)
		if err != nil {
			t.Fatal(err)
		}
		r.send(call{method: http.MethodGet, path: u.Path}, http.Header{}).want(200, "", "")
	}
	var countries psd2.CountryList
	r.do(call{path: aspsps + "/countries"}).want(200, "", "").decode(&countries)
	if len(countries.Countries) != 6 {
		t.Errorf("there are %d countries, want 6: %v", len(countries.Countries), countries.Countries)
	}
}
