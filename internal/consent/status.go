package consent

import (
	"slices"
	"time"
)

// next says which statuses may follow a status. Those without a row are final.
var next = map[Status][]Status{
	Received:            {PartiallyAuthorised, Valid, Rejected, TerminatedByTPP},
	PartiallyAuthorised: {Valid, Rejected, TerminatedByTPP},
	Valid:               {Expired, RevokedByPSU, TerminatedByTPP},
}

// Statuses returns all statuses, the final ones last.
func Statuses() []Status {
	return []Status{Received, PartiallyAuthorised, Valid, Rejected, Expired, RevokedByPSU, TerminatedByTPP}
}

// Final reports whether s never changes again.
func (s Status) Final() bool { return len(next[s]) == 0 }

// Awaiting reports whether a signature can still change s.
func (s Status) Awaiting() bool { return s == Received || s == PartiallyAuthorised }

// CanBecome reports whether t may follow s.
func (s Status) CanBecome(t Status) bool { return slices.Contains(next[s], t) }

// StatusAt returns the status that the consent has at the instant by time
// alone, before anybody has looked and stored it.
func (c *Consent) StatusAt(now time.Time) Status {
	switch {
	case c.Status.Final() || now.Before(c.ExpiresAt):
		return c.Status
	case c.Status == Valid:
		return Expired
	}
	return Rejected
}
