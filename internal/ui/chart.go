package ui

import (
	"fmt"
	"html/template"
	"strings"
)

// A Chart is a row of bars over time.
type Chart struct {
	Title    string
	Bars     []Bar
	Mark     int64 // a line across, such as a limit; none if 0
	MarkText string
}

// A Bar is one bar of a chart.
type Bar struct {
	Label string // what it stands for, in full
	Short string // below the bar, where there is room
	N     int64
}

// Total returns the sum of the bars.
func (c Chart) Total() int64 {
	var n int64
	for _, b := range c.Bars {
		n += b.N
	}
	return n
}

// The measures of a chart, in its own units.
const (
	chartHeight = 120
	chartTop    = 14
	barWidth    = 14
	barGap      = 4
	chartLeft   = 34
)

// SVG draws the chart. Each bar says what it is to who points at it; a table
// for those who do not see it is the page's to add. Texts are escaped.
func (c Chart) SVG() template.HTML {
	most := max(c.Mark, 1)
	for _, b := range c.Bars {
		most = max(most, b.N)
	}
	y := func(n int64) float64 { return chartTop + chartHeight - float64(n)/float64(most)*chartHeight }
	width := chartLeft + len(c.Bars)*(barWidth+barGap) + 10
	var s strings.Builder
	fmt.Fprintf(&s, `<svg viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">`,
		width, chartTop+chartHeight+22, width, chartTop+chartHeight+22, template.HTMLEscapeString(c.Title))
	fmt.Fprintf(&s, `<text class="soft" x="%d" y="%d" text-anchor="end">%d</text><text class="soft" x="%d" y="%d" text-anchor="end">0</text>`,
		chartLeft-6, chartTop+5, most, chartLeft-6, chartTop+chartHeight+4)
	fmt.Fprintf(&s, `<path class="line" d="M%d %d H%d"/>`, chartLeft, chartTop+chartHeight, width-10)
	for i, b := range c.Bars {
		x := chartLeft + i*(barWidth+barGap) + barGap/2
		class := "bar"
		if c.Mark > 0 && b.N > c.Mark {
			class = "bar over"
		}
		if b.N > 0 {
			fmt.Fprintf(&s, `<rect class="%s" x="%d" y="%.1f" width="%d" height="%.1f"><title>%s: %d</title></rect>`,
				class, x, y(b.N), barWidth, chartTop+chartHeight-y(b.N), template.HTMLEscapeString(b.Label), b.N)
		}
		if b.Short != "" && i%6 == 0 {
			fmt.Fprintf(&s, `<text class="soft" x="%d" y="%d" text-anchor="middle">%s</text>`, x+barWidth/2, chartTop+chartHeight+17, template.HTMLEscapeString(b.Short))
		}
	}
	if c.Mark > 0 {
		fmt.Fprintf(&s, `<path class="mark" d="M%d %.1f H%d"/>`, chartLeft, y(c.Mark), width-10)
	}
	s.WriteString("</svg>")
	return template.HTML(s.String()) //nolint:gosec // every text in it is escaped
}
