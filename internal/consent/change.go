package consent

import (
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/signing"
)

// oneOffLife is how long a consent that is not recurring lives once authorised.
const oneOffLife = 24 * time.Hour

// awaitLife is how long a consent waits to be authorised.
const awaitLife = 24 * time.Hour

// A Change is one pass of rules over one consent, in memory. It collects what
// the rules did, for the transaction that stores it. It is the subject of its
// own pass over the consent's authorisations.
type Change struct {
	*Consent
	signing.Pass
	in *time.Location // of the bank

	events []event.Event
	valid  bool // the consent became valid
}

func change(c *Consent, b bank.Connector) *Change { return newChange(c, locationOf(b)) }

func newChange(c *Consent, in *time.Location) *Change {
	ch := &Change{Consent: c, in: in}
	ch.Pass = signing.Pass{Of: &c.Set, Subject: ch}
	return ch
}

func locationOf(b bank.Connector) *time.Location {
	if in := b.Info().Location; in != nil {
		return in
	}
	return time.UTC
}

// to moves the consent to a status that may follow its own. When it awaits no
// more signature, no authorisation stays open.
func (ch *Change) to(s Status, at time.Time) {
	if !ch.Status.CanBecome(s) {
		return
	}
	ch.Status, ch.LastAction, ch.Touched = s, DateIn(at, ch.in), true
	ch.Note("consent."+string(s), at)
	if s == Valid {
		ch.AuthorisedAt, ch.ExpiresAt, ch.valid = at, ch.end(at), true
	}
	if s != PartiallyAuthorised {
		ch.FailOpen("the consent no longer awaits an authorisation", at)
	}
}

// end returns when time alone ends the consent if it is authorised at the
// instant.
func (ch *Change) end(authorised time.Time) time.Time {
	last := endOfDay(ch.ValidUntil, ch.in)
	if oneOff := authorised.Add(oneOffLife); !ch.Recurring && oneOff.Before(last) {
		return oneOff
	}
	return last
}

// Note implements [signing.Subject].
func (ch *Change) Note(kind string, at time.Time) {
	ch.events = append(ch.events, event.Event{
		ID: ident.NewUUID(), Type: kind, Subject: ch.ID, ClientID: ch.Owner.ClientID, At: at, BICFI: string(ch.BICFI),
	})
}

// Noun implements [signing.Subject].
func (ch *Change) Noun() string { return "consent" }

// Holder implements [signing.Subject].
func (ch *Change) Holder() *app.Owner { return &ch.Owner }

// Awaits implements [signing.Subject].
func (ch *Change) Awaits() (bool, string) {
	return ch.Status.Awaiting(), "the consent is " + string(ch.Status)
}

// Until implements [signing.Subject].
func (ch *Change) Until() time.Time { return ch.ExpiresAt }

// Digest implements [signing.Subject]. What a consent opens is the bank's to
// show and to keep.
func (ch *Change) Digest() string { return "" }

// Take implements [signing.Subject].
func (ch *Change) Take(st *bank.SCAState, first bool) string {
	if st.Accounts != nil && len(st.Accounts) == 0 {
		return "none of the accounts is the PSU's"
	}
	if first {
		ch.Granted = st.Accounts
	}
	return ""
}

// Refused implements [signing.Subject].
func (ch *Change) Refused(at time.Time) { ch.to(Rejected, at) }

// Signed implements [signing.Subject].
func (ch *Change) Signed(last bool, at time.Time) {
	if last {
		ch.to(Valid, at)
		return
	}
	ch.to(PartiallyAuthorised, at)
}

// Lapse implements [signing.Subject]. It applies what time alone changes, as of
// the instants at which it did.
func (ch *Change) Lapse(now time.Time) {
	ch.Pass.Lapse(now)
	if now.Before(ch.ExpiresAt) {
		return
	}
	ch.to(Rejected, ch.ExpiresAt) // while awaiting
	ch.to(Expired, ch.ExpiresAt)  // while valid
}

// clone returns a copy of c that shares nothing which rules change.
func (c *Consent) clone() Consent {
	d := *c
	d.Set = c.Clone()
	return d
}

// DateIn returns the date that it is in the place at the instant.
func DateIn(at time.Time, in *time.Location) time.Time {
	y, m, d := at.In(in).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// endOfDay returns the instant at which the date is over in the place.
func endOfDay(date time.Time, in *time.Location) time.Time {
	y, m, d := date.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, in).UTC()
}
