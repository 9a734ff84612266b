package banktest

import (
	"context"
	"sync"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/problem"
)

// A Line is the line to a Payer, on which answers get lost or are held up. The
// bank has done what it was told all the same.
type Line struct {
	*Payer

	mu   sync.Mutex
	next map[string]func() error // what happens to the next answer, by name of the method
}

// NewLine returns a line to a bank.
func NewLine(p *Payer) *Line { return &Line{Payer: p, next: map[string]func() error{}} }

// Lose loses the answer to the next call of the method.
func (l *Line) Lose(method string) {
	l.set(method, func() error { return problem.New(problem.BankUnavailable, "no answer came in time") })
}

// Hold holds up the answer to the next call of the method: what the bank said
// when it was called. It has been given once given is closed, and comes through
// after release.
func (l *Line) Hold(method string) (given <-chan struct{}, release func()) {
	answered, through := make(chan struct{}), make(chan struct{})
	l.set(method, func() error {
		close(answered)
		<-through
		return nil
	})
	return answered, func() { close(through) }
}

func (l *Line) set(method string, happens func() error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next[method] = happens
}

// pass passes the answer to a call of the method on.
func pass[T any](l *Line, method string, answer T, err error) (T, error) {
	l.mu.Lock()
	happens := l.next[method]
	delete(l.next, method)
	l.mu.Unlock()
	if happens == nil {
		return answer, err
	}
	if lost := happens(); lost != nil {
		var none T
		return none, lost
	}
	return answer, err
}

// StartSCA implements [bank.Authoriser].
func (l *Line) StartSCA(ctx context.Context, o bank.SCAOrder) (bank.SCAState, error) {
	st, err := l.Payer.StartSCA(ctx, o)
	return pass(l, "StartSCA", st, err)
}

// SCA implements [bank.Authoriser].
func (l *Line) SCA(ctx context.Context, ref string) (bank.SCAState, error) {
	st, err := l.Payer.SCA(ctx, ref)
	return pass(l, "SCA", st, err)
}

// OpenPayment implements [bank.PaymentInitiator].
func (l *Line) OpenPayment(ctx context.Context, o bank.PaymentOrder) (bank.OpenedPayment, error) {
	opened, err := l.Payer.OpenPayment(ctx, o)
	return pass(l, "OpenPayment", opened, err)
}

// SubmitPayment implements [bank.PaymentInitiator].
func (l *Line) SubmitPayment(ctx context.Context, ref string, o bank.PaymentOrder) (bank.PaymentState, error) {
	st, err := l.Payer.SubmitPayment(ctx, ref, o)
	return pass(l, "SubmitPayment", st, err)
}

// Payment implements [bank.PaymentInitiator].
func (l *Line) Payment(ctx context.Context, ref string) (bank.PaymentState, error) {
	st, err := l.Payer.Payment(ctx, ref)
	return pass(l, "Payment", st, err)
}

// CancelPayment implements [bank.PaymentInitiator].
func (l *Line) CancelPayment(ctx context.Context, ref string) (bank.PaymentState, error) {
	st, err := l.Payer.CancelPayment(ctx, ref)
	return pass(l, "CancelPayment", st, err)
}

// Basket implements [bank.BasketKeeper].
func (l *Line) Basket(ctx context.Context, ref string) (bank.BasketState, error) {
	st, err := l.Payer.Basket(ctx, ref)
	return pass(l, "Basket", st, err)
}
