package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/problem"
)

// A query reads the parameters of a request and collects what is wrong with
// them. Parameters that nobody asks for are ignored.
type query struct {
	values url.Values
	strict bool
	faults []*problem.Error
}

// queryOf returns the query of a request. Pairs that cannot be decoded are
// ignored.
func (h *Handler) queryOf(r *http.Request) *query {
	return &query{values: r.URL.Query(), strict: h.Strict}
}

// err returns every fault found so far as one error, or nil.
func (q *query) err() error { return problem.Join(q.faults) }

func (q *query) fail(name, format string, args ...any) {
	e := problem.New(problem.FormatInvalid, format, args...)
	e.In, e.Field = problem.Query, name
	q.faults = append(q.faults, e)
}

// text returns the value of a parameter, empty if it is absent or empty. White
// space around it is taken off; in strict mode it is part of the value.
func (q *query) text(name string) string {
	var value string
	for _, v := range q.values[name] {
		if !q.strict {
			v = strings.TrimSpace(v)
		}
		switch {
		case v == "" || v == value:
		case value != "":
			q.fail(name, "is given more than once")
			return ""
		default:
			value = v
		}
	}
	return value
}

// boolean returns the value of a parameter, false if it is absent.
func (q *query) boolean(name string) bool {
	v := q.text(name)
	if v == "" {
		return false
	}
	b, ok := parseBool(v, q.strict)
	if !ok {
		q.fail(name, "must be true or false")
	}
	return b
}

// date returns the date that a parameter names, zero if it is absent.
func (q *query) date(name string) time.Time {
	v := q.text(name)
	if v == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, v)
	if err != nil {
		q.fail(name, "must be a date, YYYY-MM-DD")
	}
	return d
}

// oneOf returns the value of a parameter that must be one of words, empty if
// it is absent.
func (q *query) oneOf(name string, words ...string) string {
	v := q.text(name)
	if v != "" && !slices.Contains(words, v) {
		q.fail(name, "must be one of %s", strings.Join(words, ", "))
		return ""
	}
	return v
}

// list returns the values of a parameter that is repeated, comma-separated, or
// both.
func (q *query) list(name string) []string {
	var out []string
	for _, value := range q.values[name] {
		for v := range strings.SplitSeq(value, ",") {
			if v = strings.TrimSpace(v); v != "" {
				out = append(out, v)
			}
		}
	}
	return out
}
