package consent

import (
	"slices"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/sca"
)

// oneOffLife is how long a consent that is not recurring lives once authorised.
const oneOffLife = 24 * time.Hour

// awaitLife is how long a consent waits to be authorised.
const awaitLife = 24 * time.Hour

// A Change is one pass of rules over one consent, in memory. It collects what
// the rules did, for the transaction that stores it.
type Change struct {
	*Consent
	in *time.Location // of the bank

	events  []event.Event
	stop    []string // runs of SCA that the bank shall stop
	valid   bool     // the consent became valid
	touched bool
}

func change(c *Consent, b bank.Connector) *Change {
	return &Change{Consent: c, in: locationOf(b)}
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
	ch.Status, ch.LastAction, ch.touched = s, DateIn(at, ch.in), true
	ch.note("consent."+string(s), at)
	if s == Valid {
		ch.AuthorisedAt, ch.ExpiresAt, ch.valid = at, ch.end(at), true
	}
	if s != PartiallyAuthorised {
		ch.failOpen("the consent no longer awaits an authorisation", at)
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

func (ch *Change) note(kind string, at time.Time) {
	ch.events = append(ch.events, event.Event{
		ID: ident.NewUUID(), Type: kind, Subject: ch.ID, ClientID: ch.Owner.ClientID, At: at,
	})
}

func (ch *Change) failOpen(message string, at time.Time) {
	for i := range ch.Authorisations {
		ch.cut(&ch.Authorisations[i], message, at)
	}
}

// cut ends an authorisation that is too late, unless it has ended, and has the
// bank stop its run.
func (ch *Change) cut(a *sca.Authorisation, message string, at time.Time) {
	if a.Status.Final() {
		return
	}
	if a.BankRef != "" {
		ch.stop = append(ch.stop, a.BankRef)
	}
	ch.fail(a, sca.SessionExpired, message, at)
}

// fail ends an authorisation without a signature, unless it has ended.
func (ch *Change) fail(a *sca.Authorisation, why sca.Failure, message string, at time.Time) {
	if a.Status.Final() {
		return
	}
	a.Fail(why, message, at)
	ch.touched = true
	ch.note("authorisation.failed", at)
}

// settle applies what the banks' answers and time alone have changed until
// now. The answers are by the bank's reference of the run.
func (ch *Change) settle(answers map[string]bank.SCAState, now time.Time) {
	for i := range ch.Authorisations {
		a := &ch.Authorisations[i]
		st, asked := answers[a.BankRef]
		if a.BankRef == "" || !asked || a.Status.Final() || !a.SignedAt.IsZero() {
			continue
		}
		if at := finishedAt(&st, now); ch.inTime(a, at) {
			ch.answer(a, &st, at)
		}
	}
	ch.lapse(now)
}

// finishedAt returns when the bank's answer came about, never later than now.
func finishedAt(st *bank.SCAState, now time.Time) time.Time {
	if st.FinishedAt.IsZero() || st.FinishedAt.After(now) {
		return now
	}
	return st.FinishedAt
}

// inTime reports whether time alone had ended neither a nor the consent at the
// instant.
func (ch *Change) inTime(a *sca.Authorisation, at time.Time) bool {
	deadline, limited := a.Deadline()
	return at.Before(ch.ExpiresAt) && (!limited || at.Before(deadline))
}

// lapse applies what time alone changes, as of the instants at which it did.
func (ch *Change) lapse(now time.Time) {
	for i := range ch.Authorisations {
		a := &ch.Authorisations[i]
		if d, limited := a.Deadline(); limited && !now.Before(d) && d.Before(ch.ExpiresAt) {
			ch.cut(a, expiredMessage(a), d)
		}
	}
	if now.Before(ch.ExpiresAt) {
		return
	}
	ch.to(Rejected, ch.ExpiresAt) // while awaiting
	ch.to(Expired, ch.ExpiresAt)  // while valid
}

func expiredMessage(a *sca.Authorisation) string {
	switch {
	case a.StartedAt.IsZero():
		return "the authorisation was never started"
	case !a.SignedAt.IsZero():
		return "the code was not exchanged in time"
	}
	return "the PSU did not answer in time"
}

// answer applies a bank's answer to a pending authorisation.
func (ch *Change) answer(a *sca.Authorisation, st *bank.SCAState, at time.Time) {
	switch {
	case st.Status == sca.Failed:
		ch.refuse(a, st, at)
	case st.Status.Signed():
		ch.sign(a, st, at)
	case a.Status.CanBecome(st.Status):
		a.Status, ch.touched = st.Status, true
	}
}

func (ch *Change) refuse(a *sca.Authorisation, st *bank.SCAState, at time.Time) {
	why := st.Failure
	if why == "" {
		why = sca.RefusedByBank
	}
	ch.fail(a, why, st.Message, at)
	if st.Declined {
		ch.to(Rejected, at)
	}
}

// sign takes the PSU's signature. It finishes the authorisation, except in the
// OAuth redirect, where only the exchange of the code does.
func (ch *Change) sign(a *sca.Authorisation, st *bank.SCAState, at time.Time) {
	if a.PSU != "" && st.Signer != "" && a.PSU != st.Signer {
		ch.fail(a, sca.RightsMissing, "another person than the one that was named has signed", at)
		return
	}
	if st.Signer != "" && ch.signedBy(st.Signer) {
		ch.fail(a, sca.RightsMissing, "this person has signed already", at)
		return
	}
	if st.Accounts != nil && len(st.Accounts) == 0 {
		ch.fail(a, sca.RightsMissing, "none of the accounts is the PSU's", at)
		ch.to(Rejected, at)
		return
	}
	a.Signer, a.SignedAt, ch.touched = st.Signer, at, true
	ch.SignaturesNeeded = max(ch.SignaturesNeeded, st.SignaturesNeeded, 1)
	if ch.signatures() == 0 {
		ch.Granted = st.Accounts
	}
	if a.Approach == sca.OAuthRedirect {
		if a.Status.CanBecome(sca.Started) {
			a.Status = sca.Started
		}
		return
	}
	ch.finalise(a, st.Status, at)
}

// finalise ends an authorisation with its signature and moves the consent.
func (ch *Change) finalise(a *sca.Authorisation, s sca.Status, at time.Time) {
	a.Finish(s, at)
	ch.touched = true
	ch.note("authorisation."+string(s), at)
	if ch.Owner.PSU == "" {
		ch.Owner.PSU = a.Signer
	}
	if a.PSU == "" {
		a.PSU = a.Signer
	}
	a.MoreNeeded = ch.signatures() < ch.SignaturesNeeded
	if a.MoreNeeded {
		ch.to(PartiallyAuthorised, at)
		return
	}
	for i := range ch.Authorisations {
		ch.Authorisations[i].MoreNeeded = false
	}
	ch.to(Valid, at)
}

// signatures counts the signatures that stand.
func (ch *Change) signatures() int {
	n := 0
	for i := range ch.Authorisations {
		if ch.Authorisations[i].Status.Signed() {
			n++
		}
	}
	return n
}

// signedBy reports whether the person has signed the consent.
func (c *Consent) signedBy(psu string) bool {
	return slices.ContainsFunc(c.Authorisations, func(a sca.Authorisation) bool {
		return a.Status.Signed() && (a.Signer == psu || a.PSU == psu)
	})
}

// clone returns a copy of c that shares nothing which rules change.
func (c *Consent) clone() Consent {
	d := *c
	d.Authorisations = slices.Clone(c.Authorisations)
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
