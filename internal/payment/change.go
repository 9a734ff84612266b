package payment

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/signing"
)

// A Change is one pass of rules over one payment, in memory. It collects what
// the rules did, for the transaction that stores it. It is the subject of its
// own pass over the payment's authorisations; the one over those of the
// cancellation has a subject of its own.
type Change struct {
	*Payment
	signing.Pass
	cancel signing.Pass
	info   *bank.Info
	events []event.Event
}

func change(p *Payment, info *bank.Info) *Change {
	ch := &Change{Payment: p, info: info}
	ch.Pass = signing.Pass{Of: &p.Set, Subject: ch}
	ch.cancel = signing.Pass{Of: &p.Cancellation, Subject: cancellation{ch}}
	return ch
}

// changed reports whether there is something to store.
func (ch *Change) changed() bool { return ch.Touched || ch.cancel.Touched }

// stopped returns the runs of SCA that the bank shall stop.
func (ch *Change) stopped() []string { return append(ch.Stop, ch.cancel.Stop...) }

// move moves the payment, if it can go there by the cause. When it awaits no
// more signature, no authorisation stays open.
func (ch *Change) move(to Status, c Cause, at time.Time) bool {
	if !canMove(ch.Status, to, c) {
		return false
	}
	if !at.After(ch.StatusAt) {
		at = ch.StatusAt // a bank's clock may be behind
	}
	from := ch.Status
	ch.Status, ch.StatusAt, ch.Touched = to, at, true
	if to == CANC {
		ch.inTime()
	}
	ch.events = append(ch.events, event.Event{
		ID: ident.NewUUID(), Type: "payment." + string(to), Subject: ch.ID, ClientID: ch.Owner.ClientID, BICFI: string(ch.BICFI), At: at, Detail: string(c),
	})
	if awaiting(from) && !awaiting(to) {
		ch.FailOpen("the payment no longer awaits an authorisation", at)
	}
	if done(to) {
		ch.cancel.FailOpen("the payment can no longer be cancelled", at)
		if to != CANC {
			ch.tooLate(at)
		}
	}
	return true
}

// inTime tells of the last signature of a cancellation, now that the bank has
// carried it out.
func (ch *Change) inTime() {
	if ch.CancelledAt.IsZero() {
		return
	}
	var last *sca.Authorisation
	for i := range ch.Cancellation.Authorisations {
		if a := &ch.Cancellation.Authorisations[i]; a.Status.Signed() && (last == nil || a.FinishedAt.After(last.FinishedAt)) {
			last = a
		}
	}
	if last != nil {
		ch.Note("authorisation."+string(last.Status), last.FinishedAt)
	}
}

// tooLate ends a cancellation that was signed and that the bank has not carried
// out: a signature that is finalised means that the payment is cancelled. It may
// be signed again, as long as there is something to cancel.
func (ch *Change) tooLate(at time.Time) {
	if !ch.CancelledAt.IsZero() {
		ch.CancelledAt = time.Time{}
		ch.cancel.Void("the bank could no longer cancel the payment", at)
	}
}

// accept moves a payment that is fully signed.
func (ch *Change) accept(at time.Time) {
	former := ch.Status
	if ch.move(ACTC, ByLastSignature, at) {
		ch.Former, ch.SignedAt, ch.SignedDigest = former, at, ch.Digest()
	}
}

// report applies what the bank says of the payment.
func (ch *Change) report(st bank.PaymentState, now time.Time) {
	at := st.At
	if at.IsZero() || at.After(now) {
		at = now
	}
	former := ch.Status
	if !ch.move(st.Status, ByBank, at) {
		return
	}
	if st.Status == RJCT {
		ch.Reason = st.Reason
	}
	if awaiting(former) { // signed in the online bank, or refused before
		ch.Former, ch.SignedAt, ch.SignedDigest = former, at, ch.Digest()
	}
}

// settle applies what the bank's answers and time alone have changed until now.
func (ch *Change) settle(answers map[string]bank.SCAState, now time.Time) {
	ch.Settle(answers, now)
	ch.cancel.Settle(answers, now)
}

// Noun implements [signing.Subject].
func (ch *Change) Noun() string { return "payment" }

// Holder implements [signing.Subject].
func (ch *Change) Holder() *app.Owner { return &ch.Owner }

// Awaits implements [signing.Subject].
func (ch *Change) Awaits() (bool, string) {
	if ch.BasketID != "" {
		return false, "the payment is signed with its basket"
	}
	return awaiting(ch.Status), "the payment is " + string(ch.Status)
}

// Until implements [signing.Subject].
func (ch *Change) Until() time.Time { return ch.ExpiresAt }

// Note implements [signing.Subject].
func (ch *Change) Note(kind string, at time.Time) {
	ch.events = append(ch.events, event.Event{
		ID: ident.NewUUID(), Type: kind, Subject: ch.ID, ClientID: ch.Owner.ClientID, BICFI: string(ch.BICFI), At: at,
	})
}

// Take implements [signing.Subject].
func (ch *Change) Take(*bank.SCAState, bool) string { return "" }

// Refused implements [signing.Subject]. The payment stays as it was: somebody
// may try again.
func (ch *Change) Refused(time.Time) {}

// Signed implements [signing.Subject].
func (ch *Change) Signed(last bool, at time.Time) {
	if last {
		ch.accept(at)
		return
	}
	ch.move(PATC, BySignature, at)
}

// Lapse implements [signing.Subject]. A payment in a live basket waits with it.
func (ch *Change) Lapse(now time.Time) {
	ch.Pass.Lapse(now)
	if ch.BasketID == "" && !now.Before(ch.ExpiresAt) && ch.move(RJCT, ByTime, ch.ExpiresAt) {
		ch.Reason = "the payment was not fully signed in time"
	}
}

// cancellation is the cancellation of a payment as the subject of its
// authorisations.
type cancellation struct{ *Change }

// Noun implements [signing.Subject].
func (c cancellation) Noun() string { return "cancellation" }

// Awaits implements [signing.Subject].
func (c cancellation) Awaits() (bool, string) {
	return c.cancelNeedsSCA() && c.CancelledAt.IsZero(), "the cancellation of a payment that is " + string(c.Status) + " needs no signature"
}

// cancelNeedsSCA reports whether the payment can be cancelled with an SCA.
func (ch *Change) cancelNeedsSCA() bool {
	return ch.info.Profile.CancelNeedsSCA && ch.Status != RCVD && cancellable(ch.Status) && ch.BasketID == ""
}

// Until implements [signing.Subject]: what may be cancelled has no end of its
// own.
func (c cancellation) Until() time.Time { return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }

// Signed implements [signing.Subject]. What follows is the bank's to do. Nobody
// is told that the last signature counts before the bank has said that it was in
// time: an authorisation ends once.
func (c cancellation) Signed(last bool, at time.Time) {
	if last {
		c.CancelledAt = at
		c.events = c.events[:len(c.events)-1] // the note of this signature
	}
}

// Lapse implements [signing.Subject].
func (c cancellation) Lapse(now time.Time) {
	c.Change.Lapse(now)
	c.cancel.Lapse(now)
}

// Digest implements [signing.Subject]. It is of what the PSU is shown: how much
// is paid to whom from which account.
func (p *Payment) Digest() string {
	h := digester{sha256.New()}
	o := &p.Order
	h.text(p.ID, o.Product, string(o.Amount.Currency), string(o.Source.Currency), o.CreditorName, o.CreditorAgent)
	h.number(o.Amount.Minor, o.Source.Minor)
	h.party(&o.Debtor)
	h.party(&o.Creditor)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// A digester hashes values so that no two lists of them hash alike.
type digester struct{ hash.Hash }

func (h digester) number(all ...int64) {
	for _, n := range all {
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) //nolint:gosec // the bits are what counts
	}
}

func (h digester) text(all ...string) {
	for _, s := range all {
		h.number(int64(len(s)))
		_, _ = h.Write([]byte(s))
	}
}

func (h digester) party(p *bank.Party) {
	h.text(p.IBAN, p.BBAN, p.ClearingNumber, p.AccountNumber, p.PAN, p.MaskedPAN, p.MSISDN, string(p.Currency), p.Bankgiro, p.Plusgiro)
}
