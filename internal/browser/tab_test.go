//go:build browser

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A size is a window's.
type size struct {
	name          string
	width, height int64
	phone         bool
}

var (
	phone   = size{"phone", 390, 844, true}
	desktop = size{"desktop", 1280, 800, false}
)

// startBrowser starts Chromium.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is missing")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()), chromedp.DisableGPU)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	return ctx
}

// A tab is a window with cookies of its own.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string
	size size

	mu       sync.Mutex
	document string   // address of the page that loads
	faults   []string // what the browser complained of
	loaded   chan struct{}
}

// newTab opens a window. Without scripts, those of pages do not run.
func newTab(t *testing.T, browser context.Context, base string, s size, scripts bool) *tab {
	t.Helper()
	w := &tab{t: t, base: base, size: s, loaded: make(chan struct{}, 100)}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(w.hear))
	t.Cleanup(cancel)
	ctx, end := context.WithTimeout(ctx, 10*time.Minute)
	t.Cleanup(end)
	w.ctx = ctx
	must(w, cdplog.Enable, cdp.Empty{})
	must(w, network.Enable, network.EnableParams{})
	w.resize(s)
	if !scripts {
		must(w, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	}
	must(w, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
		globalThis.shifted = [];
		new PerformanceObserver((l) => { for (const e of l.getEntries()) if (!e.hadRecentInput) globalThis.shifted.push(e); }).observe({type: "layout-shift", buffered: true});`})
	return w
}

// must runs a command of the browser.
func must[P, R any](w *tab, c cdp.Command[P, R], params P) R {
	w.t.Helper()
	var out R
	err := chromedp.Do(w.ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) (err error) {
		out, err = cdp.Call(ctx, t, c, params)
		return err
	}))
	if err != nil {
		w.t.Fatalf("%s: %v", c.Method, err)
	}
	return out
}

// hear notes what the browser complains of, and that a page is there.
func (w *tab) hear(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *page.EventLoadEventFired:
		w.loaded <- struct{}{}
	case *network.EventRequestWillBeSent:
		if e.Type == network.ResourceTypeDocument {
			w.document = e.Request.URL
		}
	case *cdplog.EventEntryAdded:
		// A page with an error's status is one that the test asked for.
		if e.Entry.Level == cdplog.EntryLevelError && (e.Entry.Source != cdplog.EntrySourceNetwork || e.Entry.URL != w.document) {
			w.faults = append(w.faults, fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *runtime.EventExceptionThrown:
		w.faults = append(w.faults, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" {
			w.faults = append(w.faults, fmt.Sprintf("console: %v", e.Args))
		}
	}
}

// complain fails the test for what the browser complained of.
func (w *tab) complain(where string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.faults {
		w.t.Errorf("%s: the browser says %s", where, f)
	}
	w.faults = nil
}

// eval evaluates an expression, with what find.js defines as "sluss".
func eval[T any](w *tab, format string, args ...any) T {
	w.t.Helper()
	for i, a := range args {
		b, err := json.Marshal(a)
		if err != nil {
			w.t.Fatal(err)
		}
		args[i] = string(b)
	}
	code := "(async () => {" + finder + "; return (" + fmt.Sprintf(format, args...) + ");})()"
	v, err := chromedp.Run(w.ctx, chromedp.Evaluate[T](code, chromedp.EvalAwaitPromise))
	if err != nil {
		w.t.Fatalf("%s at %s: %v", format, w.at(), err)
	}
	return v
}

// at returns where the browser is.
func (w *tab) at() string {
	at, err := chromedp.Run(w.ctx, chromedp.Location())
	if err != nil {
		return err.Error()
	}
	return at
}

// path returns the path of the page, without its query.
func (w *tab) path() string {
	path, _, _ := strings.Cut(strings.TrimPrefix(w.at(), w.base), "?")
	return path
}

// status returns that of the page's answer.
func (w *tab) status() int {
	w.t.Helper()
	return eval[int](w, `performance.getEntriesByType("navigation")[0].responseStatus`)
}

// resize gives the window another size.
func (w *tab) resize(s size) {
	w.t.Helper()
	w.size = s
	var options []chromedp.EmulateViewportOption
	if s.phone {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	if err := chromedp.Do(w.ctx, chromedp.EmulateViewport(s.width, s.height, options...)); err != nil {
		w.t.Fatal(err)
	}
}

// colour has pages be "light" or "dark".
func (w *tab) colour(scheme string) {
	w.t.Helper()
	must(w, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// open goes to a page.
func (w *tab) open(to string) {
	w.t.Helper()
	if strings.HasPrefix(to, "/") {
		to = w.base + to
	}
	if err := chromedp.Do(w.ctx, chromedp.Navigate(to)); err != nil {
		w.t.Fatalf("open %s: %v", to, err)
	}
	w.drain()
}

func (w *tab) drain() {
	for {
		select {
		case <-w.loaded:
		default:
			return
		}
	}
}

// leaving does what leads to another page, and waits for that.
func (w *tab) leaving(what string, do func()) {
	w.t.Helper()
	w.drain()
	before := w.at()
	do()
	select {
	case <-w.loaded:
	case <-time.After(patience):
		w.t.Fatalf("%s at %s led nowhere; the page says\n%s", what, before, eval[string](w, `document.body.innerText`))
	}
}

// wait waits until the page has the text.
func (w *tab) wait(text string) {
	w.t.Helper()
	if !eval[bool](w, `await sluss.until(() => document.body.innerText.includes(%s))`, text) {
		w.t.Fatalf("%s does not say %q but\n%s", w.at(), text, eval[string](w, `document.body.innerText`))
	}
}

// has reports whether the page has the text.
func (w *tab) has(text string) bool {
	w.t.Helper()
	return eval[bool](w, `document.body.innerText.includes(%s)`, text)
}

// until opens the page again until it has the text.
func (w *tab) until(page, text string) {
	w.t.Helper()
	for range 50 {
		w.open(page)
		if w.has(text) {
			return
		}
		select {
		case <-w.ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
	w.says(text)
}

// says fails the test unless the page has the texts.
func (w *tab) says(texts ...string) {
	w.t.Helper()
	body := eval[string](w, `document.body.innerText`)
	for _, text := range texts {
		if !strings.Contains(body, text) {
			w.t.Fatalf("%s does not say %q but\n%s", w.at(), text, body)
		}
	}
}

// write types text where the focus is.
func (w *tab) write(text string) {
	w.t.Helper()
	must(w, input.InsertText, input.InsertTextParams{Text: text})
}

// key presses keys.
func (w *tab) key(keys string, options ...chromedp.KeyOption) {
	w.t.Helper()
	if err := chromedp.Do(w.ctx, chromedp.KeyEvent(keys, options...)); err != nil {
		w.t.Fatal(err)
	}
}
