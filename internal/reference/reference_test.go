package reference_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sluss.example/sluss/internal/reference"
)

const small = `
openapi: 3.0.3
info: {title: t, description: About.}
tags: [{name: Two Words, x-scope: a, description: The family.}]
security: [bearer: []]
paths:
  /x/{id}:
    get:
      operationId: getX
      tags: [Two Words]
      summary: Read it
      parameters:
        - {$ref: '#/components/parameters/Shared'}
        - {name: q, in: query, required: true, schema: {type: string, enum: [a, b]}}
      responses:
        '200': {description: Fine., content: {application/json: {schema: {$ref: '#/components/schemas/X'}, example: {id: "1", on: true, n: 1.50, d: 2026-01-02}}}}
        '400': {$ref: '#/components/responses/Bad'}
    put:
      operationId: putX
      tags: [Two Words]
      summary: Change it
      x-scope: b
      parameters: [{$ref: '#/components/parameters/Shared'}]
      requestBody: {content: {application/json: {schema: {type: object, required: [name], properties: {name: {type: string, maxLength: 9, nullable: true}, inner: {$ref: '#/components/schemas/Once'}, many: {type: array, items: {$ref: '#/components/schemas/X'}}}}}}}
      responses:
        '204': {description: Done.}
        '400': {$ref: '#/components/responses/Bad'}
components:
  parameters:
    Shared: {name: X-Shared, in: header, schema: {type: string}}
  responses:
    Bad: {description: Bad., content: {application/json: {schema: {allOf: [{type: object, properties: {code: {type: string}}}, {properties: {code: {enum: [E1, E2]}}}]}}}}
  schemas:
    X: {type: object, description: An X., properties: {id: {type: string}, self: {$ref: '#/components/schemas/X'}}}
    Once: {type: object, required: [deep], properties: {deep: {type: integer, format: int32, minimum: 1}}}
`

func TestParse(t *testing.T) {
	t.Parallel()
	d, err := reference.Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	bad := reference.Failure{ID: "Bad", Status: "400", Text: "Bad.", Codes: []string{"E1", "E2"}}
	shared := reference.Field{Name: "X-Shared", In: "header", Type: "string"}
	want := []reference.Family{{
		Name: "Two Words", Slug: "two-words", Text: "The family.", Shared: []reference.Field{shared}, Errors: []reference.Failure{bad},
		Types: []reference.Type{{Name: "X", Text: "An X.", Fields: []reference.Field{{Name: "id", Type: "string"}, {Name: "self", Type: "X", Of: "X"}}}},
		Operations: []reference.Operation{
			{
				ID: "getX", Method: "GET", Path: "/x/{id}", Summary: "Read it", Scope: "a", Failures: []reference.Failure{bad},
				Parameters: []reference.Field{{Name: "q", In: "query", Type: "string", Required: true, Values: []string{"a", "b"}}},
				Answers: []reference.Answer{{Status: "200", Text: "Fine.", Body: &reference.Body{
					Media: "application/json", Type: "X", Of: "X", Example: "{\n  \"id\": \"1\",\n  \"on\": true,\n  \"n\": 1.50,\n  \"d\": \"2026-01-02\"\n}",
				}}},
			},
			{
				ID: "putX", Method: "PUT", Path: "/x/{id}", Summary: "Change it", Scope: "b", Failures: []reference.Failure{bad},
				Request: &reference.Body{Media: "application/json", Type: "object", Fields: []reference.Field{
					{Name: "name", Type: "string or null", Required: true, Rule: "at most 9 characters"},
					{Name: "inner", Type: "object"},
					{Name: "deep", Depth: 1, Type: "integer, int32", Required: true, Rule: "at least 1"},
					{Name: "many", Type: "array of X", Of: "X"},
				}},
				Answers: []reference.Answer{{Status: "204", Text: "Done."}},
			},
		},
	}}
	if diff := cmp.Diff(want, d.Families, cmpopts.IgnoreUnexported(reference.Field{}, reference.Operation{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("Parse (-want +got):\n%s", diff)
	}
}

func TestCurl(t *testing.T) {
	t.Parallel()
	d, err := reference.Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	want := "curl 'http://h/x/{id}?q={q}' \\\n  -H \"Authorization: Bearer $TOKEN\""
	if got := d.Families[0].Operations[0].Curl("http://h"); got != want {
		t.Errorf("Curl = %s, want %s", got, want)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "- 1", "a: [", "\x00"} {
		if _, err := reference.Parse([]byte(text)); err == nil {
			t.Errorf("Parse(%q) reports nothing", text)
		}
	}
}

// FuzzParse: no description brings it down, and its JSON is JSON.
func FuzzParse(f *testing.F) {
	f.Add(small)
	f.Add("tags: [{name: A}]\npaths: {/: {get: {tags: [A], responses: {'200': {$ref: '#/a'}}}}}\na: {$ref: '#/a'}")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4000 || strings.Contains(text, "&") {
			return // aliases may stand for more than there is memory
		}
		d, err := reference.Parse([]byte(text))
		if err != nil {
			return
		}
		if b := d.JSON(); !json.Valid(b) {
			t.Fatalf("%q: %s", text, b)
		}
		if _, err := d.Collection(); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
