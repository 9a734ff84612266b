package api_test

import (
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

const baskets = initiation + "/signing-baskets"

// basketBody returns the body of a basket with the payments at the paths.
func basketBody(paths ...string) string {
	ids := make([]string, len(paths))
	for i, p := range paths {
		ids[i] = `"` + p[strings.LastIndex(p, "/")+1:] + `"`
	}
	return `{"paymentIds":[` + strings.Join(ids, ",") + `]}`
}

// basket puts payments into a basket and returns its path.
func (r *rig) basket(c call, paths ...string) string {
	r.Helper()
	c.method, c.path, c.body = http.MethodPost, baskets, basketBody(paths...)
	var created psd2.BasketCreated
	a := r.paying(c).want(http.StatusCreated, "", "").decode(&created)
	if created.TransactionStatus != "RCVD" || a.header.Get("Location") != apiBase+created.Links.Self.Href || len(created.SCAMethods) == 0 {
		r.Errorf("a new basket: %s, %s", a.header.Get("Location"), a.body)
	}
	return created.Links.Self.Href
}

// TestBasket signs three products at once.
func TestBasket(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	debtor := map[string]any{"debtorAccount": map[string]any{"iban": "SE4550000000058398257466"}}
	var all []string
	for _, product := range []string{"domestic", "swedish-giro", "sepa-credit-transfers"} {
		all = append(all, r.pay(call{path: payments + "/" + product, body: edit(t, good(product), debtor)}))
	}
	basket := r.basket(call{}, all...)
	var read psd2.Basket
	r.paying(call{path: basket}).want(200, "", "").decode(&read)
	if len(read.PaymentIDs) != 3 || read.Links.StartAuthorisation == nil {
		t.Errorf("read %+v", read)
	}
	r.wantStatus(basket, call{}, payment.RCVD, "")
	// Its payments are neither signed nor deleted singly.
	r.paying(call{method: http.MethodDelete, path: all[0]}).want(409, "STATUS_INVALID", "")
	r.paying(call{method: http.MethodPost, path: all[0] + "/authorisations"}).want(409, "STATUS_INVALID", "")
	r.paying(call{path: basket + "/authorisations"}).want(405, "SERVICE_INVALID", "")

	auth := r.begin(basket+"/authorisations", call{})
	orders := r.seb.Orders()
	if o := orders[len(orders)-1]; o.Subject != bank.SubjectBasket || o.SubjectRef != "basket-1" || len(o.Payments) != 3 {
		t.Errorf("the bank is to have %s %s with %d payments signed", o.Subject, o.SubjectRef, len(o.Payments))
	}
	r.paying(call{method: http.MethodDelete, path: basket}).want(409, "STATUS_INVALID", "")
	r.seb.Sign(anna, 1)
	r.wantStatus(all[1], call{}, payment.ACSP, "") // whoever looks first, also at a payment
	r.wantSCA(auth, call{}, "finalised")
	r.wantStatus(basket, call{}, payment.ACTC, "")
	if n := len(r.seb.Submitted()); n != 3 {
		t.Errorf("the bank was told of %d payments, want 3", n)
	}
	r.seb.Say(r.seb.Submitted()[2], bank.PaymentState{Status: payment.RJCT, Reason: "closed"})
	r.wantStatus(all[2], call{}, payment.RJCT, "RAW")
	r.wantStatus(all[0], call{}, payment.ACSP, "")
	for _, c := range []call{{method: http.MethodPost, path: basket + "/authorisations"}, {method: http.MethodDelete, path: basket}} {
		r.paying(c).want(409, "STATUS_INVALID", "")
	}
	r.paying(call{method: http.MethodPut, path: auth, body: `{"authenticationMethodId":"mbid"}`}).want(409, "STATUS_INVALID", "")
	r.paying(call{path: basket}).want(200, "", "").decode(&read)
	if read.Links.StartAuthorisation != nil && read.TransactionStatus == "ACTC" {
		var fresh psd2.Basket
		if r.paying(call{path: basket}).decode(&fresh); fresh.Links.StartAuthorisation != nil {
			t.Error("a signed basket can be signed")
		}
	}
}

// TestBasketSigners: two persons sign, after one has failed.
func TestBasketSigners(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	one, two := r.pay(ofCompany(anna)), r.pay(ofCompany(anna))
	basket := r.basket(ofCompany(anna), one, two)
	auth := r.begin(basket+"/authorisations", ofCompany(anna))
	r.seb.Answer(bank.SCAState{Status: sca.Failed, Failure: sca.UserCancel, Declined: true})
	r.wantSCA(auth, ofCompany(anna), "failed")
	r.wantStatus(basket, ofCompany(anna), payment.RCVD, "")
	r.signs(r.begin(basket+"/authorisations", ofCompany(anna)), anna, 2, ofCompany(anna))
	r.wantStatus(basket, ofCompany(anna), payment.PATC, "AUTHORISATION_PENDING_API")
	r.wantStatus(one, ofCompany(bo), payment.PATC, "AUTHORISATION_PENDING_API")
	del := ofCompany(anna)
	del.method, del.path = http.MethodDelete, basket
	r.paying(del).want(409, "STATUS_INVALID", "")
	r.signs(r.begin(basket+"/authorisations", ofCompany(bo)), bo, 2, ofCompany(bo))
	r.wantStatus(basket, ofCompany(anna), payment.ACTC, "")
	r.wantStatus(two, ofCompany(bo), payment.ACSP, "")
}

// TestBasketEnds: deleted, or never signed; its payments are free again.
func TestBasketEnds(t *testing.T) {
	t.Parallel()
	t.Run("deleted", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		one := r.pay(call{})
		basket := r.basket(call{}, one)
		auth := r.authorise2(basket) // made, not started
		for range 2 {
			r.paying(call{method: http.MethodDelete, path: basket}).want(204, "", "")
		}
		r.wantStatus(basket, call{}, payment.CANC, "")
		r.wantSCA(auth, call{}, "failed")
		r.wantStatus(one, call{}, payment.RCVD, "")
		r.paying(call{method: http.MethodPut, path: auth, body: `{"authenticationMethodId":"mbid"}`}).want(409, "STATUS_INVALID", "")
		if got := r.seb.ClosedBaskets(); len(got) != 1 {
			t.Errorf("the bank closed %v", got)
		}
		r.signs(r.begin(r.basket(call{}, one)+"/authorisations", call{}), anna, 1, call{})
		r.wantStatus(one, call{}, payment.ACSP, "")
	})
	t.Run("never signed", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		soon := r.pay(ofCompany(anna))
		c := ofCompany(anna)
		c.body = edit(t, goodDomestic, map[string]any{"requestedExecutionDate": "2026-11-24"})
		tomorrow := r.pay(c)
		basket := r.basket(ofCompany(anna), soon, tomorrow)
		r.signs(r.begin(basket+"/authorisations", ofCompany(anna)), anna, 2, ofCompany(anna))
		r.wantStatus(soon, ofCompany(anna), payment.PATC, "AUTHORISATION_PENDING_API")
		r.clock.Advance(48 * time.Hour)
		r.wantStatus(basket, ofCompany(anna), payment.RJCT, "RAW")
		r.wantStatus(tomorrow, ofCompany(anna), payment.RJCT, "RAW")
		r.wantStatus(soon, ofCompany(anna), payment.RCVD, "")
		r.clock.Advance(30 * 24 * time.Hour)
		r.wantStatus(soon, ofCompany(anna), payment.RJCT, "RAW")
	})
}

// TestBasketRefused: the bank refuses the basket, before or after somebody has
// signed it. Its payments are free again, and what was signed is void.
func TestBasketRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		sign     func(r *rig, auth string) // before the bank refuses
		wantSCA  string                    // of the authorisation
		wantCode string                    // of its message
	}{
		{"before it is signed", func(*rig, string) {}, "failed", "RAW"},
		{"together with the signature", func(r *rig, _ string) { r.seb.Sign(anna, 1) }, "failed", "RAW"},
		{
			"after one of two signatures",
			func(r *rig, auth string) {
				r.signs(auth, anna, 2, ofCompany(anna))
				r.wantStatus(auth[:strings.Index(auth, "/authorisations")], ofCompany(anna), payment.PATC, "AUTHORISATION_PENDING_API")
			},
			"finalised", "",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			by := ofCompany(anna)
			one, two := r.pay(by), r.pay(by)
			basket := r.basket(by, one, two)
			auth := r.begin(basket+"/authorisations", by)
			tt.sign(r, auth)
			r.seb.SayBasket(bank.BasketState{Refused: true, Reason: "too many payees"})
			r.wantStatus(one, by, payment.RCVD, "") // whoever looks first
			r.wantStatus(basket, by, payment.RJCT, "RAW")
			var read psd2.Basket
			by.path = basket
			r.paying(by).want(200, "", "").decode(&read)
			if len(read.TPPMessages) != 1 || read.TPPMessages[0].Text != "too many payees" || read.Links.StartAuthorisation != nil {
				t.Errorf("read %+v", read)
			}
			st := r.wantSCA(auth, ofCompany(anna), tt.wantSCA)
			if tt.wantCode != "" && (len(st.TPPMessages) != 1 || string(st.TPPMessages[0].Code) != tt.wantCode) {
				t.Errorf("messages %v, want %s", st.TPPMessages, tt.wantCode)
			}
			by.method, by.path = http.MethodPost, basket+"/authorisations"
			r.paying(by).want(409, "STATUS_INVALID", "")
			if n := len(r.seb.Submitted()); n != 0 {
				t.Errorf("the bank was told of %d payments", n)
			}
			if got := r.seb.ClosedBaskets(); len(got) != 1 {
				t.Errorf("the bank closed %v", got)
			}
			// Each goes on by itself, or in another basket.
			r.seb.SayBasket(bank.BasketState{})
			r.signs(r.begin(one+"/authorisations", ofCompany(anna)), anna, 1, ofCompany(anna))
			r.wantStatus(one, ofCompany(anna), payment.ACSP, "")
			r.signs(r.begin(r.basket(ofCompany(anna), two)+"/authorisations", ofCompany(anna)), anna, 1, ofCompany(anna))
			r.wantStatus(two, ofCompany(anna), payment.ACSP, "")
		})
	}
	t.Run("bank down", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		one := r.pay(call{})
		basket := r.basket(call{}, one)
		r.seb.RefuseCall("Basket", problem.New(problem.BankUnavailable, "down"))
		r.paying(call{path: basket}).want(503, "SERVICE_UNAVAILABLE", "")
		r.paying(call{method: http.MethodDelete, path: basket}).want(204, "", "") // nobody has signed it
		r.wantStatus(one, call{}, payment.RCVD, "")
		r.seb.RefuseCall("Basket", problem.New(problem.ResourceUnknown, "forgotten"))
		r.signs(r.begin(r.basket(call{}, one)+"/authorisations", call{}), anna, 1, call{})
		r.wantStatus(one, call{}, payment.ACSP, "")
	})
}

// TestBasketTakesPrepared: a payment with an authorisation that nobody has
// started may be put into a basket. That one has come to its end then.
func TestBasketTakesPrepared(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	one := r.pay(call{})
	auth := r.authorise2(one)
	put := call{method: http.MethodPut, path: auth, body: `{"authenticationMethodId":"mbid"}`}
	basket := r.basket(call{}, one)
	st := r.wantSCA(auth, call{}, "failed")
	if len(st.TPPMessages) != 1 || st.TPPMessages[0].Code != "AUTHENTICATION_SESSION_EXPIRED" || st.TPPMessages[0].Text != "the payment is signed with its basket" {
		t.Errorf("messages %v", st.TPPMessages)
	}
	r.paying(put).want(409, "STATUS_INVALID", "")
	if n := len(r.seb.Orders()); n != 0 {
		t.Errorf("the bank was asked for %d signatures", n)
	}
	r.paying(call{method: http.MethodDelete, path: basket}).want(204, "", "")
	r.paying(put).want(409, "STATUS_INVALID", "") // it has ended for good
	r.signs(r.begin(one+"/authorisations", call{}), anna, 1, call{})
	r.wantStatus(one, call{}, payment.ACSP, "")
}

// TestBasketFaults has every rule of a basket broken.
func TestBasketFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.seb.Profile.BasketLimit, r.picky.Profile.Baskets = 3, false
	one, two := r.pay(call{}), r.pay(call{})
	otherDebtor := r.pay(call{body: edit(t, goodDomestic, map[string]any{"debtorAccount": map[string]any{"bban": "1"}})})
	abroad := r.pay(call{path: payments + "/cross-border"})
	running := r.pay(call{})
	r.begin(running+"/authorisations", call{})
	taken := r.pay(call{})
	r.basket(call{}, taken)
	cancelled := r.pay(call{})
	r.paying(call{method: http.MethodDelete, path: cancelled}).want(204, "", "")
	foreign := r.pay(call{app: appB})
	elsewhere := r.pay(call{header: map[string]string{"X-BicFi": "HANDSESS", "PSU-User-Agent": "x"}})
	tests := []struct {
		name, body string
		header     map[string]string
		scope      string
		want       int
		code, path string
	}{
		{"no body", "", nil, "", 400, "FORMAT_ERROR", ""},
		{"no ids", "{}", nil, "", 400, "FORMAT_ERROR", "paymentIds"},
		{"empty", `{"paymentIds":[]}`, nil, "", 400, "FORMAT_ERROR", "paymentIds"},
		{"no array", `{"paymentIds":"x"}`, nil, "", 400, "FORMAT_ERROR", "paymentIds"},
		{"no strings", `{"paymentIds":[1]}`, nil, "", 400, "FORMAT_ERROR", "paymentIds"},
		{"twice", basketBody(one, strings.ToUpper(one)), nil, "", 400, "FORMAT_ERROR", "paymentIds[1]"},
		{"consents", strings.Replace(basketBody(one), "{", `{"consentIds":["x"],`, 1), nil, "", 400, "PARAMETER_NOT_SUPPORTED", "consentIds"},
		{"too many", basketBody(one, two, otherDebtor, abroad), nil, "", 400, "REFERENCE_MIX_INVALID", "paymentIds"},
		{"no such payment", `{"paymentIds":["` + requestID + `"]}`, nil, "", 400, "RESOURCE_UNKNOWN", "paymentIds[0]"},
		{"no id at all", `{"paymentIds":["x"]}`, nil, "", 400, "RESOURCE_UNKNOWN", "paymentIds[0]"},
		{"another app's", basketBody(one, foreign), nil, "", 400, "RESOURCE_UNKNOWN", "paymentIds[1]"},
		{"another person's", basketBody(one), map[string]string{"PSU-ID": bo}, "", 400, "RESOURCE_UNKNOWN", "paymentIds[0]"},
		{"another debtor", basketBody(one, otherDebtor), nil, "", 400, "REFERENCE_MIX_INVALID", "paymentIds[1]"},
		{"abroad", basketBody(abroad), nil, "", 400, "REFERENCE_MIX_INVALID", "paymentIds[0]"},
		{"another bank", basketBody(elsewhere), nil, "", 400, "REFERENCE_MIX_INVALID", "paymentIds[0]"},
		{"being signed", basketBody(one, running), nil, "", 409, "REFERENCE_STATUS_INVALID", "paymentIds[1]"},
		{"in another", basketBody(taken), nil, "", 409, "REFERENCE_STATUS_INVALID", "paymentIds[0]"},
		{"cancelled", basketBody(cancelled), nil, "", 409, "REFERENCE_STATUS_INVALID", "paymentIds[0]"},
		{"no baskets here", basketBody(elsewhere), map[string]string{"X-BicFi": "HANDSESS"}, "", 405, "SERVICE_INVALID", ""},
		{"no consent", basketBody(one), map[string]string{"Consent-ID": requestID}, "", 403, "CONSENT_UNKNOWN", "Consent-ID"},
		{"no KYC", "[", map[string]string{"PSU-Corporate-ID": "5560160681"}, paysCompany, 403, "TPP_KYC_INVALID", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r.paying(call{method: http.MethodPost, path: baskets, body: tt.body, header: tt.header, scope: tt.scope}).want(tt.want, tt.code, tt.path)
		})
	}
	r.seb.RefuseCall("OpenBasket", problem.New(problem.BankUnavailable, "down"))
	r.paying(call{method: http.MethodPost, path: baskets, body: basketBody(one)}).want(503, "SERVICE_UNAVAILABLE", "")
	r.seb.RefuseCall("OpenBasket", nil)
	basket := r.basket(call{}, one, two)
	r.paying(call{method: http.MethodPut, path: r.authorise2(basket), body: `{"authenticationMethodId":"x"}`}).want(400, "SCA_METHOD_UNKNOWN", "")
	r.paying(call{path: basket, header: map[string]string{"X-BicFi": "HANDSESS"}}).want(400, "PARAMETER_NOT_CONSISTENT", "X-BicFi")
	r.paying(call{path: baskets + "/" + requestID}).want(404, "RESOURCE_UNKNOWN", "basketId")
}
