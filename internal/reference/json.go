package reference

import (
	"bytes"
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v4"
)

// JSON returns the description as JSON, its members in their order.
func (d *Description) JSON() []byte { return []byte(indented(d.root)) }

// indented returns a node as JSON that a person reads.
func indented(n *yaml.Node) string {
	var b bytes.Buffer
	writeJSON(&b, n)
	var out bytes.Buffer
	if err := json.Indent(&out, b.Bytes(), "", "  "); err != nil {
		return b.String()
	}
	return out.String()
}

// writeJSON writes a node as JSON.
func writeJSON(b *bytes.Buffer, n *yaml.Node) {
	switch n.Kind {
	case yaml.AliasNode:
		writeJSON(b, n.Alias)
	case yaml.MappingNode:
		b.WriteByte('{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quoted(n.Content[i].Value) + ":")
			writeJSON(b, n.Content[i+1])
		}
		b.WriteByte('}')
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, c := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, c)
		}
		b.WriteByte(']')
	default:
		b.WriteString(scalar(n))
	}
}

// scalar returns a value as JSON. What is no JSON, such as a date, is text.
func scalar(n *yaml.Node) string {
	plain := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	if plain {
		switch n.ShortTag() {
		case "!!null":
			return "null"
		case "!!bool", "!!int", "!!float":
			if text := strings.ToLower(n.Value); json.Valid([]byte(text)) {
				return text
			}
		}
	}
	return quoted(n.Value)
}

// quoted returns text as JSON, with the characters of HTML as they are.
func quoted(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}
