package docs

import (
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"

	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/ui"
)

// diagramMark is where a guide has a diagram.
var diagramMark = regexp.MustCompile(`<!-- diagram: ([a-z-]+) -->`)

// picture draws the diagram with the name, from the tables that the server
// itself goes by.
func picture(name string) (template.HTML, error) {
	d, err := diagram(name)
	if err != nil {
		return "", err
	}
	return d.SVG(), nil
}

// described returns in words what a diagram shows.
func described(name string) string {
	d, err := diagram(name)
	if err != nil {
		return ""
	}
	return d.Text()
}

func diagram(name string) (ui.Diagram, error) {
	switch name {
	case "consent-status":
		return consentDiagram(), nil
	case "sca-status":
		return scaDiagram(), nil
	case "payment-status":
		return paymentDiagram(), nil
	case "basket-status":
		return basketDiagram(), nil
	}
	return ui.Diagram{}, fmt.Errorf("there is no diagram %q", name)
}

func consentDiagram() ui.Diagram {
	d := ui.Diagram{Title: "Statuses of a consent"}
	for _, from := range consent.Statuses() {
		d.Boxes = append(d.Boxes, ui.Box{Name: string(from), Final: from.Final()})
		for _, to := range consent.Statuses() {
			if from.CanBecome(to) {
				d.Arrows = append(d.Arrows, ui.Arrow{From: string(from), To: string(to)})
			}
		}
	}
	return d
}

// scaDiagram has the steps one after the other: any may be left out, and an
// end may come after any.
func scaDiagram() ui.Diagram {
	d := ui.Diagram{Title: "Values of scaStatus"}
	for _, from := range sca.Statuses() {
		d.Boxes = append(d.Boxes, ui.Box{Name: string(from), Final: from.Final()})
		for _, to := range sca.Statuses() {
			if from.CanBecome(to) {
				d.Arrows = append(d.Arrows, ui.Arrow{From: string(from), To: string(to)})
			}
		}
	}
	d.Arrows = withoutShortcuts(d.Arrows)
	return d
}

func basketDiagram() ui.Diagram {
	d := ui.Diagram{Title: "Statuses of a basket"}
	moves := payment.BasketMoves()
	for _, s := range payment.Statuses() {
		leaves := slices.ContainsFunc(moves, func(m payment.Move) bool { return m.From == s })
		if leaves || slices.ContainsFunc(moves, func(m payment.Move) bool { return m.To == s }) {
			d.Boxes = append(d.Boxes, ui.Box{Name: string(s), Final: !leaves})
		}
	}
	for _, m := range moves {
		d.Arrows = append(d.Arrows, ui.Arrow{From: string(m.From), To: string(m.To)})
	}
	return d
}

// paymentDiagram has the bank's steps one after the other: any may be left out.
// What nearly every status can be followed by stands in the boxes, or there
// would be nothing but arrows.
func paymentDiagram() ui.Diagram {
	d := ui.Diagram{Title: "Statuses of a payment"}
	notes, leaves := map[payment.Status][]string{}, map[payment.Status]bool{}
	var bank []ui.Arrow
	for _, m := range payment.Moves() {
		leaves[m.From] = true
		a := ui.Arrow{From: string(m.From), To: string(m.To)}
		switch {
		case m.To == payment.RJCT || m.To == payment.CANC || m.Cause == payment.ByBank && place(m.To) < place(m.From):
			if !slices.Contains(notes[m.From], a.To) {
				notes[m.From] = append(notes[m.From], a.To)
			}
		case m.Cause == payment.ByBank:
			bank = append(bank, a)
		default:
			a.Label = string(m.Cause)
			d.Arrows = append(d.Arrows, a)
		}
	}
	for _, a := range withoutShortcuts(bank) {
		if !slices.ContainsFunc(d.Arrows, func(b ui.Arrow) bool { return b.From == a.From && b.To == a.To }) {
			d.Arrows = append(d.Arrows, a)
		}
	}
	for _, s := range payment.Statuses() {
		b := ui.Box{Name: string(s), Final: !leaves[s]}
		if n := notes[s]; n != nil {
			slices.SortFunc(n, func(a, b string) int { return place(payment.Status(a)) - place(payment.Status(b)) })
			b.Note = "or " + strings.Join(n, ", ")
		}
		d.Boxes = append(d.Boxes, b)
	}
	return d
}

// place returns where a status stands in the life of a payment.
func place(s payment.Status) int { return slices.Index(payment.Statuses(), s) }

// withoutShortcuts leaves out the arrows that only skip boxes which others pass
// through. None of them leads back.
func withoutShortcuts(arrows []ui.Arrow) []ui.Arrow {
	next := map[string][]string{}
	for _, a := range arrows {
		next[a.From] = append(next[a.From], a.To)
	}
	return slices.DeleteFunc(slices.Clone(arrows), func(a ui.Arrow) bool {
		return slices.ContainsFunc(next[a.From], func(mid string) bool { return slices.Contains(next[mid], a.To) })
	})
}
