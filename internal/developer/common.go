package developer

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// common are passwords from lists of stolen ones, in lower case and in order:
// long ones, and the short ones that most people use, which with a number
// behind them are no better. The counts that put them here are public research
// (the frequency lists of zxcvbn).
//
//go:embed common.txt
var commonText string

// commons returns the list, read once.
var commons = sync.OnceValue(func() []string { return strings.Fields(commonText) }) //nolint:gochecknoglobals // a table

// isCommon reports whether a password in lower case is one that everybody
// tries: on the list, on it twice over, or with digits and signs round it.
func isCommon(lower string) bool {
	bare := strings.Trim(lower, "0123456789!?.,-_*#@$+ ")
	if bare == "" || listed(lower) || listed(bare) {
		return true // digits alone are too few to choose from
	}
	half := len(bare) / 2
	return len(bare)%2 == 0 && bare[:half] == bare[half:] && listed(bare[:half])
}

func listed(s string) bool {
	_, found := slices.BinarySearch(commons(), s)
	return found
}
