package psd2_test

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"sluss.example/sluss/psd2"
)

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(psd2.OpenAPI())
	if err != nil {
		t.Fatalf("the description cannot be loaded: %v", err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Errorf("the description is not valid: %v", err)
	}
	ids := map[string]string{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if first, taken := ids[op.OperationID]; op.OperationID == "" || taken {
				t.Errorf("%s %s has the operationId %q, which is empty or that of %s", method, path, op.OperationID, first)
			}
			ids[op.OperationID] = method + " " + path
			if len(op.Tags) == 1 && doc.Tags.Get(op.Tags[0]) == nil {
				t.Errorf("%s %s has the tag %s, which is not listed", method, path, op.Tags[0])
			}
			if op.Summary == "" || len(op.Tags) != 1 {
				t.Errorf("%s %s lacks a summary or its one tag", method, path)
			}
		}
	}
}
