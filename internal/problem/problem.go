// Package problem holds the one error type of sluss: a fault that the caller
// of an API can act on.
//
// The domain returns it with a [Reason]; an edge adds where in the request the
// fault lies ([Blame]) and has one table from reason and place to its own
// protocol. Every other error is ours to mend and is answered as an internal
// error without detail.
package problem

import (
	"errors"
	"fmt"
	"time"
)

// A Place says where in a request a fault lies. The edge sets it, since only
// the edge knows where a value came from.
type Place int

// The places. Nowhere is the default row of a reason in an edge's table.
const (
	Nowhere Place = iota
	Path
	Query
	Header
	Body
)

// An Error is a fault that a caller can act on.
type Error struct {
	Reason Reason
	In     Place
	Field  string   // parameter, header or JSON field at fault, such as "X-BicFi"
	Detail string   // one sentence for the TPP's developer; no personal data
	Also   []*Error // further faults of the same body; the answer names them all
	Err    error    // the cause, if any; logged, never sent

	// What some reasons have for the edge, else zero.
	RetryAfter  time.Duration     // when a further try has a chance
	Links       map[string]string // absolute URLs by name, such as "kycRedirect"
	PSUMessage  string            // one sentence for the PSU
	NeededScope string            // scope string that the call needs
	Allow       string            // methods that the path has, for ServiceInvalid
	Status      int               // the bank's HTTP status, for BankRefused; the edge's default if zero
}

// New returns an Error with a formatted Detail.
func New(r Reason, format string, args ...any) *Error {
	return &Error{Reason: r, Detail: fmt.Sprintf(format, args...)}
}

// Error returns the reason and the detail, with the cause if there is one. It
// is for logs and tests; no edge sends it.
func (e *Error) Error() string {
	s := string(e.Reason)
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// At returns a copy of e with field at fault.
func (e *Error) At(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// Because returns a copy of e with cause err.
func (e *Error) Because(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// Blame says that a problem within err lies at field in place. It leaves a
// problem that names its place, and any other error, as it is. A field that
// the problem names already is kept.
func Blame(err error, in Place, field string) error {
	p, ok := errors.AsType[*Error](err)
	if !ok || p.In != Nowhere {
		return err
	}
	c := *p
	c.In = in
	if c.Field == "" {
		c.Field = field
	}
	return &c
}

// Is reports whether err is a problem with reason r.
func Is(err error, r Reason) bool {
	p, ok := errors.AsType[*Error](err)
	return ok && p.Reason == r
}

// Join makes one error of the faults of one body: the first with the others in
// its Also. It returns nil if there is none.
func Join(faults []*Error) error {
	if len(faults) == 0 {
		return nil
	}
	first := *faults[0]
	first.Also = append(first.Also[:len(first.Also):len(first.Also)], faults[1:]...)
	return &first
}

// JoinErrors is [Join] of errors of which some may be nil. One that is no
// problem is returned alone: it is ours to mend.
func JoinErrors(all ...error) error {
	var faults []*Error
	for _, err := range all {
		if err == nil {
			continue
		}
		p, ok := errors.AsType[*Error](err)
		if !ok {
			return err
		}
		faults = append(faults, p)
	}
	return Join(faults)
}
