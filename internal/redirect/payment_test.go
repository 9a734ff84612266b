package redirect_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/signing"
)

// A trip is the way of one browser with a payment, a cancellation or a basket.
type trip struct {
	*rig
	kind  string
	found signing.Found
}

func (r *rig) pay(by app.Caller) payment.Ref {
	r.Helper()
	c, err := r.Payments.Create(r.Context(), by, payment.Request{
		BICFI: "ESSESESS", Product: payment.Domestic, Amount: &payment.Amount{Currency: "SEK", Decimal: "1"}, CreditorName: "B",
		Debtor: &bank.Party{Reference: bank.Reference{IBAN: "SE4550000000058398257466"}}, Creditor: &bank.Reference{IBAN: "SE1412000000000012345678"},
	})
	if err != nil {
		r.Fatal(err)
	}
	return payment.Ref{BICFI: "ESSESESS", Product: payment.Domestic, PaymentID: c.ID}
}

// sign starts an authorisation of one of the sets in the redirect.
func (r *rig) sign(by app.Caller, ref payment.Ref, set payment.Set) *trip {
	r.Helper()
	o, err := r.Payments.StartAuthorisation(r.Context(), by, ref, set, signing.Choice{})
	if err != nil {
		r.Fatal(err)
	}
	ref.AuthorisationID = o.Authorisation.ID
	if o, err = r.Payments.ChooseMethod(r.Context(), by, ref, set, signing.Choice{Method: sca.MBID, RedirectPreferred: new(true)}); err != nil {
		r.Fatal(err)
	}
	return &trip{r, redirect.KindPayment, o.Found()}
}

// signBasket starts an authorisation of a basket. Only the call that makes it
// has a preference.
func (r *rig) signBasket(by app.Caller, ids ...string) *trip {
	r.Helper()
	b, err := r.Payments.CreateBasket(r.Context(), by, payment.BasketRequest{BICFI: "ESSESESS", PaymentIDs: ids})
	if err != nil {
		r.Fatal(err)
	}
	ref := payment.BasketRef{BICFI: "ESSESESS", BasketID: b.ID}
	o, err := r.Payments.StartBasket(r.Context(), by, ref, signing.Choice{RedirectPreferred: new(true)})
	if err != nil {
		r.Fatal(err)
	}
	ref.AuthorisationID = o.Authorisation.ID
	if o, err = r.Payments.ChooseForBasket(r.Context(), by, ref, signing.Choice{Method: sca.MBID}); err != nil {
		r.Fatal(err)
	}
	return &trip{r, redirect.KindBasket, o.Found()}
}

func (x *trip) link() url.Values {
	x.Helper()
	_, href, err := x.Link(x.Context(), redirect.LinkRequest{Base: base, Kind: x.kind, Found: x.found})
	if err != nil {
		x.Fatal(err)
	}
	href = strings.NewReplacer("[CLIENT_ID]", appID, "[TPP_REDIRECT_URI]", url.QueryEscape(callback), "[TPP_STATE]", "s").Replace(href)
	u, err := url.Parse(href)
	if err != nil {
		x.Fatal(err)
	}
	return u.Query()
}

func (x *trip) authorize(q url.Values) (string, error) {
	return x.Authorize(x.Context(), redirect.AuthorizeRequest{Base: base, Kind: x.found.Authorisation.Approach, Query: q})
}

// come goes to the bank, where the person signs, and back; it returns the code.
func (x *trip) come(psu string, needed int) string {
	x.Helper()
	if to, err := x.authorize(x.link()); err != nil || !strings.HasPrefix(to, "/bank/run-") {
		x.Fatalf("authorize: %q, %v", to, err)
	}
	orders := x.bank.Orders()
	x.bank.Sign(psu, needed)
	return x.back(x.Return(x.Context(), strings.TrimPrefix(orders[len(orders)-1].ReturnURL, base+redirect.ReturnPath))).Get("code")
}

func (x *trip) exchange(code string, change ...func(*redirect.ExchangeRequest)) error {
	req := redirect.ExchangeRequest{
		App: x.apps[appID], Code: code, RedirectURI: callback,
		Resource: redirect.Resource{Kind: x.kind, ID: x.found.ID, AuthorisationID: x.found.Authorisation.ID},
	}
	for _, f := range change {
		f(&req)
	}
	return x.Exchange(x.Context(), req, func(_ context.Context, s scope.Set) (string, error) {
		if s.String() != "paymentinitiation private" {
			x.Errorf("issue for %s", s)
		}
		return "jti", nil
	})
}

func (r *rig) shown(by app.Caller, ref payment.Ref) payment.Status {
	r.Helper()
	v, err := r.Payments.Payment(r.Context(), by, ref)
	if err != nil {
		r.Fatal(err)
	}
	return v.Shown
}

// TestPaymentRedirect: what was signed at the bank is carried out once the code
// is exchanged, and not before.
func TestPaymentRedirect(t *testing.T) {
	t.Parallel()
	r := newRig(t, sca.OAuthRedirect)
	ref := r.pay(anna())
	x := r.sign(anna(), ref, payment.OfPayment)
	code := x.come("1", 1)
	if s := r.shown(anna(), ref); s != payment.RCVD || len(r.bank.Submitted()) != 0 {
		t.Errorf("before the exchange: %s, told of %v", s, r.bank.Submitted())
	}
	r.fails("another kind", x.exchange(code, func(q *redirect.ExchangeRequest) { q.Resource.Kind = redirect.KindBasket }), problem.GrantInvalid)
	if err := x.exchange(code); err != nil {
		t.Fatal(err)
	}
	if s := r.shown(anna(), ref); s != payment.ACSP || len(r.bank.Submitted()) != 1 {
		t.Errorf("after the exchange: %s, told of %v", s, r.bank.Submitted())
	}
	r.fails("again", x.exchange(code), problem.GrantInvalid)
}

// TestPaymentCodeNotExchanged: no money moves.
func TestPaymentCodeNotExchanged(t *testing.T) {
	t.Parallel()
	r := newRig(t, sca.OAuthRedirect)
	ref := r.pay(anna())
	x := r.sign(anna(), ref, payment.OfPayment)
	code := x.come("1", 1)
	r.clock.Advance(sca.CodeLifetime)
	r.fails("too late", x.exchange(code), problem.GrantInvalid)
	if s := r.shown(anna(), ref); s != payment.RCVD || len(r.bank.Submitted()) != 0 {
		t.Errorf("never exchanged: %s, told of %v", s, r.bank.Submitted())
	}
	// Cancelled between the signature and the exchange.
	x = r.sign(anna(), ref, payment.OfPayment)
	code = x.come("1", 1)
	if _, err := r.Payments.Cancel(t.Context(), anna(), ref); err != nil {
		t.Fatal(err)
	}
	r.fails("cancelled", x.exchange(code), problem.GrantInvalid)
	if s := r.shown(anna(), ref); s != payment.CANC {
		t.Errorf("cancelled: %s", s)
	}
}

// TestPaymentPlainRedirect: there is no code; the way back is enough.
func TestPaymentPlainRedirect(t *testing.T) {
	t.Parallel()
	r := newRig(t, sca.PlainRedirect)
	ref := r.pay(anna())
	x := r.sign(anna(), ref, payment.OfPayment)
	if code := x.come("1", 1); code != "" {
		t.Errorf("the browser brings the code %s", code)
	}
	if s := r.shown(anna(), ref); s != payment.ACSP {
		t.Errorf("signed: %s", s)
	}
}

// TestCancellationRedirect: the id of the authorisation says that it is a
// cancellation.
func TestCancellationRedirect(t *testing.T) {
	t.Parallel()
	r := newRig(t, sca.OAuthRedirect)
	r.bank.Profile.CancelNeedsSCA = true
	ref := r.pay(anna())
	x := r.sign(anna(), ref, payment.OfPayment)
	if err := x.exchange(x.come("1", 1)); err != nil {
		t.Fatal(err)
	}
	x = r.sign(anna(), ref, payment.OfCancellation)
	if q := x.link(); q.Get("acr_values") != "idp:ESSESESS paymentId:"+ref.PaymentID+" paymentAuthorisationId:"+x.found.Authorisation.ID ||
		q.Get("scope") != "paymentinitiation private" {
		t.Errorf("the link has %v", q)
	}
	code := x.come("1", 1)
	orders := r.bank.Orders()
	if o := orders[len(orders)-1]; o.Subject != bank.SubjectCancellation || len(o.Payments) != 1 {
		t.Errorf("the bank is asked for %s of %d payments", o.Subject, len(o.Payments))
	}
	if s := r.shown(anna(), ref); s != payment.ACSP {
		t.Errorf("before the exchange: %s", s)
	}
	if err := x.exchange(code); err != nil {
		t.Fatal(err)
	}
	if s := r.shown(anna(), ref); s != payment.CANC {
		t.Errorf("after the exchange: %s", s)
	}
}

// TestBasketRedirect signs two payments in one browser.
func TestBasketRedirect(t *testing.T) {
	t.Parallel()
	r := newRig(t, sca.OAuthRedirect)
	one, two := r.pay(anna()), r.pay(anna())
	x := r.signBasket(anna(), one.PaymentID, two.PaymentID)
	code := x.come("1", 1)
	if s := r.shown(anna(), one); s != payment.RCVD {
		t.Errorf("before the exchange: %s", s)
	}
	if err := x.exchange(code); err != nil {
		t.Fatal(err)
	}
	if a, b := r.shown(anna(), one), r.shown(anna(), two); a != payment.ACSP || b != payment.ACSP {
		t.Errorf("after the exchange: %s, %s", a, b)
	}
	r.fails("again", x.exchange(code), problem.GrantInvalid)
}

// TestPaymentAuthorizeRefused: what a browser may not be sent with.
func TestPaymentAuthorizeRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, sca.OAuthRedirect)
	ref := r.pay(anna())
	x := r.sign(anna(), ref, payment.OfPayment)
	basket := "idp:ESSESESS basketId:" + ref.PaymentID + " basketAuthorisationId:" + x.found.Authorisation.ID
	for _, tt := range []struct{ name, key, value, want string }{
		{"other scope", "scope", "accountinformation private", "invalid_scope"},
		{"other context", "scope", "paymentinitiation corporate", "invalid_scope"},
		{"as a basket", "acr_values", basket, "invalid_request"},
		{"as both", "acr_values", x.link().Get("acr_values") + strings.TrimPrefix(basket, "idp:ESSESESS"), "invalid_request"},
		{"half", "acr_values", "idp:ESSESESS paymentId:" + ref.PaymentID, "invalid_request"},
		{"other bank", "acr_values", strings.Replace(x.link().Get("acr_values"), "ESSESESS", "HANDSESS", 1), "invalid_request"},
	} {
		q := x.link()
		q.Set(tt.key, tt.value)
		to, err := x.authorize(q)
		if got := r.back(to, err).Get("error"); got != tt.want {
			t.Errorf("%s: %q, want %s", tt.name, got, tt.want)
		}
	}
}
