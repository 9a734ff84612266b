package guide

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// A drawing writes those parts of a guide that look otherwise here than by
// default.
type drawing struct {
	*Renderer
	source []byte
	faults []error
	groups int
}

// RegisterFuncs implements [renderer.NodeRenderer].
func (d *drawing) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindHeading, d.heading)
	reg.Register(ast.KindFencedCodeBlock, d.fenced)
	reg.Register(ast.KindCodeBlock, d.indented)
	reg.Register(ast.KindHTMLBlock, d.rawBlock)
	reg.Register(ast.KindRawHTML, d.rawInline)
	reg.Register(east.KindTable, d.table)
	reg.Register(east.KindTableCell, d.cell)
	reg.Register(kindCodeGroup, d.group)
}

// heading writes a heading with a link to itself.
func (d *drawing) heading(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	h := n.(*ast.Heading)
	id, _ := h.AttributeString("id")
	if entering {
		fmt.Fprintf(w, `<h%d id="%s">`, h.Level, id)
	} else {
		fmt.Fprintf(w, ` <a class="anchor" href="#%s" aria-label="Link to this part">#</a></h%d>`+"\n", id, h.Level)
	}
	return ast.WalkContinue, nil
}

// table puts a table into a box that scrolls by itself.
func (d *drawing) table(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		_, _ = w.WriteString(`<div class="table" tabindex="0" role="group" aria-label="Table"><table>` + "\n")
	} else {
		_, _ = w.WriteString("</table></div>\n")
	}
	return ast.WalkContinue, nil
}

// cell writes a cell. A head with nothing in it is none: it would be read out as
// a head without a name.
func (d *drawing) cell(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	tag := "td"
	if n.Parent().Kind() == east.KindTableHeader && n.HasChildren() {
		tag = "th"
	}
	if !entering {
		fmt.Fprintf(w, "</%s>\n", tag)
		return ast.WalkContinue, nil
	}
	align := ""
	if a := n.(*east.TableCell).Alignment; a != east.AlignNone {
		align = fmt.Sprintf(` align="%s"`, a)
	}
	fmt.Fprintf(w, "<%s%s>", tag, align)
	return ast.WalkContinue, nil
}

func (d *drawing) fenced(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		d.code(w, blockOf(n.(*ast.FencedCodeBlock), source))
	}
	return ast.WalkSkipChildren, nil
}

func (d *drawing) indented(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		d.code(w, Block{Language: "sh", Text: string(n.Lines().Value(source))})
	}
	return ast.WalkSkipChildren, nil
}

// code writes one block, with what the button that copies needs unless it shows
// what comes back.
func (d *drawing) code(w util.BufWriter, b Block) {
	copies := ` data-copy="the code"`
	if b.Language == "console" || b.Language == "http" {
		copies = ""
	}
	fmt.Fprintf(w, `<div class="copy"%s><pre class="chroma" tabindex="0"><code>%s</code></pre></div>`+"\n", copies, d.lexers.highlight(b.Language, b.Text))
}

// group writes the same code in several languages: one is open, and the
// browser closes it when another one is opened.
func (d *drawing) group(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkSkipChildren, nil
	}
	d.groups++
	_, _ = w.WriteString(`<div class="codes">` + "\n")
	open := " open"
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		b := blockOf(c.(*ast.FencedCodeBlock), source)
		fmt.Fprintf(w, `<details name="codes-%d" data-language="%s"%s><summary>%s</summary>`, d.groups, b.Language, open, tongues[b.Language])
		d.code(w, b)
		_, _ = w.WriteString("</details>\n")
		open = ""
	}
	_, _ = w.WriteString("</div>\n")
	return ast.WalkSkipChildren, nil
}

// rawBlock writes the picture that a comment stands for, and refuses all other
// HTML.
func (d *drawing) rawBlock(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkSkipChildren, nil
	}
	block := n.(*ast.HTMLBlock)
	raw := string(block.Lines().Value(source))
	if block.HasClosure() {
		raw += string(block.ClosureLine.Value(source))
	}
	raw = strings.TrimSpace(raw)
	comment, ok := strings.CutPrefix(raw, "<!--")
	comment, closed := strings.CutSuffix(comment, "-->")
	if !ok || !closed || strings.Contains(comment, "-->") {
		d.faults = append(d.faults, fmt.Errorf("raw HTML: %s", raw))
		return ast.WalkSkipChildren, nil
	}
	if name, ok := strings.CutPrefix(strings.TrimSpace(comment), "diagram:"); ok {
		svg, err := d.Picture(strings.TrimSpace(name))
		if err != nil {
			d.faults = append(d.faults, err)
		}
		fmt.Fprintf(w, `<div class="picture" tabindex="0">%s</div>`+"\n", svg)
	}
	return ast.WalkSkipChildren, nil
}

func (d *drawing) rawInline(_ util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		raw := n.(*ast.RawHTML).Segments.Value(source)
		if !bytes.HasPrefix(raw, []byte("<!--")) {
			d.faults = append(d.faults, fmt.Errorf("raw HTML: %s", raw))
		}
	}
	return ast.WalkSkipChildren, nil
}
