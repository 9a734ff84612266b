//go:build browser

package browser

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// maxPage is how many bytes the HTML and the style sheets of a page may have.
const maxPage = 100_000

// An inspector looks at pages: in both sizes and colours, with axe.
type inspector struct {
	t       *testing.T
	w       *tab
	axe     string
	folder  string // for pictures; none if empty
	looked  map[string]bool
	visited map[string]bool // patterns
	paths   map[string]bool
	links   []string // paths that pages lead to, each once
}

func newInspector(t *testing.T, w *tab, folder string) *inspector {
	t.Helper()
	name := os.Getenv("SLUSS_AXE")
	if name == "" {
		t.Skip("SLUSS_AXE does not name axe.min.js")
	}
	axe, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if folder != "" {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return &inspector{t: t, w: w, axe: string(axe), folder: folder, looked: map[string]bool{}, visited: map[string]bool{}, paths: map[string]bool{}}
}

// look looks at the page that the tab shows.
func (i *inspector) look(page string) {
	i.t.Helper()
	if i.looked[page] {
		return
	}
	i.looked[page] = true
	i.visited[patternOf(i.w.path())] = true
	i.paths[i.w.path()] = true
	i.gather()
	i.weigh(page)
	i.shifts(page)
	i.view(page)
}

// view has axe look at the page in each size and colour.
func (i *inspector) view(page string) {
	i.t.Helper()
	before := i.w.size
	if !eval[bool](i.w, `globalThis.axe !== undefined`) {
		if _, err := chromedp.Run(i.w.ctx, chromedp.Evaluate[bool](i.axe+"; true")); err != nil {
			i.t.Fatalf("%s: axe: %v", page, err)
		}
	}
	for _, s := range []size{desktop, phone} {
		i.w.resize(s)
		for n, colour := range []string{"light", "dark"} {
			i.w.colour(colour)
			i.judge(page+" "+s.name+" "+colour, n == 0)
			i.picture(page + " " + s.name + " " + colour)
		}
		if wide := eval[string](i.w, `sluss.tooWide()`); wide != "" {
			i.t.Errorf("%s %s: wider than the window: %s", page, s.name, wide)
		}
	}
	i.w.colour("light")
	i.w.resize(before)
	i.w.complain(page)
}

// weigh checks how many bytes the page has, and that it was there at once.
func (i *inspector) weigh(page string) {
	i.t.Helper()
	if n := eval[int](i.w, `sluss.weight()`); n > maxPage || n == 0 {
		i.t.Errorf("%s: HTML and style sheets have %d bytes, more than %d", page, n, maxPage)
	}
}

// shifts checks that nothing moved while the page loaded.
func (i *inspector) shifts(page string) {
	i.t.Helper()
	for _, what := range eval[[]string](i.w, `await sluss.shifts()`) {
		i.t.Errorf("%s: it shifts while it loads: %s", page, what)
	}
}

// judge has axe look at the page: at all of it, or at its colours alone.
func (i *inspector) judge(page string, all bool) {
	i.t.Helper()
	var rules []string // all
	if !all {
		rules = []string{"color-contrast", "link-in-text-block"}
	}
	for _, v := range eval[[]string](i.w, `await sluss.judge(%s)`, rules) {
		i.t.Errorf("%s: %s", page, v)
	}
}

func (i *inspector) picture(name string) {
	i.t.Helper()
	if i.folder == "" {
		return
	}
	b, err := chromedp.Run(i.w.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		i.t.Fatalf("%s: %v", name, err)
	}
	file := regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "-") + ".png"
	if err := os.WriteFile(filepath.Join(i.folder, file), b, 0o644); err != nil {
		i.t.Fatal(err)
	}
}

// gather takes note of where the page leads.
func (i *inspector) gather() {
	for _, link := range eval[[]string](i.w, `[...document.querySelectorAll("a[href]")].filter((a) => a.origin === location.origin).map((a) => a.pathname + a.search)`) {
		if !slices.Contains(i.links, link) {
			i.links = append(i.links, link)
		}
	}
}

// seed makes something of every kind that a page shows.
func (i *inspector) seed(w *walk) {
	i.t.Helper()
	a := *w.app
	if a.first("paymentinitiation private") != http.StatusOK {
		i.t.Fatal("no token for payments")
	}
	made := a.call(http.MethodPost, payments+"/domestic", `{"instructedAmount": {"currency": "SEK", "amount": "125.50"}, "creditorName": "Bo Ek & Söner",
		"debtorAccount": {"iban": "SE4550000000058398257466"}, "creditorAccount": {"iban": "SE4550000000058398257466"}}`)
	s := a.sign(payments+"/domestic", fmt.Sprint(made["paymentId"]))
	w.open(s.link)
	w.press("Log in")
	i.look("bank payment")
	w.press("Refuse")
	w.says("Back in the app")
	if a.first("paymentinitiation corporate") != http.StatusOK {
		i.t.Fatal("no token for companies")
	}
	_, out := a.send(http.MethodPost, "/kyc/integration/v1/new/9999990051?countryCode=SE", "", "", "Authorization", "Bearer "+a.token, "X-Request-ID", "99f0b5a2-4d1e-4c7a-8f5b-2f6f4d0c9a11")
	if link, ok := out["kycUrl"].(string); ok {
		w.open(link)
		i.look("kyc first")
	} else {
		i.t.Errorf("no link to the form in %v", out)
	}
	form := w.at()
	for _, step := range []string{"owners", "beneficial", "signatory", "review", "saved", "left"} {
		w.open(form + "&step=" + step)
		i.look("kyc " + step)
	}
	w.open("/sca/bank/nothing")
	i.look("bank error")
	w.open("/portal/nothing")
	i.look("error")
}

const payments = "/psd2/paymentinitiation/v1/payments"
