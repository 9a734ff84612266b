package guide

import (
	"slices"

	"github.com/yuin/goldmark/ast"
)

// tongues are the languages in which the same code may stand one after the
// other, with what they are called.
var tongues = map[string]string{"sh": "curl", "go": "Go", "js": "JavaScript", "python": "Python"}

// A codeGroup is the same code in several languages.
type codeGroup struct {
	ast.BaseBlock
}

//nolint:gochecknoglobals // goldmark hands out the kinds of nodes
var kindCodeGroup = ast.NewNodeKind("CodeGroup")

// Kind implements [ast.Node].
func (*codeGroup) Kind() ast.NodeKind { return kindCodeGroup }

// Dump implements [ast.Node].
func (g *codeGroup) Dump(source []byte, level int) { ast.DumpHelper(g, source, level, nil, nil) }

// group puts blocks of code that follow each other, in languages that differ,
// into one group.
func group(parent ast.Node, source []byte) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		run := runFrom(n, source)
		if len(run) < 2 {
			if n.Type() == ast.TypeBlock {
				group(n, source)
			}
			continue
		}
		g := &codeGroup{}
		parent.InsertBefore(parent, n, g)
		for _, b := range run {
			g.AppendChild(g, b) // takes it from where it was
		}
		n = g
	}
}

// runFrom returns the blocks of code in different languages that begin at n.
func runFrom(n ast.Node, source []byte) []*ast.FencedCodeBlock {
	var run []*ast.FencedCodeBlock
	var seen []string
	for ; n != nil; n = n.NextSibling() {
		b, ok := n.(*ast.FencedCodeBlock)
		if !ok {
			break
		}
		language := blockOf(b, source).Language
		if tongues[language] == "" || slices.Contains(seen, language) {
			break
		}
		run, seen = append(run, b), append(seen, language)
	}
	return run
}
