package signing

import (
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
)

// A Pass is one pass of rules over a set, in memory. It collects what the rules
// did, for the transaction that stores it.
type Pass struct {
	Of      *Set
	Subject Subject
	Stop    []string // runs of SCA that the bank shall stop
	Touched bool     // something has changed, here or in the resource
}

// FailOpen ends the authorisations that have not ended.
func (p *Pass) FailOpen(message string, at time.Time) {
	for i := range p.Of.Authorisations {
		p.Cut(&p.Of.Authorisations[i], message, at)
	}
}

// RefuseOpen ends the authorisations that have not ended, of what the bank
// refuses.
func (p *Pass) RefuseOpen(message string, at time.Time) {
	for i := range p.Of.Authorisations {
		p.stop(&p.Of.Authorisations[i], sca.RefusedByBank, message, at)
	}
}

// Void has the signatures count no more, of what the bank cannot do.
func (p *Pass) Void(message string, at time.Time) {
	for i := range p.Of.Authorisations {
		a := &p.Of.Authorisations[i]
		if !a.Status.Signed() {
			continue
		}
		a.Void(sca.RefusedByBank, message, at)
		p.Touched = true
		p.Subject.Note("authorisation.failed", at)
	}
}

// CutOthers fails the pending authorisations of a's PSU but for a itself.
func (p *Pass) CutOthers(a *sca.Authorisation, at time.Time) {
	for i := range p.Of.Authorisations {
		if other := &p.Of.Authorisations[i]; other.ID != a.ID && other.PSU == a.PSU && other.Pending() {
			p.Cut(other, "a newer authorisation was started", at)
		}
	}
}

// Cut ends an authorisation that is too late, unless it has ended, and has the
// bank stop its run.
func (p *Pass) Cut(a *sca.Authorisation, message string, at time.Time) {
	p.stop(a, sca.SessionExpired, message, at)
}

// stop ends an authorisation, unless it has ended, and its run.
func (p *Pass) stop(a *sca.Authorisation, why sca.Failure, message string, at time.Time) {
	if a.Status.Final() {
		return
	}
	if a.BankRef != "" {
		p.Stop = append(p.Stop, a.BankRef)
	}
	p.fail(a, why, message, at)
}

// fail ends an authorisation without a signature, unless it has ended.
func (p *Pass) fail(a *sca.Authorisation, why sca.Failure, message string, at time.Time) {
	if a.Status.Final() {
		return
	}
	a.Fail(why, message, at)
	p.Touched = true
	p.Subject.Note("authorisation.failed", at)
}

// Settle applies what the banks' answers and time alone have changed until
// now. The answers are by the bank's reference of the run.
func (p *Pass) Settle(answers map[string]bank.SCAState, now time.Time) {
	for i := range p.Of.Authorisations {
		a := &p.Of.Authorisations[i]
		st, asked := answers[a.BankRef]
		if !asks(a) || !asked {
			continue
		}
		if at := finishedAt(&st, now); p.inTime(a, at) {
			p.answer(a, &st, at)
		}
	}
	p.Subject.Lapse(now)
}

// asks reports whether the bank has something to say about a.
func asks(a *sca.Authorisation) bool {
	return a.BankRef != "" && !a.Status.Final() && a.SignedAt.IsZero()
}

// finishedAt returns when the bank's answer came about, never later than now.
func finishedAt(st *bank.SCAState, now time.Time) time.Time {
	if st.FinishedAt.IsZero() || st.FinishedAt.After(now) {
		return now
	}
	return st.FinishedAt
}

// inTime reports whether time alone had ended neither a nor the resource at
// the instant.
func (p *Pass) inTime(a *sca.Authorisation, at time.Time) bool {
	deadline, limited := a.Deadline()
	return at.Before(p.Subject.Until()) && (!limited || at.Before(deadline))
}

// Lapse ends the authorisations that are past their deadlines, as of those
// instants, and those that are bound to something else than is stored. The
// subject's own Lapse calls it, before it ends the resource itself.
func (p *Pass) Lapse(now time.Time) {
	for i := range p.Of.Authorisations {
		a := &p.Of.Authorisations[i]
		if d, limited := a.Deadline(); limited && !now.Before(d) && d.Before(p.Subject.Until()) {
			p.Cut(a, expiredMessage(a), d)
		}
		if !p.bound(a) {
			p.stop(a, sca.RefusedByBank, unboundMessage, now)
		}
	}
}

const unboundMessage = "what the PSU was shown is not what is stored; nothing was signed"

// bound reports whether a stands for what is stored: dynamic linking, Commission
// Delegated Regulation (EU) 2018/389 article 5.
func (p *Pass) bound(a *sca.Authorisation) bool {
	return a.StartedAt.IsZero() || a.Digest == p.Subject.Digest()
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
func (p *Pass) answer(a *sca.Authorisation, st *bank.SCAState, at time.Time) {
	switch {
	case !p.bound(a):
		p.stop(a, sca.RefusedByBank, unboundMessage, at)
	case st.Status == sca.Failed:
		p.refuse(a, st, at)
	case st.Status.Signed():
		p.sign(a, st, at)
	case a.Status.CanBecome(st.Status):
		a.Status, p.Touched = st.Status, true
	}
}

func (p *Pass) refuse(a *sca.Authorisation, st *bank.SCAState, at time.Time) {
	why := st.Failure
	if why == "" {
		why = sca.RefusedByBank
	}
	p.fail(a, why, st.Message, at)
	if st.Declined {
		p.Subject.Refused(at)
	}
}

// sign takes the PSU's signature. It finishes the authorisation, except in the
// OAuth redirect, where only the exchange of the code does.
func (p *Pass) sign(a *sca.Authorisation, st *bank.SCAState, at time.Time) {
	if a.PSU != "" && st.Signer != "" && a.PSU != st.Signer {
		p.fail(a, sca.RightsMissing, "another person than the one that was named has signed", at)
		return
	}
	if st.Signer != "" && p.Of.SignedBy(st.Signer) {
		p.fail(a, sca.RightsMissing, "this person has signed already", at)
		return
	}
	if refusal := p.Subject.Take(st, p.signatures() == 0); refusal != "" {
		p.fail(a, sca.RightsMissing, refusal, at)
		p.Subject.Refused(at)
		return
	}
	a.Signer, a.SignedAt, p.Touched = st.Signer, at, true
	p.Of.SignaturesNeeded = max(p.Of.SignaturesNeeded, st.SignaturesNeeded, 1)
	if a.Approach == sca.OAuthRedirect {
		if a.Status.CanBecome(sca.Started) {
			a.Status = sca.Started
		}
		return
	}
	p.finalise(a, st.Status, at)
}

// Exchange finalises an authorisation of the OAuth redirect whose code came
// back. It reports problem.GrantInvalid unless the bank has the PSU's signature
// and the authorisation still waits for its code.
func (p *Pass) Exchange(id string, now time.Time) error {
	p.Subject.Lapse(now)
	a, err := p.Of.Authorisation(id)
	if err != nil {
		return err
	}
	if a.Approach != sca.OAuthRedirect || !a.Pending() || a.SignedAt.IsZero() {
		return problem.New(problem.GrantInvalid, "the authorisation is %s and does not wait for a code", a.Status)
	}
	if a.Signer != "" && p.Of.SignedBy(a.Signer) {
		return problem.New(problem.GrantInvalid, "this person has signed already")
	}
	p.finalise(a, sca.Finalised, now)
	return nil
}

// finalise ends an authorisation with its signature and moves the resource.
func (p *Pass) finalise(a *sca.Authorisation, s sca.Status, at time.Time) {
	a.Finish(s, at)
	p.Touched = true
	p.Subject.Note("authorisation."+string(s), at)
	if o := p.Subject.Holder(); o.PSU == "" {
		o.PSU = a.Signer
	}
	if a.PSU == "" {
		a.PSU = a.Signer
	}
	a.MoreNeeded = p.signatures() < p.Of.SignaturesNeeded
	if !a.MoreNeeded {
		for i := range p.Of.Authorisations {
			p.Of.Authorisations[i].MoreNeeded = false
		}
	}
	p.Subject.Signed(!a.MoreNeeded, at)
}

// signatures counts the signatures that stand.
func (p *Pass) signatures() int {
	n := 0
	for i := range p.Of.Authorisations {
		if a := &p.Of.Authorisations[i]; a.Status.Signed() && p.bound(a) {
			n++
		}
	}
	return n
}
