package api

import (
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"sluss.example/sluss/psd2"
)

// TestScopesDescribed: the description names the scopes that the routes want.
func TestScopesDescribed(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(psd2.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]*openapi3.Operation{}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			byID[op.OperationID] = op
		}
	}
	for _, rt := range routes() {
		op := byID[rt.operation]
		if op == nil {
			continue // another test wants every route to be described
		}
		var want []string
		for _, s := range rt.scopes {
			want = append(want, string(s))
		}
		if rt.corporate {
			want = append(want, "corporate")
		}
		slices.Sort(want)
		if got := describedScope(doc, op); !slices.Equal(got, want) {
			t.Errorf("%s needs %q, the description says %q", rt.operation, want, got)
		}
	}
}

// describedScope returns the words of the x-scope of an operation, or else of
// its tag; none if it takes no token.
func describedScope(doc *openapi3.T, op *openapi3.Operation) []string {
	if op.Security != nil {
		return nil
	}
	text, _ := op.Extensions["x-scope"].(string)
	if tag := doc.Tags.Get(op.Tags[0]); text == "" && tag != nil {
		text, _ = tag.Extensions["x-scope"].(string)
	}
	words := strings.Fields(text)
	slices.Sort(words)
	return words
}
