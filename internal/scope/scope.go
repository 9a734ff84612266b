// Package scope implements the scope grammar of the token service.
//
// A scope names what an app may do (one or more API scopes) and on whose behalf
// (exactly one PSU context):
//
//	scope     = *SP word *( 1*SP word ) *SP  ; any order
//	word      = api-scope / context          ; at least one api-scope, exactly one context
//	api-scope = "aspspinformation" / "accountinformation" /
//	            "bankgiroinformation" / "paymentinitiation"
//	context   = "private" / "corporate"
//
// bankgiroinformation stands only beside accountinformation and corporate.
// Words are compared byte by byte, as RFC 6749 section 3.3 asks. Unlike there,
// more than one space may stand between two of them, and some at the ends: that
// is what joining words leaves when one is empty.
package scope

import (
	"slices"
	"strings"

	"sluss.example/sluss/internal/problem"
)

// An API is an API scope: a part of the API that an app may use.
type API string

// The API scopes.
const (
	ASPSPInformation    API = "aspspinformation"
	AccountInformation  API = "accountinformation"
	BankgiroInformation API = "bankgiroinformation"
	PaymentInitiation   API = "paymentinitiation"
)

// A Context is a PSU context: the kind of accounts that a token is for.
type Context string

// The PSU contexts.
const (
	Private   Context = "private"
	Corporate Context = "corporate"
)

// APIs returns all API scopes, in the order of the discovery documents.
func APIs() []API {
	return []API{ASPSPInformation, AccountInformation, BankgiroInformation, PaymentInitiation}
}

// Contexts returns both PSU contexts.
func Contexts() []Context { return []Context{Private, Corporate} }

// A Set is a parsed scope. The zero value is empty and covers nothing.
type Set struct {
	words   []string // as asked for, without repetitions
	apis    []API
	context Context
}

// Parse parses the value of a scope parameter.
//
// It keeps the order of s and drops repeated words. It reports
// [problem.ScopeInvalid], with every offending word in the one Detail, unless s
// is a scope as the package doc defines it. It does not know what an app was
// granted: package app checks that, after Parse.
func Parse(s string) (Set, error) {
	if strings.Trim(s, " ") == "" {
		return Set{}, problem.New(problem.ScopeInvalid, "scope is empty; ask for one or more API scopes and private or corporate")
	}
	var set Set
	var unknown []string
	var faults []string
	for word := range strings.SplitSeq(s, " ") {
		if word != "" && !set.add(word) {
			unknown = append(unknown, "'"+word+"'")
		}
	}
	if len(unknown) > 0 {
		faults = append(faults, "unknown: "+strings.Join(unknown, " "))
	}
	if faults = append(faults, set.faults()...); len(faults) > 0 {
		return Set{}, problem.New(problem.ScopeInvalid, "%s", strings.Join(faults, "; "))
	}
	if slices.Contains(set.words, string(Corporate)) {
		set.context = Corporate
	} else {
		set.context = Private
	}
	return set, nil
}

// add takes word in unless it is there already; it reports whether the word is
// one of the grammar.
func (s *Set) add(word string) bool {
	api := slices.Contains(APIs(), API(word))
	if !api && !slices.Contains(Contexts(), Context(word)) {
		return false
	}
	if slices.Contains(s.words, word) {
		return true
	}
	s.words = append(s.words, word)
	if api {
		s.apis = append(s.apis, API(word))
	}
	return true
}

// faults names the rules of the grammar that the words break together.
func (s Set) faults() []string {
	var faults []string
	private, corporate := slices.Contains(s.words, string(Private)), slices.Contains(s.words, string(Corporate))
	switch {
	case private && corporate:
		faults = append(faults, "private and corporate exclude each other")
	case !private && !corporate:
		faults = append(faults, "no PSU context: add private or corporate")
	}
	if len(s.apis) == 0 {
		faults = append(faults, "no API scope")
	}
	if s.Has(BankgiroInformation) && (!s.Has(AccountInformation) || !corporate) {
		faults = append(faults, "bankgiroinformation needs accountinformation and corporate")
	}
	return faults
}

// String returns the scope string: the words in the order asked for.
func (s Set) String() string { return strings.Join(s.words, " ") }

// Words returns the words in the order asked for. The caller must not change
// the slice.
func (s Set) Words() []string { return s.words }

// APIs returns the API scopes in the order asked for. The caller must not
// change the slice.
func (s Set) APIs() []API { return s.apis }

// Context returns the PSU context.
func (s Set) Context() Context { return s.context }

// Has reports whether api is in the set.
func (s Set) Has(api API) bool { return slices.Contains(s.apis, api) }

// HasAny reports whether one of apis is in the set.
func (s Set) HasAny(apis ...API) bool { return slices.ContainsFunc(apis, s.Has) }

// Equal reports whether s and t hold the same words in any order.
func (s Set) Equal(t Set) bool {
	return len(s.words) == len(t.words) && !slices.ContainsFunc(s.words, func(w string) bool { return !slices.Contains(t.words, w) })
}
