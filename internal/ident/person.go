package ident

import (
	"unicode"
	"unicode/utf8"

	"sluss.example/sluss/internal/problem"
)

// maxPSU is the most characters that a PSU-ID has. Personal numbers have 12;
// the rest is for the login names of banks.
const maxPSU = 100

// ParsePSU parses a PSU-ID and returns it as [NormalPSU] does. It is a personal
// number or another login name, of printable characters, with no check digits
// that count. It reports problem.FormatInvalid.
func ParsePSU(s string) (string, error) {
	n := NormalPSU(s)
	if n == "" || utf8.RuneCountInString(n) > maxPSU || !utf8.ValidString(n) {
		return "", problem.New(problem.FormatInvalid, "must have 1 to %d characters", maxPSU)
	}
	for _, c := range n {
		if !unicode.IsGraphic(c) {
			return "", problem.New(problem.FormatInvalid, "must be printable")
		}
	}
	return n, nil
}

// MaskPSU returns a PSU-ID of which a log may tell: the last two characters.
func MaskPSU(s string) string {
	n := []rune(s)
	if len(n) < 6 {
		return "…"
	}
	return "…" + string(n[len(n)-2:])
}
