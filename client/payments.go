package client

import (
	"context"
	"net/http"
	"net/url"

	"sluss.example/sluss/psd2"
)

const initiationPath = "/psd2/paymentinitiation/v1"

// Payments are the payments of one product.
type Payments struct {
	bank    *Bank
	product string
}

// Payments returns the payments of a product: domestic, swedish-giro,
// sepa-credit-transfers or cross-border.
func (b *Bank) Payments(product string) *Payments { return &Payments{b, product} }

// A PaymentOption adds to the creation of a payment.
type PaymentOption struct {
	// Key is an Idempotency-Key: for 24 hours the same payment with the same key
	// is made once, however often it is asked for.
	Key string
	// QuoteID is the quote that a cross-border payment is made at.
	QuoteID string
	// ConsentID links the payment to a consent of the same PSU.
	ConsentID string
	// AffiliateID is the sub-bank.
	AffiliateID string
}

// Create creates a payment, which the PSU is then to sign: see Signatures. The
// option may be the zero value.
func (p *Payments) Create(ctx context.Context, in psd2.Payment, o PaymentOption) (psd2.PaymentCreated, error) {
	h := p.bank.header()
	for name, value := range map[string]string{
		"Idempotency-Key": o.Key, "FX-Quote-Id": o.QuoteID, "Consent-ID": o.ConsentID, "X-AffiliatedASPSP-ID": o.AffiliateID,
	} {
		if value != "" {
			h.Set(name, value)
		}
	}
	var out psd2.PaymentCreated
	err := p.bank.initiation(ctx, request{method: http.MethodPost, path: p.path(""), header: h, body: in}, &out)
	return out, err
}

// Payment returns a payment.
func (p *Payments) Payment(ctx context.Context, id string) (psd2.PaymentInformation, error) {
	var out psd2.PaymentInformation
	err := p.bank.initiation(ctx, request{path: p.path(id)}, &out)
	return out, err
}

// Status returns the status of a payment, such as ACSP, and what is to be said
// of it.
func (p *Payments) Status(ctx context.Context, id string) (psd2.PaymentStatus, error) {
	var out psd2.PaymentStatus
	err := p.bank.initiation(ctx, request{path: p.path(id) + "/status"}, &out)
	return out, err
}

// Cancel cancels a payment. It reports true if that takes a signature, which
// Cancellations asks for; else it is done.
func (p *Payments) Cancel(ctx context.Context, id string) (needsSignature bool, err error) {
	var out psd2.PaymentCancelling
	err = p.bank.initiation(ctx, request{method: http.MethodDelete, path: p.path(id)}, &out)
	return out.TransactionStatus != "", err
}

// Signatures returns the authorisations of a payment.
func (p *Payments) Signatures(id string) *Signatures {
	return &Signatures{p.bank, p.path(id) + "/authorisations"}
}

// Cancellations returns the authorisations of the cancellation of a payment.
func (p *Payments) Cancellations(id string) *Signatures {
	return &Signatures{p.bank, p.path(id) + "/cancellation-authorisations"}
}

func (p *Payments) path(id string) string {
	path := initiationPath + "/payments/" + url.PathEscape(p.product)
	if id != "" {
		path += "/" + url.PathEscape(id)
	}
	return path
}

// Signatures are the authorisations of a payment, of a cancellation or of a
// signing basket.
type Signatures struct {
	bank *Bank
	path string
}

// Start starts an authorisation: the signature of the PSU.
func (s *Signatures) Start(ctx context.Context) (psd2.AuthorisationCreated, error) {
	var out psd2.AuthorisationCreated
	err := s.bank.initiation(ctx, request{method: http.MethodPost, path: s.path, body: struct{}{}}, &out)
	return out, err
}

// ChooseMethod starts the signing by one of the bank's methods, such as mbid.
func (s *Signatures) ChooseMethod(ctx context.Context, authorisationID, method string) (psd2.AuthorisationStarted, error) {
	var out psd2.AuthorisationStarted
	err := s.bank.initiation(ctx, request{
		method: http.MethodPut, path: s.path + "/" + url.PathEscape(authorisationID), body: psd2.StartAuthorisation{AuthenticationMethodID: method},
	}, &out)
	return out, err
}

// Authorisation returns how an authorisation stands. Callers poll it, once a
// second or less often, until its status is finalised, exempted or failed.
func (s *Signatures) Authorisation(ctx context.Context, authorisationID string) (psd2.AuthorisationStatus, error) {
	var out psd2.AuthorisationStatus
	err := s.bank.initiation(ctx, request{path: s.path + "/" + url.PathEscape(authorisationID)}, &out)
	return out, err
}

// Baskets are the signing baskets at a bank.
type Baskets struct{ bank *Bank }

// Baskets returns the signing baskets at the bank.
func (b *Bank) Baskets() *Baskets { return &Baskets{b} }

const basketsPath = initiationPath + "/signing-baskets"

// Create puts payments into a basket, which the PSU is then to sign.
func (b *Baskets) Create(ctx context.Context, paymentIDs ...string) (psd2.BasketCreated, error) {
	var out psd2.BasketCreated
	err := b.bank.initiation(ctx, request{method: http.MethodPost, path: basketsPath, body: psd2.BasketRequest{PaymentIDs: paymentIDs}}, &out)
	return out, err
}

// Basket returns a basket.
func (b *Baskets) Basket(ctx context.Context, id string) (psd2.Basket, error) {
	var out psd2.Basket
	err := b.bank.initiation(ctx, request{path: basketsPath + "/" + url.PathEscape(id)}, &out)
	return out, err
}

// Status returns the status of a basket.
func (b *Baskets) Status(ctx context.Context, id string) (psd2.PaymentStatus, error) {
	var out psd2.PaymentStatus
	err := b.bank.initiation(ctx, request{path: basketsPath + "/" + url.PathEscape(id) + "/status"}, &out)
	return out, err
}

// Delete gives a basket up before an authorisation was started; its payments are
// free again.
func (b *Baskets) Delete(ctx context.Context, id string) error {
	return b.bank.initiation(ctx, request{method: http.MethodDelete, path: basketsPath + "/" + url.PathEscape(id)}, nil)
}

// Signatures returns the authorisations of a basket.
func (b *Baskets) Signatures(id string) *Signatures {
	return &Signatures{b.bank, basketsPath + "/" + url.PathEscape(id) + "/authorisations"}
}

// initiation makes a call of payment initiation.
func (b *Bank) initiation(ctx context.Context, in request, out any) error {
	in.context, in.scope = b.context(), ScopePayments
	if in.header == nil {
		in.header = b.header()
	}
	return b.client.call(ctx, in, out)
}
