//go:build browser

package browser

import (
	_ "embed"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// finder finds things on a page as a person does: by what they are called.
//
//go:embed testdata/find.js
var finder string

// A hand uses a page. Things are called what the page calls them, or by how
// that begins.
type hand interface {
	// fill writes text into the field, in place of what was there.
	fill(label, text string)
	// toggle presses a box, a button or a summary that leads to no other page.
	toggle(name string)
	// press presses a link or a button, and waits for the page that it leads to.
	press(name string)
}

// A pointer uses a page with a mouse, or with a finger.
type pointer struct{ *tab }

// click presses what is called name, in its middle.
func (p pointer) click(kind, name string) {
	p.t.Helper()
	at := eval[[]float64](p.tab, `sluss.middle(%s, %s)`, kind, name)
	if len(at) != 2 {
		p.t.Fatalf("%s has no %s %q that can be pressed: %s", p.at(), kind, name, eval[string](p.tab, `sluss.all(%s)`, kind))
	}
	do := chromedp.MouseClickXY(at[0], at[1])
	if p.size.phone {
		do = chromedp.TapXY(at[0], at[1])
	}
	if err := chromedp.Do(p.ctx, do); err != nil {
		p.t.Fatal(err)
	}
}

func (p pointer) fill(label, text string) {
	p.t.Helper()
	p.click("field", label)
	eval[bool](p.tab, `(document.activeElement.select?.(), true)`)
	p.write(text)
}

func (p pointer) toggle(name string) { p.t.Helper(); p.click("any", name) }

func (p pointer) press(name string) {
	p.t.Helper()
	p.leaving(name, func() { p.click("press", name) })
}

// A keyboard uses a page with the keyboard alone.
type keyboard struct{ *tab }

// reach presses the tabulator until the focus is on what is called name, and
// checks each time that the focus can be seen.
func (k keyboard) reach(kind, name string) {
	k.t.Helper()
	for range 150 {
		if eval[bool](k.tab, `sluss.has(%s, %s)`, kind, name) {
			return
		}
		k.key(kb.Tab)
		if fault := eval[string](k.tab, `sluss.hiddenFocus()`); fault != "" {
			k.t.Errorf("%s: the focus cannot be seen: %s", k.at(), fault)
		}
	}
	k.t.Fatalf("%s has no %s %q that the keyboard reaches: %s", k.at(), kind, name, eval[string](k.tab, `sluss.all(%s)`, kind))
}

func (k keyboard) fill(label, text string) {
	k.t.Helper()
	k.reach("field", label)
	k.key("a", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	eval[bool](k.tab, `(document.activeElement.select?.(), true)`)
	k.write(text)
}

func (k keyboard) toggle(name string) { k.t.Helper(); k.reach("any", name); k.key(" ") }

func (k keyboard) press(name string) {
	k.t.Helper()
	k.reach("press", name)
	k.leaving(name, func() { k.key(kb.Enter) })
}
