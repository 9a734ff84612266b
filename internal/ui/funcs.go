package ui

import (
	"errors"
	"fmt"
	"html/template"
	"strings"
	"time"
)

// Funcs returns the functions that every template has:
//
//	when T          a <time> element, in UTC to the minute; "never" for zero
//	date T          the date, empty for zero
//	dict K V ...    a map, to hand several values to a template
//	lines S         the lines of a text
//	ms D            a duration in milliseconds
//	list V ...      a list
//	plural N S      "1 token", "2 tokens"
func Funcs() template.FuncMap {
	return template.FuncMap{
		"when": when, "date": date, "dict": dict,
		"lines":  func(s string) []string { return strings.Split(strings.TrimRight(s, "\n"), "\n") },
		"list":   func(all ...any) []any { return all },
		"ms":     func(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) },
		"plural": Plural,
	}
}

func when(t time.Time) template.HTML {
	if t.IsZero() {
		return "never"
	}
	t = t.UTC()
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s</time>`, //nolint:gosec // both are made of digits
		t.Format(time.RFC3339), t.Format("2006-01-02 15:04")))
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

var errDict = errors.New("dict takes pairs of a name and a value")

func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errDict
	}
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, errDict
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// Plural writes a number and a noun, which gets an s unless the number is one.
func Plural(n any, noun string) string {
	s := fmt.Sprint(n)
	if s == "1" {
		return s + " " + noun
	}
	return s + " " + noun + "s"
}
