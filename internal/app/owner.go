package app

import "sluss.example/sluss/internal/scope"

// An Owner is what a stored resource belongs to. All of it is checked at every
// step.
type Owner struct {
	ClientID     string
	Context      scope.Context
	Organisation string // normalised; empty in scope.Private
	PSU          string // normalised PSU-ID; empty until known
}

// A Caller is the app and the PSU that a request is made for. Its fields are
// those of an owner; an empty PSU was not sent and matches any.
type Caller Owner

// A Relation says how a caller stands to the owner of a resource.
type Relation int

// The relations, in the order in which they are found. The first difference
// decides what the caller gets to know.
const (
	Same              Relation = iota
	OtherApp                   // answered as if the resource did not exist
	OtherContext               // own app, other PSU context
	OtherOrganisation          // own app and context, other organisation
	OtherPSU                   // all the same but the PSU
)

// Compare compares application, PSU context, organisation and PSU, in this
// order, and returns the first difference. A PSU that was not sent, or that is
// not known yet, matches any.
//
// OtherPSU is for the use of a consent and for authorisations, which belong to
// one person. For the rest see [Owner.CompareForReading].
func (o Owner) Compare(c Caller) Relation {
	switch {
	case o.ClientID != c.ClientID:
		return OtherApp
	case o.Context != c.Context:
		return OtherContext
	case o.Context == scope.Corporate && o.Organisation != c.Organisation:
		return OtherOrganisation
	case o.PSU != "" && c.PSU != "" && o.PSU != c.PSU:
		return OtherPSU
	}
	return Same
}

// CompareForReading is [Owner.Compare] for those who read or delete a resource
// or add an authorisation to it: in scope.Corporate every person of the same
// organisation may.
func (o Owner) CompareForReading(c Caller) Relation {
	r := o.Compare(c)
	if r == OtherPSU && o.Context == scope.Corporate {
		return Same
	}
	return r
}
