// Package reference reads a description in OpenAPI 3.0 as what a reader wants to
// know: families of operations, with their headers, fields, errors and examples,
// in the order in which they are described.
//
// What all operations of a family share is said once: headers that every call
// has, errors, and types that several bodies have. The package also writes the
// description as JSON, and as a collection for HTTP clients with a window.
package reference

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A Description is a parsed description. It is immutable.
type Description struct {
	Text     string // Markdown
	Families []Family

	root  *yaml.Node
	uses  map[string]int // of a named schema, in the family that is read
	steps int            // taken so far
}

// A Family is the operations under one tag.
type Family struct {
	Name, Slug string
	Text       string  // Markdown
	Shared     []Field // headers and parts of paths that every call with a token has
	Operations []Operation
	Errors     []Failure
	Types      []Type
}

// An Operation is one endpoint.
type Operation struct {
	ID, Method, Path string
	Summary          string
	Text             string // Markdown
	Scope            string // that the token must have; empty if it takes none
	Open             bool   // takes no access token
	Parameters       []Field
	Request          *Body // nil without a body
	Answers          []Answer
	Failures         []Failure // by reference, without their codes

	all []Field // parameters, with those that the family shares
}

// A Field is a parameter, or a member of a body.
type Field struct {
	Name     string
	Depth    int    // within the body; the members of a member are one deeper
	In       string // "path", "query" or "header"; empty in a body
	Type     string // such as "array of Account"
	Of       string // name of the type that Type ends with and that the family lists
	Required bool
	Text     string // Markdown
	Values   []string
	Rule     string // such as "at most 35 characters"

	ref string
}

// A Body is what is sent or answered.
type Body struct {
	Media    string
	Type, Of string
	Fields   []Field
	Example  string // JSON, or a form; empty without one
}

// An Answer is a good answer of an operation.
type Answer struct {
	Status  string
	Text    string // Markdown
	Headers []Field
	Body    *Body // nil without one
}

// A Failure is an answer that says what went wrong.
type Failure struct {
	ID     string // such as "Pis400"
	Status string
	Text   string
	Codes  []string
}

// A Type is an object that several bodies have.
type Type struct {
	Name   string
	Text   string
	Type   string // what it is, if it is no object
	Fields []Field
}

// maxSteps bounds the work on a description, in schemas looked at: what refers
// to itself in several ways would otherwise have no end.
const maxSteps = 100_000

// Parse reads a description. It reports one that it cannot read.
func Parse(text []byte) (*Description, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("read the description: %w", err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("read the description: it is empty")
	}
	d := &Description{root: doc.Content[0]}
	d.Text = str(d.root, "info", "description")
	for _, tag := range list(member(d.root, "tags")) {
		d.Families = append(d.Families, d.family(tag))
	}
	if d.steps > maxSteps {
		return nil, fmt.Errorf("read the description: its schemas are too deep")
	}
	return d, nil
}

// Methods of operations, as a description has them.
const methods = " get post put delete patch "

// family reads the operations of a tag.
func (d *Description) family(tag *yaml.Node) Family {
	f := Family{Name: str(tag, "name"), Text: str(tag, "description")}
	f.Slug = strings.ReplaceAll(strings.ToLower(f.Name), " ", "-")
	type found struct {
		op   *yaml.Node
		into Operation
	}
	var all []found
	each(member(d.root, "paths"), func(path string, item *yaml.Node) {
		each(item, func(method string, op *yaml.Node) {
			if !strings.Contains(methods, " "+method+" ") || str(at(op, "tags", 0)) != f.Name {
				return
			}
			o := Operation{ID: str(op, "operationId"), Method: strings.ToUpper(method), Path: path, Summary: str(op, "summary"), Text: str(op, "description")}
			if o.Scope = str(op, "x-scope"); o.Scope == "" {
				o.Scope = str(tag, "x-scope")
			}
			o.Open = member(op, "security") != nil
			if o.Open {
				o.Scope = ""
			}
			all = append(all, found{op, o})
		})
	})
	d.uses = map[string]int{}
	for _, o := range all {
		d.count(o.op, map[string]bool{})
	}
	failed := map[string]bool{}
	for i := range all {
		d.operation(all[i].op, &all[i].into)
		f.Operations = append(f.Operations, all[i].into)
		for _, x := range all[i].into.Failures {
			if !failed[x.ID] {
				failed[x.ID] = true
				f.Errors = append(f.Errors, x)
			}
		}
	}
	f.share()
	f.Types = d.types(&f)
	return f
}

// operation reads one operation.
func (d *Description) operation(op *yaml.Node, o *Operation) {
	for _, p := range list(member(op, "parameters")) {
		o.all = append(o.all, d.parameter(p))
	}
	o.Parameters = o.all
	if body := d.resolve(member(op, "requestBody")); body != nil {
		o.Request = d.body(member(body, "content"))
	}
	each(member(op, "responses"), func(status string, r *yaml.Node) {
		name := refName(r)
		r = d.resolve(r)
		if status >= "400" {
			if name == "" {
				name = o.ID + status
			}
			o.Failures = append(o.Failures, Failure{ID: name, Status: status, Text: str(r, "description"), Codes: d.codes(r)})
			return
		}
		a := Answer{Status: status, Text: str(r, "description"), Body: d.body(member(r, "content"))}
		each(member(r, "headers"), func(header string, h *yaml.Node) {
			h = d.resolve(h)
			if header != "X-Request-ID" && header != "Cache-Control" && header != "Pragma" {
				field := d.field(header, member(h, "schema"), 0)
				field.Text = str(h, "description")
				a.Headers = append(a.Headers, field)
			}
		})
		o.Answers = append(o.Answers, a)
	})
}

// parameter reads a parameter.
func (d *Description) parameter(p *yaml.Node) Field {
	ref := refName(p)
	p = d.resolve(p)
	f := d.field(str(p, "name"), member(p, "schema"), 0)
	if text := str(p, "description"); text != "" {
		f.Text = text
	}
	f.In, f.Required, f.ref = str(p, "in"), str(p, "required") == "true", ref
	return f
}

// share takes the headers, and the parts of paths, that every call has out of the
// operations.
func (f *Family) share() {
	count, calls := map[string]int{}, 0
	for _, o := range f.Operations {
		if o.Open {
			continue
		}
		calls++
		for _, p := range o.all {
			if p.In != "query" && p.ref != "" {
				count[p.ref]++
			}
		}
	}
	if calls < 2 {
		return
	}
	taken := map[string]bool{}
	for i := range f.Operations {
		o := &f.Operations[i]
		if o.Open {
			continue
		}
		var own []Field
		for _, p := range o.all {
			switch {
			case p.In == "query" || p.ref == "" || count[p.ref] < calls:
				own = append(own, p)
			case !taken[p.ref]:
				taken[p.ref] = true
				f.Shared = append(f.Shared, p)
			}
		}
		o.Parameters = own
	}
}

// codes returns the codes that a failed answer can have.
func (d *Description) codes(r *yaml.Node) []string {
	schema := d.merged(member(member(member(r, "content"), "application/json"), "schema"))
	if code := member(member(schema, "properties"), "error"); code != nil { // OAuth
		return strs(member(d.merged(code), "enum"))
	}
	properties := member(schema, "properties")
	if messages := d.merged(member(properties, "tppMessages")); messages != nil {
		properties = member(d.merged(member(messages, "items")), "properties")
	}
	return strs(member(d.merged(member(properties, "code")), "enum"))
}
