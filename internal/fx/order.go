package fx

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
)

// An Order is a payment abroad at the rate of a quote, which the TPP's client
// funds from an account at its own bank. What comes next is a matter of money
// and time:
//
//	ACTC --funded--> ACSP --paid out--> ACSC
//	  |                '----returned--> RJCT
//	  '--not funded in time-----------> RJCT
type Order struct {
	QuoteID string
	Owner   app.Owner
	Payout  Payout
	// Digest is a hash of the confirmed payment: another one cannot be
	// confirmed under the same quote.
	Digest string

	Funding   money.Amount   // to be paid in: the quote's total
	Reference string         // that must be quoted with it
	Account   bank.Reference // to pay into
	Holder    string         // of that account
	Country   string         // of the holder

	ExecutionDate time.Time // date of the payout, or of spot
	FundBy        time.Time // date, the last one for the money to come in
	// FundAt is when the money comes in by itself; zero if it does not.
	FundAt   time.Time
	PayoutAt time.Time // zero until funded, and where somebody has to say so
	Returned bool      // the payout will come back

	Status      iso20022.Status
	StatusAt    time.Time
	Reason      string // why Status is RJCT
	ConfirmedAt time.Time
	Version     int64 // counts the changes, from 1
}

// payoutReturned is why an order is rejected whose payout came back.
const payoutReturned = "the payout was returned by the creditor's bank"

// A Payout is what is paid abroad.
type Payout struct {
	Amount           money.Amount
	Debtor, Creditor bank.Party // Debtor as the TPP named it
	CreditorName     string
	CreditorAgent    string
	CreditorBank     string
	Address          bank.Address
	Unstructured     string
	EndToEndID       string
	PurposeCode      string
}

// payoutOf returns what of a payment is paid abroad.
func payoutOf(p *bank.PaymentOrder) Payout {
	out := Payout{
		Amount: p.Amount, Debtor: p.Debtor, Creditor: p.Creditor, CreditorName: p.CreditorName, CreditorAgent: p.CreditorAgent,
		CreditorBank: p.CreditorBank, Unstructured: p.Unstructured, EndToEndID: p.EndToEndID, PurposeCode: p.PurposeCode,
	}
	if p.CreditorAddress != nil {
		out.Address = *p.CreditorAddress
	}
	return out
}

// digest returns a hash of all that a payment says.
func digest(p *bank.PaymentOrder) string {
	flat, address := *p, bank.Address{}
	if p.CreditorAddress != nil {
		flat.CreditorAddress, address = nil, *p.CreditorAddress
	}
	// In this form texts are in quotes, so no two payments look alike.
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v %#v", flat, address))
	return hex.EncodeToString(sum[:])
}

// newReference returns a reference for funding: random, since it must be
// unique and nobody should guess that of another.
func newReference() string {
	n, _ := rand.Int(rand.Reader, big.NewInt(90_000_000)) // never fails, see crypto/rand
	return fmt.Sprintf("SLUSS%d", 10_000_000+n.Int64())
}

// checkOwner is as that of a quote.
func (o *Order) checkOwner(by app.Caller) error {
	return (&Quote{Owner: o.Owner}).checkOwner(by)
}

// deadline is the first instant at which the money has not come in time.
func (o *Order) deadline() time.Time { return o.FundBy.AddDate(0, 0, 1) }

// next returns when the order changes by itself, zero if it does not.
func (o *Order) next() time.Time {
	switch o.Status {
	case iso20022.ACTC:
		if !o.FundAt.IsZero() && o.FundAt.Before(o.deadline()) {
			return o.FundAt
		}
		return o.deadline()
	case iso20022.ACSP:
		return o.PayoutAt
	}
	return time.Time{}
}

// settle applies what time alone has changed until now.
func (o *Order) settle(now time.Time) (events []event.Event) {
	for {
		due := o.next()
		switch {
		case due.IsZero() || now.Before(due):
			return events
		case o.Status == iso20022.ACSP && o.Returned:
			o.Reason = payoutReturned
			events = append(events, o.move(iso20022.RJCT, due))
		case o.Status == iso20022.ACSP:
			events = append(events, o.move(iso20022.ACSC, due))
		case due.Equal(o.FundAt):
			events = append(events, o.fund(due))
		default:
			o.Reason = "not funded by " + o.FundBy.Format(time.DateOnly)
			events = append(events, o.move(iso20022.RJCT, due))
		}
	}
}

// payoutAfter is how long after the money has come in it goes out, at the
// earliest.
const payoutAfter = 5 * time.Second

// fund notes that the money has come in. An order for a later date is paid out
// on that date, one for spot at once.
func (o *Order) fund(at time.Time) event.Event {
	o.PayoutAt = at.Add(payoutAfter)
	if o.ExecutionDate.After(o.PayoutAt) && o.forward() {
		o.PayoutAt = o.ExecutionDate
	}
	return o.move(iso20022.ACSP, at)
}

// forward reports whether the order is for a later date than spot.
func (o *Order) forward() bool {
	return o.ExecutionDate.After(bankDaysAfter(dateOf(o.ConfirmedAt), spotDays))
}

func (o *Order) move(to iso20022.Status, at time.Time) event.Event {
	o.Status, o.StatusAt = to, at
	return event.Event{
		ID: ident.NewUUID(), Type: "fxorder." + string(to), Subject: o.QuoteID, ClientID: o.Owner.ClientID, At: at, Detail: o.Reason,
	}
}

// JobKind is the kind of the job that settles an order in time.
const JobKind job.Kind = "fx.settle"

// job returns the job that is to settle the order next, and whether there is
// one.
func (o *Order) job() (job.Job, bool) {
	due := o.next()
	return job.New(JobKind, o.QuoteID, due), !due.IsZero()
}

// orderFor is what a quote is used for that was confirmed.
func orderFor(quoteID string) string { return "order/" + quoteID }

// checkFunds checks an amount that has come in; empty is the right one.
func (o *Order) checkFunds(amount string) error {
	if amount == "" {
		return nil
	}
	a, err := money.Parse(strings.TrimSpace(amount), o.Funding.Currency)
	if err != nil {
		return err
	}
	if a != o.Funding {
		return problem.New(problem.ParameterInconsistent, "the order is to be funded with %s", o.Funding.Decimal()).At("amount")
	}
	return nil
}
