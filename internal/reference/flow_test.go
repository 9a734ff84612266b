package reference

import (
	"encoding/json"
	"strings"
	"testing"

	"sluss.example/sluss/psd2"
)

// TestFlow: each operation of the description has a place in the collection,
// and each step of the flow an operation.
func TestFlow(t *testing.T) {
	t.Parallel()
	d, err := Parse(psd2.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	text, err := d.Collection()
	if err != nil {
		t.Fatal(err)
	}
	var c collection
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	sent := map[string]bool{}
	for _, folder := range c.Item {
		for _, i := range folder.Item {
			sent[i.Request.Method+" "+strings.Join(i.Request.URL.Path, "/")] = true
		}
	}
	known := map[string]bool{}
	for _, f := range d.Families {
		for _, o := range f.Operations {
			known[o.ID] = true
			if path := braces.ReplaceAllString(strings.TrimPrefix(o.Path, "/"), ":$1"); !sent[o.Method+" "+path] {
				t.Errorf("the collection lacks %s, %s %s", o.ID, o.Method, o.Path)
			}
		}
	}
	for _, f := range flow() {
		for _, s := range f.steps {
			if !known[s.id] {
				t.Errorf("a step of %s is about %s, which is not described", f.family, s.id)
			}
		}
	}
}
