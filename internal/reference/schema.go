package reference

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// count counts how often named schemas are used in an operation, so that those
// which are used once stand where they are used. Failures do not count: they
// are shown as codes.
func (d *Description) count(op *yaml.Node, on map[string]bool) {
	if body := d.resolve(member(op, "requestBody")); body != nil {
		d.countIn(member(body, "content"), on)
	}
	each(member(op, "responses"), func(status string, r *yaml.Node) {
		if status < "400" {
			d.countIn(member(d.resolve(r), "content"), on)
		}
	})
}

// countIn counts the references below n. On has those that it is inside of.
func (d *Description) countIn(n *yaml.Node, on map[string]bool) {
	if n == nil {
		return
	}
	if name := refName(n); name != "" {
		d.uses[name]++
		if on[name] || d.uses[name] > 1 {
			return
		}
		on[name] = true
		d.countIn(d.resolve(n), on)
		delete(on, name)
		return
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && (i%2 == 0 || n.Content[i-1].Value == "example" || n.Content[i-1].Value == "examples") {
			continue
		}
		d.countIn(c, on)
	}
}

// body reads the content of a request or of an answer.
func (d *Description) body(content *yaml.Node) *Body {
	if content == nil || len(content.Content) < 2 {
		return nil
	}
	b := &Body{Media: content.Content[0].Value}
	media := content.Content[1]
	schema := member(media, "schema")
	top := d.field("", schema, 0)
	b.Type, b.Of = top.Type, top.Of
	if b.Of == "" {
		b.Fields = d.fields(schema, 0)
	}
	example := member(media, "example")
	if example == nil {
		each(member(media, "examples"), func(_ string, e *yaml.Node) {
			if example == nil {
				example = member(d.resolve(e), "value")
			}
		})
	}
	if example != nil && strings.Contains(b.Media, "json") {
		b.Example = indented(example)
	}
	return b
}

// deepest bounds how deep bodies are shown.
const deepest = 8

// fields returns the members of an object, those of its own objects among
// them.
func (d *Description) fields(schema *yaml.Node, depth int) []Field {
	schema = d.merged(schema)
	if items := member(schema, "items"); items != nil {
		schema = d.merged(items)
	}
	needed := map[string]bool{}
	for _, name := range strs(member(schema, "required")) {
		needed[name] = true
	}
	var all []Field
	add := func(name string, s *yaml.Node) {
		f := d.field(name, s, depth)
		f.Required = needed[name]
		all = append(all, f)
		if f.Of == "" && depth < deepest {
			all = append(all, d.fields(s, depth+1)...)
		}
	}
	each(member(schema, "properties"), add)
	if more := member(schema, "additionalProperties"); more != nil && more.Kind == yaml.MappingNode {
		add("*", more)
	}
	return all
}

// field describes a schema under a name.
func (d *Description) field(name string, schema *yaml.Node, depth int) Field {
	f := Field{Name: name, Depth: depth}
	s := d.merged(schema)
	f.Text = str(s, "description")
	if own := str(schema, "description"); own != "" {
		f.Text = own
	}
	f.Type, f.Of = d.typeOf(schema)
	inner := s
	if items := member(s, "items"); items != nil {
		inner = d.merged(items)
	}
	f.Values = strs(member(inner, "enum"))
	f.Rule = rule(inner)
	if f.Of != "" {
		f.Values, f.Rule, f.Text = nil, "", str(schema, "description")
	}
	return f
}

// uuidPattern is how the pattern of a UUID begins, of any version.
const uuidPattern = "^[0-9a-fA-F]{8}-"

// typeOf returns what a schema is, and the name of the type at its end if the
// family lists it.
func (d *Description) typeOf(schema *yaml.Node) (text, of string) { return d.typeTo(schema, deepest) }

func (d *Description) typeTo(schema *yaml.Node, depth int) (text, of string) {
	s := d.merged(schema)
	if s == nil || depth == 0 {
		return "any", ""
	}
	if name := d.named(schema); name != "" {
		return name, name
	}
	var alternatives []string
	for _, key := range []string{"oneOf", "anyOf"} {
		for _, a := range list(member(s, key)) {
			t, _ := d.typeTo(a, depth-1)
			alternatives = append(alternatives, t)
		}
	}
	text = str(s, "type")
	switch {
	case alternatives != nil:
		text = strings.Join(alternatives, " or ")
	case text == "array":
		inner, name := d.typeTo(member(s, "items"), depth-1)
		text, of = "array of "+inner, name
	case text == "" && member(s, "properties") != nil:
		text = "object"
	case text == "":
		text = "any"
	}
	format := str(s, "format")
	if strings.HasPrefix(str(s, "pattern"), uuidPattern) {
		format = "UUID"
	}
	if format != "" {
		text += ", " + format
	}
	if str(s, "nullable") == "true" {
		text += " or null"
	}
	return text, of
}

// named returns the name of a schema that the family lists: an object that is
// used more than once.
func (d *Description) named(schema *yaml.Node) string {
	name := refName(schema)
	if parts := list(member(schema, "allOf")); name == "" && len(parts) == 1 {
		name = refName(parts[0])
	}
	if name == "" || d.uses[name] < 2 {
		return ""
	}
	s := d.merged(schema)
	if member(s, "properties") == nil && member(d.merged(member(s, "items")), "properties") == nil {
		return ""
	}
	return name
}

// rule says what a value must be like beside its type.
func rule(s *yaml.Node) string {
	var all []string
	add := func(key, before, after string) {
		if v := str(s, key); v != "" {
			all = append(all, before+v+after)
		}
	}
	if str(s, "minLength") != "1" { // nobody takes an empty one for a value
		add("minLength", "at least ", " characters")
	}
	add("maxLength", "at most ", " characters")
	add("minimum", "at least ", "")
	add("maximum", "at most ", "")
	add("minItems", "at least ", " elements")
	add("maxItems", "at most ", " elements")
	if !strings.HasPrefix(str(s, "pattern"), uuidPattern) {
		add("pattern", "", "")
	}
	add("default", "default ", "")
	return strings.Join(all, "; ")
}

// types returns the types that the family lists, in the order in which they are
// met.
func (d *Description) types(f *Family) []Type {
	var all []Type
	listed := map[string]bool{}
	var visit func(fields []Field)
	add := func(name string) {
		if name == "" || listed[name] {
			return
		}
		listed[name] = true
		schema := member(member(member(d.root, "components"), "schemas"), name)
		t := Type{Name: name, Text: str(schema, "description"), Fields: d.fields(schema, 0)}
		if member(d.merged(schema), "items") != nil {
			t.Type, _ = d.typeOf(schema)
		}
		all = append(all, t)
		visit(t.Fields)
	}
	visit = func(fields []Field) {
		for _, x := range fields {
			add(x.Of)
		}
	}
	for _, o := range f.Operations {
		if o.Request != nil {
			add(o.Request.Of)
			visit(o.Request.Fields)
		}
		for _, a := range o.Answers {
			if a.Body != nil {
				add(a.Body.Of)
				visit(a.Body.Fields)
			}
		}
	}
	return all
}
