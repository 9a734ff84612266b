// Package signing has what consents, payments, cancellations and baskets share:
// a set of authorisations, by which one person or several sign one resource.
//
// A [Set] belongs to its resource, which stores it. A [Pass] is one run of rules
// over it, in memory and with the time passed in; it tells the resource, a
// [Subject], what follows from a signature or a refusal, since that differs: a
// refused SCA ends a consent and leaves a payment as it was. A [Desk] is the
// resource as a service has it at hand, with its bank and its store, and the
// functions that take one ([Start], [Choose], [Poll], [Enter], [Fail]) are what
// a TPP and a browser do to it.
package signing

import (
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
)

// maxAuthorisations bounds how often one resource can be tried.
const maxAuthorisations = 50

// A Set is the authorisations of one resource.
type Set struct {
	Authorisations []sca.Authorisation // oldest first
	// SignaturesNeeded is how many persons must sign, 0 until the bank said.
	SignaturesNeeded int
}

// A Subject is what a set signs. A pass calls its methods while the rules run,
// so they change nothing but the resource in memory.
type Subject interface {
	// Noun names the kind of resource in texts, such as "consent".
	Noun() string
	// Holder is whose the resource is. A pass sets its PSU when the bank names
	// the first one.
	Holder() *app.Owner
	// Awaits reports whether a signature can still change the resource, and
	// else what it is, such as "the consent is valid".
	Awaits() (bool, string)
	// Until is when time alone ends the resource, or its wait for signatures.
	Until() time.Time
	// Digest is a hash of what the PSU is shown and signs. It is empty where
	// nothing is bound to the signature, as for a consent.
	Digest() string
	// Note records an event about an authorisation.
	Note(kind string, at time.Time)
	// Take is told of the answer with a signature before it counts, and whether
	// it is the first. It returns a sentence if it must not count.
	Take(st *bank.SCAState, first bool) (refusal string)
	// Refused is told that the PSU declined, or that Take refused.
	Refused(at time.Time)
	// Signed is told that a signature counts, right after its note, and whether
	// it is the last that is needed.
	Signed(last bool, at time.Time)
	// Lapse applies what time alone changes until now, also to the set.
	Lapse(now time.Time)
}

// Authorisation returns the authorisation with the id, in any case. It reports
// problem.ResourceUnknown.
func (s *Set) Authorisation(id string) (*sca.Authorisation, error) {
	i := slices.IndexFunc(s.Authorisations, func(a sca.Authorisation) bool { return strings.EqualFold(a.ID, id) })
	if i < 0 {
		return nil, problem.New(problem.ResourceUnknown, "no such authorisation")
	}
	return &s.Authorisations[i], nil
}

// SignedBy reports whether the person has signed.
func (s *Set) SignedBy(psu string) bool {
	return slices.ContainsFunc(s.Authorisations, func(a sca.Authorisation) bool {
		return a.Status.Signed() && (a.Signer == psu || a.PSU == psu)
	})
}

// Running reports whether an authorisation was started and has not ended.
func (s *Set) Running() bool {
	return slices.ContainsFunc(s.Authorisations, func(a sca.Authorisation) bool { return a.Pending() })
}

// Started reports whether any authorisation was ever started.
func (s *Set) Started() bool {
	return slices.ContainsFunc(s.Authorisations, func(a sca.Authorisation) bool { return !a.StartedAt.IsZero() })
}

// Clone returns a copy of s that shares nothing which rules change.
func (s *Set) Clone() Set {
	return Set{Authorisations: slices.Clone(s.Authorisations), SignaturesNeeded: s.SignaturesNeeded}
}
