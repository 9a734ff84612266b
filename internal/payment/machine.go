package payment

import (
	"slices"

	"sluss.example/sluss/internal/iso20022"
)

// A Status is a transactionStatus.
type Status = iso20022.Status

// The statuses that a payment has.
const (
	RCVD = iso20022.RCVD
	PATC = iso20022.PATC
	PDNG = iso20022.PDNG
	ACTC = iso20022.ACTC
	ACCP = iso20022.ACCP
	ACFC = iso20022.ACFC
	ACWC = iso20022.ACWC
	ACWP = iso20022.ACWP
	ACSP = iso20022.ACSP
	ACSC = iso20022.ACSC
	ACCC = iso20022.ACCC
	RJCT = iso20022.RJCT
	CANC = iso20022.CANC
)

// A Cause is what moves a payment from one status to another.
type Cause string

// The causes.
const (
	BySignature     Cause = "signature"      // one of several
	ByLastSignature Cause = "last signature" // nothing more is needed
	ByBank          Cause = "bank"           // the bank reports it
	ByCancellation  Cause = "cancellation"   // by the TPP, with an SCA or without
	ByTime          Cause = "time"           // never fully signed
	ByBasket        Cause = "basket"         // its basket ended before it was fully signed
	ByGuard         Cause = "guard"          // what was signed is not what is stored
)

// A Move is a step of a payment's life.
type Move struct {
	From, To Status
	Cause    Cause
}

// next says what may follow a status, by what. A status without a row is final.
// What a bank reports out of turn, such as the late answer of an older state, is
// no move and changes nothing.
//
// The last signature may be given in the online bank, so a bank moves PATC too.
// Its checks, PDNG, may come before the wait for the execution date or after.
var next = map[Status]map[Cause][]Status{
	RCVD: {BySignature: {PATC}, ByLastSignature: {ACTC}, ByBank: {RJCT, CANC}, ByCancellation: {CANC}, ByTime: {RJCT}},
	PATC: {
		ByLastSignature: {ACTC}, ByBank: {ACTC, PDNG, ACCP, ACFC, ACWC, ACWP, ACSP, ACSC, ACCC, RJCT, CANC},
		ByCancellation: {CANC}, ByTime: {RJCT}, ByBasket: {RCVD},
	},
	ACTC: {ByBank: {PDNG, ACCP, ACFC, ACWC, ACWP, ACSP, ACSC, ACCC, RJCT, CANC}, ByCancellation: {CANC}, ByGuard: {RJCT}},
	PDNG: {ByBank: {ACTC, ACCP, ACFC, ACWC, ACWP, ACSP, ACSC, ACCC, RJCT, CANC}, ByCancellation: {CANC}},
	ACCP: {ByBank: {PDNG, ACFC, ACWC, ACWP, ACSP, ACSC, ACCC, RJCT, CANC}, ByCancellation: {CANC}},
	ACFC: {ByBank: {PDNG, ACWC, ACWP, ACSP, ACSC, ACCC, RJCT, CANC}, ByCancellation: {CANC}},
	ACWC: {ByBank: {PDNG, ACWP, ACSP, ACSC, ACCC, RJCT, CANC}, ByCancellation: {CANC}},
	ACWP: {ByBank: {ACSP, ACSC, ACCC, RJCT, CANC}, ByCancellation: {CANC}},
	ACSP: {ByBank: {ACSC, ACCC, RJCT, CANC}, ByCancellation: {CANC}},
	ACSC: {ByBank: {ACCC}},
}

// Moves returns every move that a payment can make, in the order of the
// statuses and the causes.
func Moves() []Move {
	var all []Move
	for _, from := range Statuses() {
		for _, c := range Causes() {
			for _, to := range next[from][c] {
				all = append(all, Move{from, to, c})
			}
		}
	}
	return all
}

// Causes returns all causes.
func Causes() []Cause {
	return []Cause{BySignature, ByLastSignature, ByBank, ByCancellation, ByTime, ByBasket, ByGuard}
}

// Statuses returns the statuses that a payment has, in the order of its life.
func Statuses() []Status {
	return []Status{RCVD, PATC, PDNG, ACTC, ACCP, ACFC, ACWC, ACWP, ACSP, ACSC, ACCC, RJCT, CANC}
}

// canMove reports whether a payment may go from one status to another by the
// cause.
func canMove(from, to Status, c Cause) bool { return slices.Contains(next[from][c], to) }

// awaiting reports whether a payment with the status waits for signatures.
func awaiting(s Status) bool { return s == RCVD || s == PATC }

// done reports whether nothing more is to be done for a payment with the
// status. The bank may still report that ACSC became ACCC.
func done(s Status) bool { return s == ACSC || s == ACCC || s == RJCT || s == CANC }

// final reports whether the status never changes again.
func final(s Status) bool { return s == ACCC || s == RJCT || s == CANC }

// cancellable reports whether a payment with the status can be cancelled.
func cancellable(s Status) bool { return canMove(s, CANC, ByCancellation) }
