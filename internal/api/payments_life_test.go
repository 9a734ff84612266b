package api_test

import (
	"encoding/xml"
	"net/http"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/psd2"
)

const (
	anna = "199002092386"
	bo   = "199001011234"
)

// ofCompany is a call of a person of a company.
func ofCompany(psu string) call {
	return call{scope: paysCompany, header: map[string]string{"PSU-ID": psu}}
}

// TestSeveralSigners: the first signature, the second, and who may not sign.
func TestSeveralSigners(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	self := r.pay(ofCompany(anna))
	one := r.begin(self+"/authorisations", ofCompany(anna))
	r.signs(one, anna, 2, ofCompany(anna))
	st := r.wantSCA(one, ofCompany(anna), "finalised")
	if len(st.TPPMessages) != 1 || st.TPPMessages[0].Code != psd2.AuthorisationPending || st.TPPMessages[0].Category != psd2.Information {
		t.Errorf("messages %v, want that another must sign", st.TPPMessages)
	}
	r.wantStatus(self, ofCompany(bo), payment.PATC, "AUTHORISATION_PENDING_API")
	again := ofCompany(anna)
	again.method, again.path = http.MethodPost, self+"/authorisations"
	r.paying(again).want(409, "STATUS_INVALID", "")
	two := r.begin(self+"/authorisations", ofCompany(bo))
	put := ofCompany(anna)
	put.method, put.path, put.body = http.MethodPut, two, `{"authenticationMethodId":"mbid"}`
	r.paying(put).want(403, "RESOURCE_UNKNOWN", "authorisationId")
	r.signs(two, bo, 2, ofCompany(bo))
	r.wantStatus(self, ofCompany(anna), payment.ACSP, "")
	if n := len(r.seb.Submitted()); n != 1 {
		t.Errorf("the bank was told %d times", n)
	}
	put.path = one
	r.paying(put).want(409, "STATUS_INVALID", "")
	var list psd2.AuthorisationList
	get := ofCompany(anna)
	get.path = self + "/authorisations"
	r.paying(get).want(200, "", "").decode(&list)
	if len(list.AuthorisationIDs) != 2 || !strings.HasSuffix(one, list.AuthorisationIDs[0]) {
		t.Errorf("authorisations %v", list.AuthorisationIDs)
	}
}

// TestPaymentSCAFailed: a payment survives a failed SCA, also one that was
// declined.
func TestPaymentSCAFailed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	self := r.pay(call{})
	for _, st := range []bank.SCAState{
		{Status: sca.Failed, Failure: sca.SessionExpired},
		{Status: sca.Failed, Failure: sca.UserCancel, Declined: true},
		{Status: sca.Failed, Failure: sca.NotActivated},
		{Status: sca.Failed, Failure: sca.RightsMissing},
	} {
		auth := r.begin(self+"/authorisations", call{})
		r.seb.Answer(st)
		got := r.wantSCA(auth, call{}, "failed")
		if len(got.TPPMessages) != 1 || string(got.TPPMessages[0].Code) != string(st.Failure) {
			t.Errorf("messages %v, want %s", got.TPPMessages, st.Failure)
		}
		r.wantStatus(self, call{}, payment.RCVD, "")
	}
	r.paying(call{method: http.MethodPut, path: r.authorise2(self), body: `{"authenticationMethodId":"otp"}`}).want(400, "SCA_METHOD_UNKNOWN", "authenticationMethodId")
	auth := r.begin(self+"/authorisations", call{})
	r.paying(call{method: http.MethodPut, path: auth, body: `{"authenticationMethodId":"mbid"}`}).want(409, "STATUS_INVALID", "")
	r.signs(auth, anna, 1, call{})
	r.paying(call{method: http.MethodPost, path: self + "/authorisations"}).want(409, "STATUS_INVALID", "")
}

// authorise2 makes an authorisation and leaves it at that.
func (r *rig) authorise2(self string) string {
	r.Helper()
	var created psd2.AuthorisationCreated
	r.paying(call{method: http.MethodPost, path: self + "/authorisations"}).want(201, "", "").decode(&created)
	return created.Links.SCAStatus.Href
}

// TestPaymentRounds: a bank that needs a log-in, then the payee, then the
// signature.
func TestPaymentRounds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	self := r.pay(call{})
	auth := r.begin(self+"/authorisations", call{})
	for _, status := range []sca.Status{sca.Started, sca.AuthenticationStarted} { // a late answer of the first round changes nothing
		r.seb.Answer(bank.SCAState{Status: status, Challenge: sca.Challenge{Data: []string{string(status)}}})
		if st := r.wantSCA(auth, call{}, "started"); st.ChallengeData == nil || st.ChallengeData.Data[0] != string(status) {
			t.Errorf("challenge %v, want the one of %s", st.ChallengeData, status)
		}
	}
}

// TestPaymentEnds: what the bank and the calendar make of a payment.
func TestPaymentEnds(t *testing.T) {
	t.Parallel()
	signed := func(r *rig, self string) string {
		r.signs(r.begin(self+"/authorisations", call{}), anna, 1, call{})
		all := r.seb.Submitted()
		return all[len(all)-1]
	}
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		self := r.pay(call{})
		r.seb.Say(signed(r, self), bank.PaymentState{Status: payment.RJCT, Reason: "no cover"})
		r.wantStatus(self, call{}, payment.RJCT, "RAW")
		late := r.paying(call{method: http.MethodDelete, path: self}).want(405, "CANCELLATION_INVALID", "")
		if allow := late.header.Get("Allow"); allow != "GET" {
			t.Errorf("Allow %q of a payment that can no longer be cancelled, want GET", allow)
		}
		r.paying(call{method: http.MethodPost, path: self + "/authorisations"}).want(409, "STATUS_INVALID", "")
	})
	t.Run("late answers", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		self := r.pay(call{})
		ref := signed(r, self)
		for _, step := range []struct{ says, want payment.Status }{
			{payment.PDNG, payment.PDNG},
			{payment.ACSP, payment.ACSP},
			{payment.ACTC, payment.ACSP},
			{payment.PDNG, payment.ACSP},
			{payment.RCVD, payment.ACSP},
			{payment.ACSC, payment.ACSC},
			{payment.ACSP, payment.ACSC},
			{payment.RJCT, payment.ACSC},
			{payment.ACCC, payment.ACCC},
			{payment.ACSC, payment.ACCC},
		} {
			r.seb.Say(ref, bank.PaymentState{Status: step.says})
			r.wantStatus(self, call{}, step.want, "")
		}
		if n := len(r.seb.Submitted()); n != 1 {
			t.Errorf("the bank was told %d times", n)
		}
	})
	t.Run("never signed", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		self := r.pay(call{})
		auth := r.authorise2(self)
		r.clock.Advance(30*24*time.Hour - time.Second)
		r.wantStatus(self, call{}, payment.RCVD, "")
		r.clock.Advance(time.Second)
		r.wantStatus(self, call{}, payment.RJCT, "RAW")
		r.wantSCA(auth, call{}, "failed")
	})
	t.Run("date passed", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		self := r.pay(call{body: edit(t, goodDomestic, map[string]any{"requestedExecutionDate": "2026-11-24"})})
		r.clock.Advance(35*time.Hour - time.Second) // 23:59:59 in Stockholm
		r.wantStatus(self, call{}, payment.RCVD, "")
		r.clock.Advance(time.Second)
		r.wantStatus(self, call{}, payment.RJCT, "RAW")
	})
	t.Run("bank down", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		self := r.pay(call{})
		r.seb.Down(problem.New(problem.BankUnavailable, "down"))
		r.paying(call{path: self}).want(502, "BANK_SERVICE_UNAVAILABLE", "")
		r.paying(call{path: self + "/status"}).want(502, "BANK_SERVICE_UNAVAILABLE", "")
		r.paying(call{path: self + "/status", header: map[string]string{"Accept": "application/problem+json"}}).want(502, "", "")
		r.seb.Down(nil)
		r.wantStatus(self, call{}, payment.RCVD, "")
	})
	t.Run("bank down when it is signed", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		self := r.pay(call{})
		auth := r.begin(self+"/authorisations", call{})
		r.seb.RefuseCall("SubmitPayment", problem.New(problem.BankUnavailable, "down"))
		r.signs(auth, anna, 1, call{}) // the signature stands all the same
		r.wantStatus(self, call{}, payment.ACTC, "")
		r.seb.RefuseCall("SubmitPayment", nil)
		r.wantStatus(self, call{}, payment.ACSP, "")
	})
}

// TestPaymentShown: statuses of the bank's own, a view that lags behind, XML.
func TestPaymentShown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.seb.Profile.NativeStatus, r.seb.Profile.VisibilityLag = true, 5*time.Minute
	flags := func(s string) call { return call{header: map[string]string{"X-Feature-Flags": s}} }
	var created psd2.PaymentCreated
	r.paying(call{method: http.MethodPost, path: payments + "/domestic", body: goodDomestic}).want(201, "", "").decode(&created)
	self := created.Links.Self.Href
	if created.TransactionStatus != "ACTC" {
		t.Errorf("a bank with its own statuses answers %s", created.TransactionStatus)
	}
	r.wantStatus(self, call{}, payment.ACTC, "")
	r.wantStatus(self, flags("other, New-Statuses"), payment.RCVD, "")
	r.wantStatus(self, flags("new-statuses-global"), payment.RCVD, "")
	r.wantStatus(self, flags("other"), payment.ACTC, "")
	r.signs(r.begin(self+"/authorisations", call{}), anna, 1, call{})
	r.clock.Advance(5*time.Minute - time.Second)
	r.wantStatus(self, flags("new-statuses"), payment.RCVD, "")
	r.clock.Advance(time.Second)
	r.wantStatus(self, flags("new-statuses"), payment.ACSP, "")

	asXML := map[string]string{"Accept": "application/xml"}
	a := r.paying(call{path: self + "/status", header: asXML}).want(200, "", "")
	var doc struct {
		Status string `xml:"CstmrPmtStsRpt>OrgnlPmtInfAndSts>TxInfAndSts>TxSts"`
	}
	if err := xml.Unmarshal([]byte(a.body), &doc); err != nil || doc.Status != "ACSP" || a.header.Get("Content-Type") != "application/xml; charset=utf-8" {
		t.Errorf("as XML: %v, %s, %s", err, a.header.Get("Content-Type"), a.body)
	}
	for accept, want := range map[string]int{"application/xml, application/json": 200, "application/xml, */*": 200, "text/xml": 406} {
		a := r.paying(call{path: self + "/status", header: map[string]string{"Accept": accept}}).want(want, "", "")
		if want == 200 && !strings.HasPrefix(a.body, "{") {
			t.Errorf("Accept %s gets %s", accept, a.body)
		}
	}
	r.paying(call{path: self, header: asXML}).want(406, "REQUESTED_FORMATS_INVALID", "")
}

// TestCancel goes through the table of what can be cancelled when.
func TestCancel(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		says     payment.Status // of the bank; empty if nobody has signed
		wantCode int
		wantSCA  int // where the bank asks for an SCA
	}{
		{"unsigned", "", 204, 204},
		{"waiting", payment.ACTC, 204, 202},
		{"pending", payment.PDNG, 204, 202},
		{"executing", payment.ACSP, 204, 202},
		{"debited", payment.ACSC, 405, 405},
		{"credited", payment.ACCC, 405, 405},
		{"rejected", payment.RJCT, 405, 405},
	} {
		for _, withSCA := range []bool{false, true} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				r.seb.Profile.CancelNeedsSCA = withSCA
				self := r.pay(call{})
				open := r.authorise2(self)
				if tt.says != "" {
					r.signs(r.begin(self+"/authorisations", call{}), anna, 1, call{})
					r.seb.Say(r.seb.Submitted()[0], bank.PaymentState{Status: tt.says})
				}
				want := tt.wantCode
				if withSCA {
					want = tt.wantSCA
				}
				a := r.paying(call{method: http.MethodDelete, path: self}).want(want, "", "")
				switch want {
				case 204:
					r.wantStatus(self, call{}, payment.CANC, "")
					r.paying(call{method: http.MethodDelete, path: self}).want(204, "", "")
					r.wantSCA(open, call{}, "failed")
					if len(r.seb.Cancelled()) == 0 {
						t.Error("the bank was not told")
					}
				case 202:
					var c psd2.PaymentCancelling
					a.decode(&c)
					if c.TransactionStatus != string(tt.says) || c.Links.StartAuthorisation.Href != self+"/cancellation-authorisations" || len(c.SCAMethods) == 0 {
						t.Errorf("202 %+v", c)
					}
				case 405:
					a.want(405, "CANCELLATION_INVALID", "")
				}
			})
		}
	}
}

// TestCancellation signs a cancellation, in each way that it can end.
func TestCancellation(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (*rig, string, string) {
		t.Helper()
		r := newRig(t)
		r.seb.Profile.CancelNeedsSCA = true
		self := r.pay(call{})
		r.paying(call{method: http.MethodPost, path: self + "/cancellation-authorisations"}).want(409, "STATUS_INVALID", "") // unsigned: none is needed
		r.signs(r.begin(self+"/authorisations", call{}), anna, 1, call{})
		return r, self, r.begin(self+"/cancellation-authorisations", call{})
	}
	t.Run("signed", func(t *testing.T) {
		t.Parallel()
		r, self, cancel := start(t)
		r.wantStatus(self, call{}, payment.ACSP, "")
		r.signs(cancel, anna, 1, call{})
		r.wantStatus(self, call{}, payment.CANC, "")
		var list psd2.CancellationList
		r.paying(call{path: self + "/cancellation-authorisations"}).want(200, "", "").decode(&list)
		if len(list.CancellationIDs) != 1 || !strings.HasSuffix(cancel, list.CancellationIDs[0]) {
			t.Errorf("cancellations %v", list.CancellationIDs)
		}
		r.paying(call{method: http.MethodPost, path: self + "/cancellation-authorisations"}).want(409, "STATUS_INVALID", "")
		// Neither kind of id is of the other.
		id := list.CancellationIDs[0]
		r.paying(call{path: self + "/authorisations/" + id}).want(404, "RESOURCE_UNKNOWN", "authorisationId")
		r.paying(call{method: http.MethodPut, path: self + "/authorisations/" + id, body: `{"authenticationMethodId":"mbid"}`}).want(404, "RESOURCE_UNKNOWN", "")
		r.paying(call{path: self + "/cancellation-authorisations/" + requestID}).want(404, "RESOURCE_UNKNOWN", "cancellationId")
	})
	t.Run("declined", func(t *testing.T) {
		t.Parallel()
		r, self, cancel := start(t)
		r.seb.Answer(bank.SCAState{Status: sca.Failed, Failure: sca.UserCancel, Declined: true})
		r.wantSCA(cancel, call{}, "failed")
		r.wantStatus(self, call{}, payment.ACSP, "")
		r.signs(r.begin(self+"/cancellation-authorisations", call{}), anna, 1, call{})
		r.wantStatus(self, call{}, payment.CANC, "")
	})
	failed := func(r *rig, cancel string) {
		r.Helper()
		st := r.wantSCA(cancel, call{}, "failed")
		if len(st.TPPMessages) != 1 || st.TPPMessages[0].Code != psd2.Raw || st.TPPMessages[0].Category != psd2.Unmapped {
			r.Errorf("messages %v of a cancellation that came too late", st.TPPMessages)
		}
	}
	t.Run("too late", func(t *testing.T) {
		t.Parallel()
		r, self, cancel := start(t)
		r.seb.Say(r.seb.Submitted()[0], bank.PaymentState{Status: payment.ACSC})
		r.seb.Sign(anna, 1)
		failed(r, cancel)
		r.wantStatus(self, call{}, payment.ACSC, "")
		failed(r, cancel)
		r.paying(call{method: http.MethodDelete, path: self}).want(405, "CANCELLATION_INVALID", "")
	})
	t.Run("too late, for now", func(t *testing.T) {
		t.Parallel()
		r, self, cancel := start(t)
		r.seb.RefuseCall("CancelPayment", problem.New(problem.CancellationInvalid, "it is being carried out"))
		r.seb.Sign(anna, 1)
		failed(r, cancel)
		r.wantStatus(self, call{}, payment.ACSP, "")
		r.seb.RefuseCall("CancelPayment", nil)
		r.signs(r.begin(self+"/cancellation-authorisations", call{}), anna, 1, call{}) // the same person
		r.wantStatus(self, call{}, payment.CANC, "")
		failed(r, cancel)
	})
	t.Run("overtaken", func(t *testing.T) {
		t.Parallel()
		r, self, cancel := start(t)
		r.seb.RefuseCall("CancelPayment", problem.New(problem.BankUnavailable, "down"))
		r.seb.Sign(anna, 1)
		r.paying(call{path: cancel}).want(503, "SERVICE_UNAVAILABLE", "") // nobody is told that it is finalised
		r.seb.RefuseCall("CancelPayment", nil)
		r.seb.Say(r.seb.Submitted()[0], bank.PaymentState{Status: payment.ACSC})
		r.wantStatus(self, call{}, payment.ACSC, "")
		failed(r, cancel)
	})
	t.Run("bank down", func(t *testing.T) {
		t.Parallel()
		r, self, cancel := start(t)
		r.seb.RefuseCall("CancelPayment", problem.New(problem.BankUnavailable, "down"))
		r.seb.Sign(anna, 1)
		r.paying(call{path: cancel}).want(503, "SERVICE_UNAVAILABLE", "")
		r.seb.RefuseCall("CancelPayment", nil)
		r.wantStatus(self, call{}, payment.CANC, "")
	})
}
