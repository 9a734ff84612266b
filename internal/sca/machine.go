package sca

import (
	"slices"
	"time"
)

// steps are the statuses before the end, in the order in which an
// authorisation passes through them. Any may be skipped.
var steps = []Status{
	Received, PSUIdentified, PSUAuthenticated, MethodSelected,
	AuthenticationStarted, AuthoriseCreditorAccountStarted, Started,
}

// Statuses returns all statuses, the final ones last.
func Statuses() []Status { return append(slices.Clone(steps), Finalised, Failed, Exempted) }

// CanBecome reports whether t may follow s: a later step, or an end. A final
// status is followed by nothing, and no status by itself.
func (s Status) CanBecome(t Status) bool {
	from := slices.Index(steps, s)
	return from >= 0 && (t.Final() || slices.Index(steps, t) > from)
}

// Deadline returns the instant at which time alone fails a, and whether there
// is one that is ours to keep. The time-outs of a decoupled run are the bank's.
func (a *Authorisation) Deadline() (time.Time, bool) {
	switch {
	case a.Status.Final():
		return time.Time{}, false
	case a.StartedAt.IsZero():
		return a.CreatedAt.Add(UnstartedAfter), true
	case !a.SignedAt.IsZero():
		return a.SignedAt.Add(CodeLifetime), true
	case a.Approach.Redirect():
		return a.StartedAt.Add(RedirectTimeout), true
	}
	return time.Time{}, false
}

// Fail ends a without a signature. A final one stays as it is.
func (a *Authorisation) Fail(why Failure, message string, at time.Time) {
	if a.Status.Final() {
		return
	}
	a.Status, a.Failure, a.Message, a.FinishedAt = Failed, why, message, at
}

// Void has a, which was signed, fail after all: what it was signed for cannot be
// done. Any other stays as it is.
func (a *Authorisation) Void(why Failure, message string, at time.Time) {
	if a.Status.Signed() {
		a.Status, a.Failure, a.Message, a.FinishedAt, a.MoreNeeded = Failed, why, message, at, false
	}
}

// Finish ends a with the signature that s, Finalised or Exempted, stands for.
// A final one stays as it is.
func (a *Authorisation) Finish(s Status, at time.Time) {
	if a.Status.Final() {
		return
	}
	a.Status, a.FinishedAt = s, at
}
