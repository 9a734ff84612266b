package reference

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// member returns a member of a mapping, nil if it is not there.
func member(n *yaml.Node, name string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// each calls fn for each member of a mapping, in order.
func each(n *yaml.Node, fn func(name string, value *yaml.Node)) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		fn(n.Content[i].Value, n.Content[i+1])
	}
}

// list returns the elements of a sequence.
func list(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// at returns an element of the sequence that is a member, nil if it is not
// there.
func at(n *yaml.Node, name string, i int) *yaml.Node {
	if all := list(member(n, name)); i < len(all) {
		return all[i]
	}
	return nil
}

// str returns the text at a path of members, empty if it is not there.
func str(n *yaml.Node, path ...string) string {
	for _, name := range path {
		n = member(n, name)
	}
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return strings.TrimSpace(n.Value)
}

// strs returns the texts of a sequence.
func strs(n *yaml.Node) []string {
	var all []string
	for _, e := range list(n) {
		all = append(all, e.Value)
	}
	return all
}

// refName returns the last part of the reference that n is, empty if it is none.
func refName(n *yaml.Node) string {
	ref := str(n, "$ref")
	return ref[strings.LastIndexByte(ref, '/')+1:]
}

// maxRefs bounds a chain of references.
const maxRefs = 20

// resolve returns what a reference refers to, or n itself if it is none.
func (d *Description) resolve(n *yaml.Node) *yaml.Node {
	for range maxRefs {
		ref, ok := strings.CutPrefix(str(n, "$ref"), "#/")
		if !ok {
			return n
		}
		n = d.root
		for part := range strings.SplitSeq(ref, "/") {
			n = member(n, part)
		}
	}
	return n
}

// merged returns a schema with the parts of its allOf as one.
func (d *Description) merged(n *yaml.Node) *yaml.Node { return d.mergedTo(n, maxRefs) }

func (d *Description) mergedTo(n *yaml.Node, depth int) *yaml.Node {
	n = d.resolve(n)
	if d.steps++; d.steps > maxSteps {
		return nil
	}
	parts := list(member(n, "allOf"))
	if len(parts) == 0 || depth == 0 {
		return n
	}
	out := &yaml.Node{Kind: yaml.MappingNode}
	for _, p := range parts {
		out = d.join(out, d.mergedTo(p, depth-1))
	}
	rest := &yaml.Node{Kind: yaml.MappingNode}
	each(n, func(name string, value *yaml.Node) {
		if name != "allOf" {
			rest.Content = append(rest.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, value)
		}
	})
	return d.join(out, rest)
}

// join returns a with what b says beside it: properties and required fields of
// both, all else of b where it has it.
func (d *Description) join(a, b *yaml.Node) *yaml.Node {
	if a == nil || a.Kind != yaml.MappingNode {
		return b
	}
	out := &yaml.Node{Kind: yaml.MappingNode}
	each(a, func(name string, value *yaml.Node) {
		other := member(b, name)
		switch {
		case other == nil:
		case name == "required":
			value = &yaml.Node{Kind: yaml.SequenceNode, Content: append(append([]*yaml.Node{}, value.Content...), other.Content...)}
		case name == "properties" || name == "items":
			value = d.join(d.merged(value), d.merged(other))
		case value.Kind == yaml.MappingNode && other.Kind == yaml.MappingNode:
			value = d.join(d.merged(value), d.merged(other))
		default:
			value = other
		}
		out.Content = append(out.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, value)
	})
	each(b, func(name string, value *yaml.Node) {
		if member(a, name) == nil {
			out.Content = append(out.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, value)
		}
	})
	return out
}
