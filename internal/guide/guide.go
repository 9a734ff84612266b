// Package guide renders Markdown guides to HTML that needs no script and no
// inline style: headings with anchors, tables that scroll, code in colours, the
// same code in several languages as one group.
//
// What it cannot do well it refuses: a link that leads nowhere, raw HTML, a
// block of code without a language. So a guide that renders has none of them.
package guide

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// A Heading is a heading of the second level or below.
type Heading struct {
	Level    int
	ID, Text string
}

// A Part is the text below one heading, for a search.
type Part struct {
	Heading        // that of the page is of level 1 and has no ID
	Body    string // plain text
}

// A Block is a block of code.
type Block struct {
	Language string   // such as "sh"
	Words    []string // what else stands behind the fence
	Text     string
	Line     int // of the Markdown, where the code begins
}

// A Page is a rendered guide. It is immutable.
type Page struct {
	Title    string
	Lead     string        // the first paragraph, plain text
	HTML     template.HTML // without the title
	Headings []Heading
	Parts    []Part
	Blocks   []Block
}

// A Renderer renders guides. Its fields must not change once it is in use.
type Renderer struct {
	// Link returns where a link leads, by what the Markdown has. It reports a
	// link that leads nowhere.
	Link func(dest string) (string, error)
	// Picture returns the picture that a comment <!-- diagram: name --> stands
	// for. It reports an unknown name.
	Picture func(name string) (template.HTML, error)

	lexers lexers
}

// Render renders a guide, which must begin with its title. It reports all that
// is wrong with it as one error.
func (r *Renderer) Render(markdown string) (*Page, error) {
	source := []byte(markdown)
	draw := &drawing{Renderer: r, source: source}
	md := goldmark.New(
		goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
			extension.Strikethrough, extension.Linkify),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(draw, 100))),
	)
	root := md.Parser().Parse(text.NewReader(source))
	walk := walker{Renderer: r, source: source}
	page := walk.page(root)
	group(root, source)
	var buf bytes.Buffer
	if err := md.Renderer().Render(&buf, source, root); err != nil {
		return nil, fmt.Errorf("render %q: %w", page.Title, err)
	}
	page.HTML = template.HTML(buf.String()) //nolint:gosec // goldmark escapes; raw HTML is refused
	return page, errors.Join(append(walk.faults, draw.faults...)...)
}

// A walker takes from a parsed guide what is not HTML, and turns its links.
type walker struct {
	*Renderer
	source []byte
	faults []error
	out    Page
	body   strings.Builder // the prose of the part that is read
	code   strings.Builder // and its code
}

// page returns the page without its HTML, and takes the title out of the tree.
func (w *walker) page(root ast.Node) *Page {
	title, ok := root.FirstChild().(*ast.Heading)
	if !ok || title.Level != 1 {
		w.fault(1, "a guide begins with its title")
		return &w.out
	}
	w.out.Title = w.textOf(title)
	w.out.Parts = []Part{{Heading: Heading{Level: 1, Text: w.out.Title}}}
	root.RemoveChild(root, title)
	if lead, ok := root.FirstChild().(*ast.Paragraph); ok {
		w.out.Lead = w.textOf(lead)
	}
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			w.enter(n)
		}
		return ast.WalkContinue, nil
	})
	w.endPart()
	return &w.out
}

func (w *walker) enter(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		w.heading(n)
	case *ast.Link:
		w.link(n)
	case *ast.Image:
		w.fault(w.lineOf(n), "pictures are drawn, not linked: use a diagram")
	case *ast.FencedCodeBlock:
		w.block(n)
	case *ast.CodeBlock:
		w.code.WriteString(string(n.Lines().Value(w.source)) + "\n")
	case *ast.Text:
		if _, ok := n.Parent().(*ast.Heading); !ok {
			w.body.Write(n.Value(w.source))
			if n.SoftLineBreak() || n.NextSibling() == nil {
				w.body.WriteByte(' ')
			}
		}
	}
}

func (w *walker) heading(n *ast.Heading) {
	if n.Level == 1 {
		w.fault(w.lineOf(n), "a guide has one title")
	}
	id, _ := n.AttributeString("id")
	name, _ := id.([]byte)
	h := Heading{Level: n.Level, ID: string(name), Text: w.textOf(n)}
	w.endPart()
	w.out.Headings = append(w.out.Headings, h)
	w.out.Parts = append(w.out.Parts, Part{Heading: h})
}

// endPart gives the last part the text that was met since: the prose first,
// since that says more to who looks for something.
func (w *walker) endPart() {
	w.out.Parts[len(w.out.Parts)-1].Body = strings.Join(strings.Fields(w.body.String()+" "+w.code.String()), " ")
	w.body.Reset()
	w.code.Reset()
}

func (w *walker) link(n *ast.Link) {
	to, err := w.Link(string(n.Destination))
	if err != nil {
		w.fault(w.lineOf(n), err.Error())
		return
	}
	n.Destination = []byte(to)
}

func (w *walker) block(n *ast.FencedCodeBlock) {
	b := blockOf(n, w.source)
	b.Line = w.lineOf(n)
	if b.Language == "" {
		w.fault(b.Line, "a block of code without a language; \"text\" is one")
	}
	w.out.Blocks = append(w.out.Blocks, b)
	w.code.WriteString(b.Text + "\n")
}

// blockOf returns the code of a fenced block, without its line.
func blockOf(n *ast.FencedCodeBlock, source []byte) Block {
	b := Block{Text: string(n.Lines().Value(source))}
	if n.Info != nil {
		if words := strings.Fields(string(n.Info.Value(source))); len(words) > 0 {
			b.Language, b.Words = words[0], words[1:]
		}
	}
	return b
}

// textOf returns the plain text of what stands in n.
func (w *walker) textOf(n ast.Node) string {
	var s strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch t := n.(type) {
		case *ast.Text:
			if entering {
				s.Write(t.Value(w.source))
				if t.SoftLineBreak() {
					s.WriteByte(' ')
				}
			}
		case *ast.AutoLink:
			if entering {
				s.Write(t.Label(w.source))
			}
		}
		return ast.WalkContinue, nil
	})
	return s.String()
}

func (w *walker) fault(line int, what string) {
	w.faults = append(w.faults, fmt.Errorf("line %d: %s", line, what))
}

// lineOf returns the line at which the block around n begins.
func (w *walker) lineOf(n ast.Node) int {
	for ; n != nil; n = n.Parent() {
		if n.Type() == ast.TypeBlock && n.Lines().Len() > 0 {
			return 1 + bytes.Count(w.source[:n.Lines().At(0).Start], []byte("\n"))
		}
	}
	return 1
}

// Fragment renders a short text, such as the description of a field: code,
// emphasis and lists. Its links are left as they are. One paragraph alone gets
// no element of its own.
func Fragment(markdown string) (template.HTML, error) {
	var buf bytes.Buffer
	if err := goldmark.Convert([]byte(markdown), &buf); err != nil {
		return "", fmt.Errorf("render %q: %w", markdown, err)
	}
	html := strings.TrimSpace(buf.String())
	if inner, ok := strings.CutPrefix(html, "<p>"); ok && strings.Count(html, "<p>") == 1 && strings.HasSuffix(inner, "</p>") {
		html = strings.TrimSuffix(inner, "</p>")
	}
	return template.HTML(html), nil //nolint:gosec // goldmark escapes, and leaves out raw HTML
}
