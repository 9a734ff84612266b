package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sluss.example/sluss/internal/problem"
)

// The bounds of a body.
const (
	maxBody   = 1 << 20 // bytes
	maxDepth  = 32      // objects and arrays within each other
	maxValues = 10_000  // of any kind: what is read, and its faults, cost more than its bytes
)

// A null is a JSON null, which is not the same as no value in an array.
type null struct{}

// readBody parses the body of a request, without a byte order mark and at most
// maxBody of it. It returns nil for no body.
func (h *Handler) readBody(w http.ResponseWriter, r *http.Request) (any, error) {
	if r.Body == nil {
		return nil, nil
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, problem.Blame(problem.New(problem.BodyTooLarge, "the body is larger than %d bytes", maxBody), problem.Body, "")
	}
	if err != nil {
		return nil, bodyFault("the body could not be read").Because(err)
	}
	b = bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\ufeff")))
	if len(b) == 0 {
		return nil, nil
	}
	v, err := parseJSON(b)
	if err != nil {
		return nil, err
	}
	return v, h.strictlyBody(r, b)
}

func bodyFault(format string, args ...any) *problem.Error {
	e := problem.New(problem.FormatInvalid, format, args...)
	e.In = problem.Body
	return e
}

// parseJSON parses one JSON value into map[string]any, []any, string,
// json.Number, bool and null. Unlike encoding/json it refuses a member that is
// given twice, text that is not UTF-8, and nesting without end.
func parseJSON(b []byte) (any, error) {
	if !utf8.Valid(b) {
		return nil, bodyFault("the body is not UTF-8")
	}
	dec := &decoder{Decoder: json.NewDecoder(bytes.NewReader(b))}
	dec.UseNumber()
	v, err := dec.value(0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, bodyFault("the body has more than one JSON value")
	}
	return v, nil
}

// A decoder counts the values that it decodes.
type decoder struct {
	*json.Decoder
	values int
}

func (dec *decoder) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, bodyFault("the body is nested more than %d deep", maxDepth)
	}
	if dec.values++; dec.values > maxValues {
		return nil, bodyFault("the body has more than %d values", maxValues)
	}
	tok, err := dec.Token()
	if err != nil {
		return nil, notJSON(err)
	}
	switch tok := tok.(type) {
	case json.Delim:
		if tok == '{' {
			return dec.object(depth)
		}
		return dec.array(depth)
	case nil:
		return null{}, nil
	default:
		return tok, nil
	}
}

func (dec *decoder) object(depth int) (any, error) {
	members := map[string]any{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, notJSON(err)
		}
		name, ok := tok.(string)
		if !ok {
			return nil, notJSON(nil)
		}
		if _, twice := members[name]; twice {
			return nil, bodyFault("a member is given twice").At(cut(name, 70))
		}
		if members[name], err = dec.value(depth + 1); err != nil {
			return nil, err
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, notJSON(err)
	}
	return members, nil
}

func (dec *decoder) array(depth int) (any, error) {
	elements := []any{}
	for dec.More() {
		v, err := dec.value(depth + 1)
		if err != nil {
			return nil, err
		}
		elements = append(elements, v)
	}
	if _, err := dec.Token(); err != nil {
		return nil, notJSON(err)
	}
	return elements, nil
}

func notJSON(err error) error {
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		return bodyFault("the body is not JSON; see byte %d", s.Offset)
	}
	return bodyFault("the body is not JSON")
}

// A reading collects the faults of a body while its objects are read.
type reading struct {
	strict bool
	faults []*problem.Error
}

func (rd *reading) fail(field, format string, args ...any) {
	rd.faults = append(rd.faults, bodyFault(format, args...).At(field))
}

// An object is a JSON object within a body. What its methods return is zero or
// nil for a member that is absent, null, or wrong, which they note.
type object struct {
	*reading
	path    string // of the object itself, with a dot behind it; empty for the body
	members map[string]any
	exact   bool // an empty string is a fault, since what is absent says more
}

// root returns a parsed body that must be an object.
func (rd *reading) root(v any) (*object, error) {
	switch v := v.(type) {
	case nil:
		return nil, bodyFault("the body is missing")
	case map[string]any:
		return rd.object("", v), nil
	}
	return nil, bodyFault("the body must be a JSON object")
}

// object returns the value v at field as an object, nil if it is none.
func (rd *reading) object(field string, v any) *object {
	m, ok := v.(map[string]any)
	if !ok {
		rd.fail(field, "must be an object")
		return nil
	}
	o := &object{reading: rd, members: m}
	if field != "" {
		o.path = field + "."
	}
	return o
}

// get returns a member that is there and not null, nor, unless strict, a
// string of white space: forms send "" for what nobody filled in.
func (o *object) get(name string) (any, bool) {
	v, ok := o.members[name]
	switch v := v.(type) {
	case null:
		return nil, false
	case string:
		if !o.strict && !o.exact && strings.TrimSpace(v) == "" {
			return nil, false
		}
	}
	return v, ok
}

func (o *object) fail(name, text string) { o.reading.fail(o.path+name, "%s", text) }

// text returns a string. Unless strict, white space around it is taken off.
func (o *object) text(name string) string {
	v, ok := o.get(name)
	if !ok {
		return ""
	}
	s, ok := v.(string)
	if !ok {
		o.fail(name, "must be a string")
		return ""
	}
	if !o.strict {
		s = strings.TrimSpace(s)
	}
	return s
}

// given returns a string that must not be empty if it is there, which it can be
// in strict mode and in an exact object alone.
func (o *object) given(name string) string {
	n := len(o.faults)
	s := o.text(name)
	if _, ok := o.get(name); ok && s == "" && n == len(o.faults) {
		o.fail(name, "must not be empty")
	}
	return s
}

// boolean returns a boolean. Unless strict it may be a string.
func (o *object) boolean(name string) *bool {
	v, ok := o.get(name)
	if !ok {
		return nil
	}
	b, ok := v.(bool)
	if s, isText := v.(string); isText && !o.strict {
		b, ok = parseBool(strings.TrimSpace(s), false)
	}
	if !ok {
		o.fail(name, "must be true or false")
		return nil
	}
	return &b
}

// maxInteger is what larger integers are taken as. No member of ours has a use
// for more.
const maxInteger = math.MaxInt32

// integer returns an integer. Unless strict it may be a string.
func (o *object) integer(name string) *int {
	v, ok := o.get(name)
	if !ok {
		return nil
	}
	number, ok := v.(json.Number)
	if s, isText := v.(string); isText && !o.strict {
		number, ok = json.Number(strings.TrimSpace(s)), isNumber(strings.TrimSpace(s))
	}
	f, err := number.Float64()
	if !ok || err != nil || f != math.Trunc(f) {
		o.fail(name, "must be an integer")
		return nil
	}
	n := int(min(max(f, -maxInteger), maxInteger))
	return &n
}

// isNumber reports whether s is a number as JSON has it. The parsers of Go
// take more, such as 0x10 and Inf.
func isNumber(s string) bool {
	v, err := parseJSON([]byte(s))
	_, ok := v.(json.Number)
	return ok && err == nil
}

// decimal returns a decimal as text. Unless strict it may be a number.
func (o *object) decimal(name string) string {
	if v, _ := o.get(name); !o.strict {
		if n, ok := v.(json.Number); ok {
			return n.String()
		}
	}
	return o.given(name)
}

// date returns a date.
func (o *object) date(name string) *time.Time {
	if _, ok := o.get(name); !ok {
		return nil
	}
	n := len(o.faults)
	d, err := time.Parse(time.DateOnly, o.text(name))
	if err != nil || d.Year() < 1 {
		if n == len(o.faults) {
			o.fail(name, "must be a date, YYYY-MM-DD")
		}
		return nil
	}
	return &d
}

// objects returns the objects of an array, nil if there is no such member. An
// element that is none is noted and left out.
func (o *object) objects(name string) []*object {
	v, ok := o.get(name)
	if !ok {
		return nil
	}
	elements, ok := v.([]any)
	if !ok {
		o.fail(name, "must be an array")
		return nil
	}
	out := make([]*object, 0, len(elements))
	for i, e := range elements {
		if child := o.object(fmt.Sprintf("%s%s[%d]", o.path, name, i), e); child != nil {
			out = append(out, child)
		}
	}
	return slices.Clip(out)
}
