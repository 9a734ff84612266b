package payment

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/signing"
)

// A Basket is a signing basket: several payments that are signed at once. It has
// the statuses RCVD and PATC, in which it is live, and ACTC, RJCT and CANC, which
// are final.
type Basket struct {
	ID         string // UUID
	Owner      app.Owner
	BICFI      ident.BICFI
	Affiliate  string
	ConsentID  string
	PaymentIDs []string // as the TPP listed them
	BankRef    string

	Status    Status
	Reason    string // why Status is RJCT
	CreatedAt time.Time
	ExpiresAt time.Time // instant until which it may be signed

	signing.Set
	Version int64 // counts the changes, from 1
}

// Live reports whether the basket still holds its payments.
func (b *Basket) Live() bool { return b.Status == RCVD || b.Status == PATC }

// nextOfBasket says what may follow a status of a basket. Those without a row
// are final.
var nextOfBasket = map[Status][]Status{
	RCVD: {PATC, ACTC, RJCT, CANC},
	PATC: {ACTC, RJCT},
}

// BasketMoves returns every move that a basket can make, without its cause.
func BasketMoves() []Move {
	var all []Move
	for _, from := range Statuses() {
		for _, to := range nextOfBasket[from] {
			all = append(all, Move{From: from, To: to})
		}
	}
	return all
}

// A basketChange is one pass of rules over a basket and its payments, in memory.
// It is the subject of its own pass.
type basketChange struct {
	*Basket
	signing.Pass
	payments []Payment // in the order of PaymentIDs
	events   []event.Event
	movedAt  time.Time // when the status changed; zero if it did not
}

func changeBasket(b *Basket, payments []Payment) *basketChange {
	ch := &basketChange{Basket: b, payments: payments}
	ch.Pass = signing.Pass{Of: &b.Set, Subject: ch}
	return ch
}

// move moves the basket to a status that may follow its own. What its payments
// make of it is done when it is stored: see carry.
func (ch *basketChange) move(to Status, at time.Time) {
	if !slices.Contains(nextOfBasket[ch.Status], to) {
		return
	}
	ch.Status, ch.movedAt, ch.Touched = to, at, true
	ch.Note("basket."+string(to), at)
	if !ch.Live() {
		ch.FailOpen("the basket no longer awaits an authorisation", at)
	}
}

// reject ends the basket unsigned.
func (ch *basketChange) reject(why string, at time.Time) {
	if ch.move(RJCT, at); ch.Status == RJCT && ch.Reason == "" {
		ch.Reason = why
	}
}

// settle applies what the bank says of the basket and of its authorisations,
// and what time alone has changed until now. What the bank refuses nobody can
// sign, so that comes first.
func (ch *basketChange) settle(answers map[string]bank.SCAState, st bank.BasketState, now time.Time) {
	at := st.At
	if at.IsZero() || at.After(now) {
		at = now
	}
	if st.Refused && ch.Live() && at.Before(ch.ExpiresAt) {
		ch.RefuseOpen(st.Reason, at)
		ch.reject(st.Reason, at)
	}
	ch.Settle(answers, now)
}

// carry has a payment of the basket follow it.
func (ch *basketChange) carry(p *Change) {
	at := ch.movedAt
	if !ch.Live() {
		p.BasketID, p.Touched = "", true
	}
	switch ch.Status {
	case PATC:
		p.move(PATC, BySignature, at)
	case ACTC:
		p.accept(at)
	case RJCT, CANC:
		p.move(RCVD, ByBasket, at) // from PATC: what was signed is void
		p.Lapse(at)
	}
}

// Noun implements [signing.Subject].
func (ch *basketChange) Noun() string { return "basket" }

// Holder implements [signing.Subject].
func (ch *basketChange) Holder() *app.Owner { return &ch.Owner }

// Awaits implements [signing.Subject].
func (ch *basketChange) Awaits() (bool, string) {
	return ch.Live(), "the basket is " + string(ch.Status)
}

// Until implements [signing.Subject].
func (ch *basketChange) Until() time.Time { return ch.ExpiresAt }

// Digest implements [signing.Subject]. It is of all payments.
func (ch *basketChange) Digest() string {
	h := digester{sha256.New()}
	h.text(ch.ID)
	for i := range ch.payments {
		h.text(ch.payments[i].Digest())
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// Note implements [signing.Subject].
func (ch *basketChange) Note(kind string, at time.Time) {
	ch.events = append(ch.events, event.Event{
		ID: ident.NewUUID(), Type: kind, Subject: ch.ID, ClientID: ch.Owner.ClientID, BICFI: string(ch.BICFI), At: at,
	})
}

// Take implements [signing.Subject].
func (ch *basketChange) Take(*bank.SCAState, bool) string { return "" }

// Refused implements [signing.Subject]. Somebody may try again.
func (ch *basketChange) Refused(time.Time) {}

// Signed implements [signing.Subject].
func (ch *basketChange) Signed(last bool, at time.Time) {
	if last {
		ch.move(ACTC, at)
		return
	}
	ch.move(PATC, at)
}

// Lapse implements [signing.Subject].
func (ch *basketChange) Lapse(now time.Time) {
	ch.Pass.Lapse(now)
	if !now.Before(ch.ExpiresAt) {
		ch.reject("the basket was not fully signed in time", ch.ExpiresAt)
	}
}
