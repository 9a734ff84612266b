package ui_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sluss.example/sluss/internal/ui"
)

func TestDiagram(t *testing.T) {
	t.Parallel()
	d := ui.Diagram{
		Title: "Life of <a>",
		Boxes: []ui.Box{{Name: "one"}, {Name: "two", Note: "or more"}, {Name: "three & a half"}, {Name: "end", Final: true}, {Name: "alone", Final: true}},
		Arrows: []ui.Arrow{
			{From: "one", To: "two", Label: "by a & b"},
			{From: "one", To: "end"},
			{From: "two", To: "three & a half"},
			{From: "three & a half", To: "end"},
			{From: "three & a half", To: "one"},
			{From: "one", To: "nowhere"},
		},
	}
	svg := string(d.SVG())
	for _, want := range []string{
		`role="img" aria-label="Life of &lt;a&gt;: one → two (by a &amp; b), end, nowhere; two → three &amp; a half or more;`,
		`>by a &amp; b</text>`, `class="box final"`, `>or more</text>`,
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("the drawing lacks %s:\n%s", want, svg)
		}
	}
	if n := strings.Count(svg, `class="arrow"`); n != 5 {
		t.Errorf("%d arrows, want 5: that to nowhere is left out", n)
	}
	if n := strings.Count(svg, "<rect"); n != 5 {
		t.Errorf("%d boxes, want 5", n)
	}
	boxesApart(t, svg)
}

// boxesApart tests that no box lies on another one.
func boxesApart(t *testing.T, svg string) {
	t.Helper()
	type rect struct{ x, y, w, h float64 }
	var all []rect
	for _, m := range regexp.MustCompile(`<rect class="[^"]*" x="([^"]*)" y="([^"]*)" width="([^"]*)" height="([^"]*)"`).FindAllStringSubmatch(svg, -1) {
		var r [4]float64
		for i := range r {
			r[i], _ = strconv.ParseFloat(m[i+1], 64)
		}
		b := rect{r[0], r[1], r[2], r[3]}
		for _, a := range all {
			if a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h {
				t.Errorf("boxes %v and %v lie on each other", a, b)
			}
		}
		all = append(all, b)
	}
}

func TestDiagramEmpty(t *testing.T) {
	t.Parallel()
	if svg := (ui.Diagram{Title: "Nothing"}).SVG(); !strings.Contains(string(svg), "Nothing") {
		t.Errorf("an empty diagram is %s", svg)
	}
}
