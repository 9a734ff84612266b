package fx

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"regexp"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

var idForm = regexp.MustCompile(`^[A-Z][0-9]{6}[A-Z]{3}$`)

// ParseID returns the id of a quote in capitals, and whether s has the form of
// one.
func ParseID(s string) (string, bool) {
	s = strings.ToUpper(s)
	return s, idForm.MatchString(s)
}

// newID returns a random id. It need not be secret, since a quote is its
// owner's, but it tells nobody how many there are.
func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	n := binary.BigEndian.Uint64(b[:])
	next := func(base uint64) byte {
		digit := byte(n % base)
		n /= base
		return digit
	}
	id := []byte("A100000AAA")
	id[0] += next(26)
	id[1] += next(9) // 1 to 9
	for i := 2; i < 7; i++ {
		id[i] = '0' + next(10)
	}
	for i := 7; i < 10; i++ {
		id[i] += next(26)
	}
	return string(id)
}

// relation says how a caller stands to the quote. A quote that was made
// without an organisation is for any of the application's.
func (q *Quote) relation(by app.Caller) app.Relation {
	if q.Owner.Organisation == "" {
		by.Organisation = ""
	}
	return q.Owner.CompareForReading(by)
}

// checkOwner reports whose the quote is, if it is not the caller's:
// problem.ResourceUnknown for another application's, problem.ContextForeign,
// and problem.ResourceForeign.
func (q *Quote) checkOwner(by app.Caller) error {
	switch q.relation(by) {
	case app.Same:
		return nil
	case app.OtherApp:
		return unknown()
	case app.OtherContext:
		e := problem.New(problem.ContextForeign, "the quote was made with a token of the other PSU context")
		e.NeededScope = string(scope.PaymentInitiation) + " " + string(q.Owner.Context)
		return e
	}
	return problem.New(problem.ResourceForeign, "the quote is another organisation's or PSU's")
}

func unknown() *problem.Error { return problem.New(problem.ResourceUnknown, "no such quote") }

// A Use is what a quote is wanted for.
type Use struct {
	By     app.Caller
	Amount money.Amount // what the creditor gets
	// Source is the currency of the account that pays. It is not compared if
	// it is empty, which means that nobody knows it.
	Source  money.Currency
	Country string    // the creditor's
	For     string    // what Quote.UsedFor becomes
	At      time.Time // now
}

// CheckUse checks that the quote can be used for u. It reports
// problem.ResourceUnknown for a quote of somebody else in any way,
// problem.ResourceExpired for one that has expired or was used, and
// problem.ParameterInconsistent for another amount, currency or country, in
// this order. It does not say where in a request the id of the quote was.
func (q *Quote) CheckUse(u *Use) error {
	switch {
	case q.relation(u.By) != app.Same:
		return unknown()
	case q.UsedFor != "":
		return problem.New(problem.ResourceExpired, "the quote has been used")
	case q.Expired(u.At):
		return problem.New(problem.ResourceExpired, "the quote has expired")
	case q.Amount != u.Amount:
		return problem.New(problem.ParameterInconsistent, "the quote is for another amount or currency")
	case u.Source != "" && q.Source() != u.Source:
		return problem.New(problem.ParameterInconsistent, "the quote is paid in another currency than that of the debtor account")
	case q.Country != u.Country:
		return problem.New(problem.ParameterInconsistent, "the quote is for another country")
	}
	return nil
}

// Expired reports whether the quote can no longer be used, used or not.
func (q *Quote) Expired(now time.Time) bool { return now.After(q.ValidTo) }

// Spend checks that the quote with an id can be used for u, as
// [Quote.CheckUse], and uses it up in tx. An id that names no quote, or has not
// the form of one, is problem.ResourceUnknown.
func Spend(ctx context.Context, tx Tx, id string, u *Use) (Quote, error) {
	id, ok := ParseID(id)
	if !ok {
		return Quote{}, unknown()
	}
	q, err := tx.Quote(ctx, id)
	if err != nil {
		return Quote{}, err
	}
	if err := q.CheckUse(u); err != nil {
		return Quote{}, err
	}
	q.UsedFor, q.UsedAt = u.For, u.At
	return q, tx.UseQuote(ctx, &q, q.event("used", u.At, kindOf(u.For)))
}

// kindOf is the first word of what a quote is used for.
func kindOf(user string) string {
	kind, _, _ := strings.Cut(user, "/")
	return kind
}

// event returns what happened to the quote.
func (q *Quote) event(what string, at time.Time, detail string) event.Event {
	return event.Event{
		ID: ident.NewUUID(), Type: "fxquote." + what, Subject: q.ID, ClientID: q.Owner.ClientID, At: at, Detail: detail,
	}
}
