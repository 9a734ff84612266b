package ui

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
)

// A Diagram is a graph of states: boxes in layers, with arrows that lead down.
// An arrow to a box that is listed earlier leads back up, at the side.
type Diagram struct {
	Title  string
	Boxes  []Box // in the order in which they are passed through
	Arrows []Arrow
}

// A Box is a state.
type Box struct {
	Name  string
	Note  string // below the name; none if empty
	Final bool
}

// An Arrow is a step from one box to another, by their names.
type Arrow struct {
	From, To string
	Label    string // none if empty
}

// Text returns in words what the diagram shows.
func (d Diagram) Text() string {
	var parts []string
	for _, b := range d.Boxes {
		var to []string
		for _, a := range d.Arrows {
			if a.From == b.Name && a.Label != "" {
				to = append(to, a.To+" ("+a.Label+")")
			} else if a.From == b.Name {
				to = append(to, a.To)
			}
		}
		text := b.Name
		if to != nil {
			text += " → " + strings.Join(to, ", ")
		}
		if b.Note != "" {
			text += " " + b.Note
		}
		parts = append(parts, text)
	}
	return d.Title + ": " + strings.Join(parts, "; ") + "."
}

// Measures of a diagram, in its own units.
const (
	boxHeight   = 32
	noteHeight  = 15
	letterWidth = 7.3
	boxGap      = 22
	layerGap    = 44
	bendWidth   = 16
	margin      = 6
	tip         = 7 // length of an arrow's head
)

// SVG draws the diagram. Texts are escaped.
func (d Diagram) SVG() template.HTML {
	l := newLayout(d)
	l.arrange()
	l.place()
	var s strings.Builder
	for i, a := range l.forward {
		l.draw(&s, d.Arrows[a], l.ways[i])
	}
	for i, a := range l.backward {
		l.drawBack(&s, d.Arrows[a], i)
	}
	s.WriteString(l.labels.String()) // above all lines
	for i, b := range d.Boxes {
		l.drawBox(&s, b, l.slots[i])
	}
	w, h := int(l.width)+margin, int(l.height)+margin
	return template.HTML(fmt.Sprintf(`<svg viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">%s</svg>`, //nolint:gosec // every text in it is escaped
		w, h, w, h, template.HTMLEscapeString(d.Text()), s.String()))
}

// A slot is a place in a layer: that of a box, or of a bend of an arrow that
// passes through the layer.
type slot struct {
	layer   int
	w, h    float64
	x, y    float64 // of its middle
	up, low []*slot // what it is joined to, above and below
}

// A layout is a diagram on its way to a drawing.
type layout struct {
	slots             []*slot // of the boxes first, in their order
	layers            [][]*slot
	at                map[string]*slot
	forward, backward []int     // arrows, by their place in the diagram
	ways              [][]*slot // of the forward arrows: from box to box
	width, height     float64
	labels            strings.Builder
}

// newLayout puts the boxes into layers: each below all that lead to it.
func newLayout(d Diagram) *layout {
	l := &layout{at: map[string]*slot{}}
	order := map[string]int{}
	for i, b := range d.Boxes {
		width := float64(max(len([]rune(b.Name))*10, len([]rune(b.Note))*9))/10*letterWidth + 24
		s := &slot{w: max(width, 72), h: boxHeight}
		if b.Note != "" {
			s.h += noteHeight
		}
		l.slots, l.at[b.Name], order[b.Name] = append(l.slots, s), s, i
	}
	joined := map[string]bool{}
	for _, b := range d.Boxes { // all that lead to a box stand before it
		for i, a := range d.Arrows {
			if a.From != b.Name || l.at[a.To] == nil {
				continue
			}
			joined[a.From], joined[a.To] = true, true
			if order[a.To] <= order[a.From] {
				l.backward = append(l.backward, i)
				continue
			}
			l.forward = append(l.forward, i)
			l.at[a.To].layer = max(l.at[a.To].layer, l.at[a.From].layer+1)
		}
	}
	last := 0
	for _, s := range l.slots {
		last = max(last, s.layer)
	}
	l.layers = make([][]*slot, last+1)
	for i, b := range d.Boxes {
		if !joined[b.Name] {
			l.slots[i].layer = last
		}
		l.layers[l.slots[i].layer] = append(l.layers[l.slots[i].layer], l.slots[i])
	}
	for _, i := range l.forward {
		l.ways = append(l.ways, l.way(l.at[d.Arrows[i].From], l.at[d.Arrows[i].To]))
	}
	return l
}

// way returns the slots that an arrow passes through, with a bend in each layer
// between its ends.
func (l *layout) way(from, to *slot) []*slot {
	way := []*slot{from}
	for layer := from.layer + 1; layer < to.layer; layer++ {
		bend := &slot{layer: layer, w: bendWidth}
		l.slots, l.layers[layer] = append(l.slots, bend), append(l.layers[layer], bend)
		way = append(way, bend)
	}
	way = append(way, to)
	for i := 1; i < len(way); i++ {
		way[i-1].low, way[i].up = append(way[i-1].low, way[i]), append(way[i].up, way[i-1])
	}
	return way
}

// arrange orders the slots of each layer by where what they are joined to is,
// so that few arrows cross, and sets x.
func (l *layout) arrange() {
	for _, layer := range l.layers {
		l.spread(layer, func(*slot) (float64, bool) { return 0, false })
	}
	for range 8 {
		for _, layer := range l.layers {
			l.pull(layer, func(s *slot) []*slot { return s.up })
		}
		for _, layer := range slices.Backward(l.layers) {
			l.pull(layer, func(s *slot) []*slot { return s.low })
		}
	}
}

// pull orders a layer by the middles of what its slots are joined to on one
// side, and moves them there.
func (l *layout) pull(layer []*slot, joined func(*slot) []*slot) {
	wish := func(s *slot) (float64, bool) {
		all := joined(s)
		sum := 0.0
		for _, o := range all {
			sum += o.x
		}
		return sum / float64(max(len(all), 1)), len(all) > 0
	}
	slices.SortStableFunc(layer, func(a, b *slot) int {
		wa, oka := wish(a)
		wb, okb := wish(b)
		switch {
		case !oka || !okb || wa == wb:
			return 0
		case wa < wb:
			return -1
		}
		return 1
	})
	l.spread(layer, wish)
}

// spread sets x of a layer's slots as near to what they wish as their widths
// allow.
func (l *layout) spread(layer []*slot, wish func(*slot) (float64, bool)) {
	want := make([]float64, len(layer))
	for i, s := range layer {
		var ok bool
		if want[i], ok = wish(s); !ok {
			want[i] = s.x
		}
	}
	left, right := slices.Clone(want), slices.Clone(want)
	for i := 1; i < len(layer); i++ {
		left[i] = max(left[i], left[i-1]+apart(layer[i-1], layer[i]))
	}
	for i := len(layer) - 2; i >= 0; i-- {
		right[i] = min(right[i], right[i+1]-apart(layer[i], layer[i+1]))
	}
	for i, s := range layer {
		s.x = (left[i] + right[i]) / 2 // both keep the distances, and so does their mean
	}
}

// apart is how far the middles of two slots must be apart.
func apart(a, b *slot) float64 { return (a.w+b.w)/2 + boxGap }

// place sets y, and moves everything to the right of the margin.
func (l *layout) place() {
	y, left, right := float64(margin), 0.0, 0.0
	for _, layer := range l.layers {
		h := 0.0
		for _, s := range layer {
			h = max(h, s.h)
		}
		for _, s := range layer {
			s.y = y + h/2
			left, right = min(left, s.x-s.w/2), max(right, s.x+s.w/2)
		}
		y += h + layerGap
	}
	for _, s := range l.slots {
		s.x += margin - left
	}
	l.width, l.height = right-left+margin, y-layerGap
	if n := len(l.backward); n > 0 {
		l.width += 40 + float64(n)*14
	}
}

// port returns where an arrow leaves or reaches a slot: arrows share its width.
func port(s, other *slot, all []*slot) float64 {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b *slot) int { return int(a.x*16) - int(b.x*16) })
	i := slices.Index(sorted, other)
	step := min(20, (s.w-24)/float64(max(len(all), 1)))
	return s.x + (float64(i)-float64(len(all)-1)/2)*step
}

// draw draws an arrow that leads down.
func (l *layout) draw(s *strings.Builder, a Arrow, way []*slot) {
	first, last := way[0], way[len(way)-1]
	x, y := port(first, way[1], first.low), first.y+first.h/2
	fmt.Fprintf(s, `<path class="line" d="M%.1f %.1f`, x, y)
	labelX, labelY := x, y
	for i, p := range way[1:] {
		toX, toY := p.x, p.y
		if p == last {
			toX, toY = port(last, way[len(way)-2], last.up), last.y-last.h/2-tip
		}
		mid := (y + toY) / 2
		fmt.Fprintf(s, ` C%.1f %.1f %.1f %.1f %.1f %.1f`, x, mid, toX, mid, toX, toY)
		if i == 0 {
			labelX, labelY = (x+toX)/2, mid
		}
		x, y = toX, toY
	}
	fmt.Fprintf(s, `"/><path class="arrow" d="M%.1f %.1f l-4 -%d h8 z"/>`, x, y+tip, tip)
	l.label(a.Label, labelX+6, labelY+4)
}

// drawBack draws the arrow that is the n-th to lead back up.
func (l *layout) drawBack(s *strings.Builder, a Arrow, n int) {
	from, to := l.at[a.From], l.at[a.To]
	x1, x2 := from.x+from.w/2, to.x+to.w/2
	side := max(x1, x2) + 24 + float64(n)*14
	y1, y2 := from.y+4, to.y-4
	fmt.Fprintf(s, `<path class="line" d="M%.1f %.1f C%.1f %.1f %.1f %.1f %.1f %.1f S%.1f %.1f %.1f %.1f"/>`,
		x1, y1, side, y1, side, y1, side, (y1+y2)/2, side, y2, x2+tip, y2)
	fmt.Fprintf(s, `<path class="arrow" d="M%.1f %.1f l%d -4 v8 z"/>`, x2, y2, tip)
	l.label(a.Label, side+5, (y1+y2)/2+4)
}

func (l *layout) label(text string, x, y float64) {
	if text != "" {
		fmt.Fprintf(&l.labels, `<text class="soft label" x="%.1f" y="%.1f">%s</text>`, x, y, template.HTMLEscapeString(text))
	}
}

func (l *layout) drawBox(s *strings.Builder, b Box, at *slot) {
	class := "box"
	if b.Final {
		class += " final"
	}
	fmt.Fprintf(s, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="6"/>`, class, at.x-at.w/2, at.y-at.h/2, at.w, at.h)
	y := at.y - at.h/2 + 21
	fmt.Fprintf(s, `<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, at.x, y, template.HTMLEscapeString(b.Name))
	if b.Note != "" {
		fmt.Fprintf(s, `<text class="soft" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, at.x, y+noteHeight, template.HTMLEscapeString(b.Note))
	}
}
