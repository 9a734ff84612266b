// Package payee compares the name that a payment names with the name of who
// holds the account: verification of payee, as Regulation (EU) 2024/886 has it
// for transfers in euro.
//
// Names are compared without regard to case, accents, punctuation and the forms
// of companies. What is then the same is a [Match]; what differs in one or two
// letters, in the order of its parts or in initials is a [CloseMatch].
package payee

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A Result is a partyNameMatch.
type Result string

// The results.
const (
	Match       Result = "MTCH"
	CloseMatch  Result = "CMTC"
	NoMatch     Result = "NMTC"
	NotPossible Result = "NOAP" // nobody could say who holds the account
)

// A Verification is a result and, for a close match, the name that the holder
// has.
type Verification struct {
	Result Result
	Name   string
}

// Verify compares a name with those of the holders of an account; without a
// holder it is not possible. The best result counts.
func Verify(name string, holders []string) Verification {
	out := Verification{Result: NotPossible}
	for _, holder := range holders {
		switch compare(name, holder) {
		case Match:
			return Verification{Result: Match}
		case CloseMatch:
			if out.Result != CloseMatch {
				out = Verification{Result: CloseMatch, Name: holder}
			}
		case NoMatch, NotPossible:
			if out.Result == NotPossible {
				out.Result = NoMatch
			}
		}
	}
	return out
}

// farthest is how many letters of a close match may differ.
const farthest = 2

func compare(a, b string) Result {
	x, y := parts(a), parts(b)
	if slices.Equal(x, y) {
		return Match
	}
	if within(strings.Join(x, " "), strings.Join(y, " "), farthest) || swapped(x, y) || initials(x, y) {
		return CloseMatch
	}
	return NoMatch
}

// forms are the forms of companies that are no part of a name.
var forms = []string{"ab", "hb", "kb", "oy", "oyj", "as", "asa", "aps", "ltd", "plc", "gmbh", "ag", "kg", "bv", "nv", "sa", "inc", "llc"}

// letters replaces what no accent can be taken off.
var letters = map[rune]string{'ß': "ss", 'ø': "o", 'æ': "ae", 'œ': "oe", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th"}

// parts returns the words of a name in the form in which they are compared. A
// name of nothing but forms keeps them.
func parts(name string) []string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(name)) {
		switch {
		case unicode.Is(unicode.Mn, r), r == '.', r == '\'', r == '’', r == '/':
		case letters[r] != "":
			b.WriteString(letters[r])
		case unicode.IsLetter(r), unicode.IsNumber(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	all := strings.Fields(b.String())
	bare := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return slices.Contains(forms, w) })
	if len(bare) == 0 {
		return all
	}
	return bare
}

// swapped reports whether the words are the same in another order.
func swapped(x, y []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(y)))
}

// initials reports whether the words are the same, but some are initials on one
// side.
func initials(x, y []string) bool {
	if len(x) != len(y) {
		return false
	}
	same := 0
	for i := range x {
		switch {
		case x[i] == y[i]:
			same++
		case !isInitial(x[i], y[i]) && !isInitial(y[i], x[i]):
			return false
		}
	}
	return same > 0
}

// isInitial reports whether a is the first letter of b.
func isInitial(a, b string) bool {
	r := []rune(a)
	return len(r) == 1 && strings.HasPrefix(b, a)
}

// within reports whether at most n letters have to be put in, taken out or
// changed to make b of a (Levenshtein).
func within(a, b string, n int) bool {
	x, y := []rune(a), []rune(b)
	if d := len(x) - len(y); d > n || -d > n {
		return false
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			change := diagonal
			if x[i] != y[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)] <= n
}
