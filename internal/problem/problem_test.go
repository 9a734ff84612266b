package problem_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"sluss.example/sluss/internal/problem"
)

var errCause = errors.New("line broke")

func TestErrorText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   *problem.Error
		want string
	}{
		{"reason alone", &problem.Error{Reason: problem.TokenMissing}, "token_missing"},
		{"detail", problem.New(problem.FormatInvalid, "must be %d", 1), "format_invalid: must be 1"},
		{"field", problem.New(problem.FormatInvalid, "is missing").At("X-BicFi"), "format_invalid (X-BicFi): is missing"},
		{"cause", problem.New(problem.BankUnavailable, "no answer").Because(errCause), "bank_unavailable: no answer: line broke"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.in.Error(); got != tt.want {
				t.Errorf("Error() = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestIs(t *testing.T) {
	t.Parallel()
	p := problem.New(problem.StatusInvalid, "is over").Because(errCause)
	wrapped := fmt.Errorf("delete consent: %w", p)
	if !problem.Is(wrapped, problem.StatusInvalid) || !errors.Is(wrapped, errCause) {
		t.Errorf("%v is not found to be %s because of %v", wrapped, problem.StatusInvalid, errCause)
	}
	if problem.Is(wrapped, problem.ConsentUnknown) || problem.Is(errCause, problem.StatusInvalid) || problem.Is(nil, problem.StatusInvalid) {
		t.Error("Is finds a reason that is not there")
	}
}

// TestCopies looks that what derives an error leaves the first one alone, since
// it may be shared.
func TestCopies(t *testing.T) {
	t.Parallel()
	p := problem.New(problem.FormatInvalid, "is wrong")
	_ = p.At("a").Because(errCause)
	_ = problem.Blame(p, problem.Header, "b")
	_ = problem.Join([]*problem.Error{p, p})
	if p.Field != "" || p.Err != nil || p.In != problem.Nowhere || p.Also != nil {
		t.Errorf("the first error was changed: %+v", p)
	}
}

func TestBlame(t *testing.T) {
	t.Parallel()
	plain := problem.New(problem.ConsentUnknown, "")
	tests := []struct {
		name      string
		in        error
		wantPlace problem.Place
		wantField string
	}{
		{"no place", plain, problem.Path, "consentId"},
		{"wrapped", fmt.Errorf("get: %w", plain), problem.Path, "consentId"},
		{"own field", plain.At("Consent-ID"), problem.Path, "Consent-ID"},
		{"own place", &problem.Error{In: problem.Header}, problem.Header, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, ok := errors.AsType[*problem.Error](problem.Blame(tt.in, problem.Path, "consentId"))
			if !ok || p.In != tt.wantPlace || p.Field != tt.wantField {
				t.Errorf("Blame(%v) = %+v, want place %d, field %q", tt.in, p, tt.wantPlace, tt.wantField)
			}
		})
	}
	if got := problem.Blame(errCause, problem.Path, "x"); got != errCause { //nolint:errorlint // the same error is wanted
		t.Errorf("Blame of another error = %v, want it as it is", got)
	}
	if got := problem.Blame(nil, problem.Path, "x"); got != nil {
		t.Errorf("Blame of nil = %v, want nil", got)
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	if err := problem.Join(nil); err != nil {
		t.Errorf("Join of nothing = %v, want nil", err)
	}
	a, b, c := problem.New(problem.FormatInvalid, "a"), problem.New(problem.FormatInvalid, "b"), problem.New(problem.PeriodInvalid, "c")
	a.Also = []*problem.Error{b}
	p, _ := errors.AsType[*problem.Error](problem.Join([]*problem.Error{a, c}))
	if p == nil || p.Detail != "a" || !slices.Equal(p.Also, []*problem.Error{b, c}) {
		t.Errorf("Join = %+v, want a with b and c", p)
	}
	if one := problem.Join([]*problem.Error{c}); one.Error() != c.Error() {
		t.Errorf("Join of one = %v, want %v", one, c)
	}
}

// TestAll looks that All has every constant of the type, since edges hold
// their tables against it.
func TestAll(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for _, v := range spec.Values {
				want = append(want, strings.Trim(v.(*ast.BasicLit).Value, `"`))
			}
		}
		return true
	})
	var got []string
	for _, r := range problem.All() {
		got = append(got, string(r))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("All returns %v\nwant %v", got, want)
	}
	if u := slices.Compact(slices.Clone(got)); len(u) != len(got) {
		t.Errorf("All has a reason twice: %v", got)
	}
}
