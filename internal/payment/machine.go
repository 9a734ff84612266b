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

// moves is every move that a payment can make. A status without a row in From
// is final. What a bank reports out of turn, such as the late answer of an
// older state, is no move and changes nothing.
var moves = slices.Concat(
	[]Move{
		{RCVD, PATC, BySignature},
		{RCVD, ACTC, ByLastSignature},
		{PATC, ACTC, ByLastSignature},
		{RCVD, RJCT, ByTime},
		{PATC, RJCT, ByTime},
		{PATC, RCVD, ByBasket},
		{ACTC, RJCT, ByGuard},
	},
	// The last signature may be given in the online bank.
	each(ByBank, PATC, ACTC, ACCP, ACFC, ACWC, ACWP, PDNG, ACSP, ACSC, ACCC, RJCT, CANC),
	each(ByBank, RCVD, RJCT, CANC),
	// A check may come before the wait for the execution date or after it.
	each(ByBank, PDNG, ACTC, ACCP, ACFC, ACWC, ACWP, ACSP, ACSC, ACCC, RJCT, CANC),
	each(ByBank, ACTC, PDNG, ACCP, ACFC, ACWC, ACWP, ACSP, ACSC, ACCC, RJCT, CANC),
	each(ByBank, ACCP, PDNG, ACFC, ACWC, ACWP, ACSP, ACSC, ACCC, RJCT, CANC),
	each(ByBank, ACFC, PDNG, ACWC, ACWP, ACSP, ACSC, ACCC, RJCT, CANC),
	each(ByBank, ACWC, PDNG, ACWP, ACSP, ACSC, ACCC, RJCT, CANC),
	each(ByBank, ACWP, ACSP, ACSC, ACCC, RJCT, CANC),
	each(ByBank, ACSP, ACSC, ACCC, RJCT, CANC),
	each(ByBank, ACSC, ACCC),
	into(ByCancellation, CANC, RCVD, PATC, PDNG, ACTC, ACCP, ACFC, ACWC, ACWP, ACSP),
)

// each returns the moves from one status to several.
func each(c Cause, from Status, to ...Status) []Move {
	out := make([]Move, len(to))
	for i, t := range to {
		out[i] = Move{from, t, c}
	}
	return out
}

// into returns the moves from several statuses to one.
func into(c Cause, to Status, from ...Status) []Move {
	out := make([]Move, len(from))
	for i, f := range from {
		out[i] = Move{f, to, c}
	}
	return out
}

// Moves returns every move that a payment can make.
func Moves() []Move { return slices.Clone(moves) }

// Statuses returns the statuses that a payment has, in the order of its life.
func Statuses() []Status {
	return []Status{RCVD, PATC, PDNG, ACTC, ACCP, ACFC, ACWC, ACWP, ACSP, ACSC, ACCC, RJCT, CANC}
}

// canMove reports whether a payment may go from one status to another by the
// cause.
func canMove(from, to Status, c Cause) bool { return slices.Contains(moves, Move{from, to, c}) }

// awaiting reports whether a payment with the status waits for signatures.
func awaiting(s Status) bool { return s == RCVD || s == PATC }

// done reports whether nothing more is to be done for a payment with the
// status. The bank may still report that ACSC became ACCC.
func done(s Status) bool { return s == ACSC || s == ACCC || s == RJCT || s == CANC }

// final reports whether the status never changes again.
func final(s Status) bool { return s == ACCC || s == RJCT || s == CANC }

// cancellable reports whether a payment with the status can be cancelled.
func cancellable(s Status) bool { return canMove(s, CANC, ByCancellation) }
