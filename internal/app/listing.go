package app

import (
	"strconv"
	"strings"
	"time"

	"sluss.example/sluss/internal/problem"
)

// A Listing picks resources of one application, newest first.
type Listing struct {
	ClientID string
	Status   string    // any if empty
	BICFI    string    // any if empty
	Since    time.Time // made at or after; any if zero
	After    Mark      // only those that come after it in the list, which are older; all if zero
	Limit    int
}

// A Mark is a place in a listing: that of the resource that it tells of.
type Mark struct {
	At time.Time // when it was made, to the millisecond
	ID string
}

// String returns the mark as [ParseMark] reads it; empty if it is zero.
func (m Mark) String() string {
	if m.ID == "" {
		return ""
	}
	return strconv.FormatInt(m.At.UnixMilli(), 10) + "." + m.ID
}

// maxMarkID bounds the id in a mark, in bytes.
const maxMarkID = 64

// ParseMark parses a mark. Nothing is the zero mark. It reports
// problem.FormatInvalid.
func ParseMark(s string) (Mark, error) {
	if s == "" {
		return Mark{}, nil
	}
	digits, id, ok := strings.Cut(s, ".")
	at, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || at < 0 || id == "" || len(id) > maxMarkID || strconv.FormatInt(at, 10) != digits {
		return Mark{}, problem.New(problem.FormatInvalid, "is no place in a list")
	}
	return Mark{At: time.UnixMilli(at).UTC(), ID: id}, nil
}
