package banktest

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/problem"
)

// A Payer is a Scripted bank that takes payments and baskets. What it was told
// to pay it shows as ACSP until a test says otherwise.
type Payer struct {
	*Scripted

	mu        sync.Mutex
	opened    bank.OpenedPayment // what OpenPayment answers, but for Ref and date
	refuseAll error              // of every call about payments
	refuse    map[string]error   // by name of the method
	orders    []bank.PaymentOrder
	states    map[string]bank.PaymentState
	submitted []string
	cancelled []string
	baskets   [][]string
	basket    bank.BasketState // of every basket
	closed    []string
}

// NewPayer returns a bank with the default profile and the time of Stockholm.
func NewPayer(bicfi ident.BICFI) *Payer {
	return &Payer{Scripted: NewScripted(bicfi), states: map[string]bank.PaymentState{}, refuse: map[string]error{}}
}

func (p *Payer) with(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// Open says what OpenPayment answers from now on.
func (p *Payer) Open(o bank.OpenedPayment) { p.with(func() { p.opened = o }) }

// Down makes every call about payments return err from now on; nil ends that.
func (p *Payer) Down(err error) { p.with(func() { p.refuseAll = err }) }

// RefuseCall makes the method of the name return err from now on; nil ends that.
func (p *Payer) RefuseCall(method string, err error) { p.with(func() { p.refuse[method] = err }) }

// Say sets the state of a payment.
func (p *Payer) Say(ref string, st bank.PaymentState) { p.with(func() { p.states[ref] = st }) }

// Ordered returns what was opened.
func (p *Payer) Ordered() (all []bank.PaymentOrder) {
	p.with(func() { all = slices.Clone(p.orders) })
	return all
}

// Submitted returns the payments that were to be carried out, one for each call.
func (p *Payer) Submitted() (refs []string) {
	p.with(func() { refs = slices.Clone(p.submitted) })
	return refs
}

// Cancelled returns the payments that were to be cancelled, one for each call.
func (p *Payer) Cancelled() (refs []string) {
	p.with(func() { refs = slices.Clone(p.cancelled) })
	return refs
}

// fault returns what the method reports.
func (p *Payer) fault(method string) error {
	if p.refuseAll != nil {
		return p.refuseAll
	}
	return p.refuse[method]
}

// OpenPayment implements [bank.PaymentInitiator].
func (p *Payer) OpenPayment(_ context.Context, o bank.PaymentOrder) (bank.OpenedPayment, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.fault("OpenPayment"); err != nil {
		return bank.OpenedPayment{}, err
	}
	p.orders = append(p.orders, o)
	out := p.opened
	out.Ref = "payment-" + strconv.Itoa(len(p.orders))
	if out.ExecutionDate.IsZero() {
		out.ExecutionDate = o.ExecutionDate
	}
	p.states[out.Ref] = bank.PaymentState{Status: iso20022.RCVD}
	return out, nil
}

// SubmitPayment implements [bank.PaymentInitiator].
func (p *Payer) SubmitPayment(_ context.Context, ref string, _ bank.PaymentOrder) (bank.PaymentState, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.fault("SubmitPayment"); err != nil {
		return bank.PaymentState{}, err
	}
	p.submitted = append(p.submitted, ref)
	if p.states[ref].Status == iso20022.RCVD {
		p.states[ref] = bank.PaymentState{Status: iso20022.ACSP}
	}
	return p.states[ref], nil
}

// Payment implements [bank.PaymentInitiator].
func (p *Payer) Payment(_ context.Context, ref string) (bank.PaymentState, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.fault("Payment"); err != nil {
		return bank.PaymentState{}, err
	}
	st, ok := p.states[ref]
	if !ok {
		return st, problem.New(problem.ResourceUnknown, "no such payment")
	}
	return st, nil
}

// CancelPayment implements [bank.PaymentInitiator].
func (p *Payer) CancelPayment(_ context.Context, ref string) (bank.PaymentState, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.fault("CancelPayment"); err != nil {
		return bank.PaymentState{}, err
	}
	p.cancelled = append(p.cancelled, ref)
	switch p.states[ref].Status {
	case iso20022.ACSC, iso20022.ACCC, iso20022.RJCT:
		return p.states[ref], problem.New(problem.CancellationInvalid, "too late")
	}
	p.states[ref] = bank.PaymentState{Status: iso20022.CANC}
	return p.states[ref], nil
}

// OpenBasket implements [bank.BasketKeeper].
func (p *Payer) OpenBasket(_ context.Context, _ bank.Customer, payments []string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.fault("OpenBasket"); err != nil {
		return "", err
	}
	p.baskets = append(p.baskets, payments)
	return "basket-" + strconv.Itoa(len(p.baskets)), nil
}

// SayBasket sets the state of every basket.
func (p *Payer) SayBasket(st bank.BasketState) { p.with(func() { p.basket = st }) }

// Basket implements [bank.BasketKeeper].
func (p *Payer) Basket(context.Context, string) (bank.BasketState, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.basket, p.fault("Basket")
}

// CloseBasket implements [bank.BasketKeeper].
func (p *Payer) CloseBasket(_ context.Context, ref string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = append(p.closed, ref)
	return p.fault("CloseBasket")
}

// ClosedBaskets returns the baskets that were closed.
func (p *Payer) ClosedBaskets() (refs []string) {
	p.with(func() { refs = slices.Clone(p.closed) })
	return refs
}
