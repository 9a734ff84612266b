package payment

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/payee"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/signing"
	"sluss.example/sluss/internal/trace"
)

const (
	// awaitLife is how many days a payment waits to be fully signed.
	awaitLife = 30
	// keyLife is how long an idempotency key is remembered.
	keyLife = 24 * time.Hour
)

// A Created is a new payment, and how the PSU may authorise it. Where the
// request was answered before, Answer is that answer and the rest is zero.
type Created struct {
	View
	Approach sca.Approach
	Methods  []sca.Method
	// Payee says whether the creditor's name is that of the account. It is nil
	// where nobody looks, which is for every product but SEPA.
	Payee  *payee.Verification
	Answer *Answer // nil unless the request had an idempotency key
}

// Create opens a payment at the bank and stores it, after the checks of its
// headers, of due diligence and of its body. All faults of the body come in one
// error. A request with an idempotency key of the last 24 hours gets the answer
// of the first one, or problem.StatusInvalid if it asks for something else.
func (s *Service) Create(ctx context.Context, by app.Caller, r Request) (Created, error) {
	o := &opening{s: s, by: by, r: &r, now: s.Clock.Now()}
	if err := o.headers(ctx); err != nil {
		return Created{}, err
	}
	if s.KYC != nil && by.Context == scope.Corporate {
		if err := s.KYC.Check(ctx, by); err != nil {
			return Created{}, err
		}
	}
	if first, err := o.answered(ctx); first != nil || err != nil {
		return Created{Answer: first}, err
	}
	info := o.bank.Info()
	order, err := r.check(o.product, info, info.Date(o.now))
	if err != nil {
		return Created{}, err
	}
	p := o.payment(order)
	if err := o.quote(ctx, &p); err != nil {
		return Created{}, err
	}
	if err := o.open(ctx, &p); err != nil {
		return Created{}, err
	}
	c := Created{View: (&desk{s: s, b: o.bank, p: p}).view(), Approach: info.Profile.Approach(r.RedirectPreferred), Methods: info.Profile.Methods}
	if o.product == SEPA {
		c.Payee = o.verify(ctx, &order)
	}
	if err := o.store(ctx, &c); err != nil {
		again := errors.Is(err, errAnswered)
		if again || refused(err) {
			_, _ = o.bank.CancelPayment(context.WithoutCancel(ctx), p.BankRef) // best effort: nobody can sign it
		}
		if again { // another one with the same key was faster
			first, err := o.answered(ctx)
			return Created{Answer: first}, err
		}
		return Created{}, err
	}
	return c, nil
}

// refused reports whether a payment was certainly not stored. Where the database
// is away nobody knows, and a request that is repeated with its key may find it.
func refused(err error) bool {
	p, ok := errors.AsType[*problem.Error](err)
	return ok && p.Reason != problem.Busy
}

// errAnswered says that a request with the same key was answered meanwhile.
var errAnswered = errors.New("answered meanwhile")

// An opening is the making of one payment.
type opening struct {
	s       *Service
	by      app.Caller
	r       *Request
	now     time.Time
	bank    Bank
	product string
	// affiliate is the id of the sub-bank, without leading zeros.
	affiliate string
}

// headers checks what comes before the body: product, bank, consent, sub-bank.
func (o *opening) headers(ctx context.Context) (err error) {
	if o.product, err = ParseProduct(o.r.Product); err != nil {
		return err
	}
	conn, ok := o.s.Banks.Bank(o.r.BICFI)
	if !ok {
		return problem.Blame(problem.New(problem.ResourceUnknown, "no bank with this BIC"), problem.Header, "X-BicFi")
	}
	if o.bank, ok = conn.(Bank); !ok {
		return problem.New(problem.ServiceUnsupported, "the bank does not offer payments")
	}
	info := conn.Info()
	if !offers(&info.Profile, o.product) {
		return problem.Blame(problem.New(problem.ProductInvalid, "the bank does not offer this product; the directory lists them"), problem.Path, "product")
	}
	if err := o.s.checkConsent(ctx, o.by, o.r.ConsentID); err != nil {
		return err
	}
	if o.affiliate, ok = info.Affiliate(o.r.Affiliate); !ok && o.r.Affiliate != "" {
		return problem.Blame(problem.New(problem.ResourceUnknown, "the bank has no such affiliate; the directory lists them"),
			problem.Header, "X-AffiliatedASPSP-ID")
	}
	return nil
}

// checkConsent checks a Consent-ID header, which links two services and opens
// nothing here.
func (s *Service) checkConsent(ctx context.Context, by app.Caller, id string) error {
	if id == "" {
		return nil
	}
	err := error(problem.New(problem.ConsentUnknown, "no such consent"))
	if s.Consents != nil {
		err = s.Consents.Known(ctx, by, id)
	}
	return problem.Blame(err, problem.Header, "Consent-ID")
}

// answered returns the answer that the request's key was given, nil if it is
// new.
func (o *opening) answered(ctx context.Context) (*Answer, error) {
	if o.r.Key == "" {
		return nil, nil
	}
	first, ok, err := o.s.Store.Answer(ctx, o.by.ClientID, o.r.Key, o.now.Add(-keyLife))
	if !ok || err != nil {
		return nil, err
	}
	if first.Request != o.fingerprint() {
		return nil, problem.Blame(problem.New(problem.StatusInvalid, "the key was used for another request"), problem.Header, "Idempotency-Key")
	}
	return &first, nil
}

// fingerprint is a hash of all that a repeated request must have in common: for
// whom it is, at which bank, and what it asks for.
func (o *opening) fingerprint() [32]byte {
	h := sha256.New()
	for _, part := range [][]byte{
		[]byte(o.by.Context), []byte(o.by.Organisation), []byte(o.by.PSU), []byte(o.r.BICFI), []byte(o.product),
		[]byte(o.affiliate), []byte(o.r.ConsentID), []byte(o.r.QuoteID), o.r.Body,
	} {
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		_, _ = h.Write(part)
	}
	return [32]byte(h.Sum(nil))
}

// payment returns the payment that a checked request asks for.
func (o *opening) payment(order bank.PaymentOrder) Payment {
	p := Payment{
		ID: ident.NewUUID(), Owner: app.Owner(o.by), BICFI: o.r.BICFI, Affiliate: o.affiliate, Order: order,
		ConsentID: o.r.ConsentID, Status: RCVD, StatusAt: o.now, CreatedAt: o.now, ExpiresAt: o.now.AddDate(0, 0, awaitLife), Version: 1,
	}
	if p.Owner.Context == scope.Private {
		p.Owner.Organisation = ""
	}
	if d := order.ExecutionDate; !d.IsZero() {
		if end := o.bank.Info().Begin(d.AddDate(0, 0, 1)); end.Before(p.ExpiresAt) {
			p.ExpiresAt = end
		}
	}
	if p.Order.Product == CrossBorder {
		p.QuoteID = o.r.QuoteID
	}
	return p
}

// quote sets what the payment costs by its quote.
func (o *opening) quote(ctx context.Context, p *Payment) error {
	if p.QuoteID == "" {
		return nil
	}
	id, ok := fx.ParseID(p.QuoteID)
	q, err := fx.Quote{}, error(problem.New(problem.ResourceUnknown, "no such quote"))
	if ok {
		q, err = o.s.Store.Quote(ctx, id)
	}
	if err == nil {
		err = q.CheckUse(o.use(p))
	}
	if err != nil {
		return problem.Blame(err, problem.Header, "FX-Quote-Id")
	}
	p.QuoteID, p.Order.Source = id, q.Total
	return nil
}

// use is what the quote of a payment is wanted for.
func (o *opening) use(p *Payment) *fx.Use {
	u := &fx.Use{By: o.by, Amount: p.Order.Amount, Source: p.Order.Debtor.Currency, For: "payment/" + p.ID, At: o.now}
	if a := p.Order.CreditorAddress; a != nil {
		u.Country = a.Country
	}
	return u
}

// open opens the payment at the bank.
func (o *opening) open(ctx context.Context, p *Payment) error {
	order := p.Ordered()
	order.Customer.IPAddress = o.r.IPAddress
	called, span := trace.Start(ctx, "bank.OpenPayment")
	opened, err := o.bank.OpenPayment(called, order)
	span.End(err)
	if err != nil {
		if problem.Is(err, problem.FormatInvalid) || problem.Is(err, problem.PaymentFailed) {
			return problem.Blame(err, problem.Body, "")
		}
		return signing.BlameOwner(err)
	}
	p.BankRef, p.ExecutionDate = opened.Ref, opened.ExecutionDate
	if opened.Converted && o.r.Strict && p.QuoteID == "" && p.Order.Product == CrossBorder {
		_, _ = o.bank.CancelPayment(context.WithoutCancel(ctx), opened.Ref)
		return problem.Blame(problem.New(problem.FormatInvalid, "is missing: the account has another currency than the payment"), problem.Header, "FX-Quote-Id")
	}
	for _, n := range opened.Notices {
		p.Notices = append(p.Notices, Notice{Code: n.Code, Text: n.Text})
	}
	if opened.Moved {
		p.Notices = append(p.Notices, Notice{
			Code: "WARNING", Path: "requestedExecutionDate", Text: "moved to the next bank day, " + opened.ExecutionDate.Format(time.DateOnly),
		})
	}
	if opened.Converted && p.QuoteID == "" {
		p.Notices = append(p.Notices, converted(p.Order.Product))
	}
	return nil
}

// converted is the notice that the bank converts at its own rate. A quote is for
// cross-border payments alone.
func converted(product string) Notice {
	if product == CrossBorder {
		return Notice{Code: "WARNING", Path: "FX-Quote-Id", Text: "no quote was given: the bank converts at its own rate"}
	}
	return Notice{Code: "WARNING", Path: "debtorAccount", Text: "the account has another currency than the payment: the bank converts at its own rate"}
}

// verify looks whether the creditor is who the payment says. Nothing depends on
// it: who cannot be asked is told of as such.
func (o *opening) verify(ctx context.Context, order *bank.PaymentOrder) *payee.Verification {
	var holders []string
	if v, ok := o.bank.(bank.PayeeVerifier); ok {
		holders, _ = v.Holders(ctx, order.Creditor.Reference)
	}
	out := payee.Verify(order.CreditorName, holders)
	return &out
}

// store stores the payment, uses up its quote, and keeps the answer under its
// key.
func (o *opening) store(ctx context.Context, c *Created) error {
	p := &c.Payment
	if o.r.Key != "" {
		a, err := o.r.Render(c)
		if err != nil {
			return err
		}
		a.ClientID, a.Key, a.Request, a.CreatedAt = p.Owner.ClientID, o.r.Key, o.fingerprint(), o.now
		c.Answer = &a
	}
	created := event.Event{
		ID: ident.NewUUID(), Type: "payment." + string(RCVD), Subject: p.ID, ClientID: p.Owner.ClientID, BICFI: string(p.BICFI), At: o.now, Detail: p.Order.Product,
	}
	return o.s.Store.PaymentTx(ctx, func(tx Tx) error {
		if c.Answer != nil {
			if ok, err := tx.InsertAnswer(ctx, c.Answer, o.now.Add(-keyLife)); err != nil || !ok {
				return errors.Join(err, answeredIf(!ok))
			}
		}
		if p.QuoteID != "" {
			if _, err := fx.Spend(ctx, tx, p.QuoteID, o.use(p)); err != nil {
				return problem.Blame(err, problem.Header, "FX-Quote-Id")
			}
		}
		return tx.InsertPayment(ctx, p, created)
	})
}

func answeredIf(yes bool) error {
	if yes {
		return errAnswered
	}
	return nil
}

// offers reports whether a bank has the product.
func offers(p *bank.Profile, product string) bool {
	for _, name := range p.Products {
		if name == product {
			return true
		}
	}
	return false
}
