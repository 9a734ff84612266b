//go:build browser

package browser

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"sluss.example/sluss/internal/portal"
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
	links   []string        // paths that pages lead to, each once
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
	return &inspector{t: t, w: w, axe: string(axe), folder: folder, looked: map[string]bool{}, visited: map[string]bool{}}
}

// look looks at the page that the tab shows.
func (i *inspector) look(page string) {
	i.t.Helper()
	if i.looked[page] {
		return
	}
	i.looked[page] = true
	i.visited[patternOf(i.w.path())] = true
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

// unlooked are the patterns of pages that no link leads to, or that are no
// pages of HTML.
var unlooked = map[string]string{
	"GET /portal/apps/{app}/requests/rows": "part of a page, loaded by its script",
	"GET /portal/certificates/ca.pem":      "a file",
	"GET /portal/certificates/{serial}":    "a file",
	"GET /portal/sso":                      "leads away, where single sign-on is set up",
	"GET /portal/sso/callback":             "where single sign-on comes back to",
}

// rest looks at all pages that the walk has not come by: those that links lead
// to, one for each pattern of the portal's table, and every guide. It leaves out
// the viewer at /docs/try: see [TestViewer].
func (i *inspector) rest(w *walk) {
	i.t.Helper()
	i.seed(w)
	i.byHand(w)
	i.promote(w)
	for n := 0; n < len(i.links); n++ {
		link := i.links[n]
		path, _, _ := strings.Cut(link, "?")
		pattern := patternOf(path)
		if pattern == "" || i.visited[pattern] && pattern != guidePattern || i.looked[path] || unlooked[pattern] != "" || path == "/docs/api" || path == "/docs/try" {
			continue
		}
		i.visited[pattern] = true
		w.open(link)
		i.look(nameOf(w, path))
	}
	for _, pattern := range portal.Pages() {
		if !i.visited[pattern] && unlooked[pattern] == "" {
			i.t.Errorf("no link leads to %s, and the test does not open it", pattern)
		}
	}
}

// promote makes the person an operator, who sees more, and gives the
// application a webhook.
func (i *inspector) promote(w *walk) {
	i.t.Helper()
	req, err := http.NewRequestWithContext(i.t.Context(), http.MethodPatch, w.box.Auth+"/_sluss/control/v1/users/"+url.PathEscape(w.email), strings.NewReader(`{"operator": true}`))
	if err != nil {
		i.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		i.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		i.t.Fatalf("to make an operator: %s", res.Status)
	}
	for _, link := range i.links {
		if ok, err := path.Match("/portal/apps/????????-*/webhooks", link); ok && err == nil {
			w.open(link)
			w.fill("Address", "https://hooks.example.com/sluss")
			w.press("Add it")
			break
		}
	}
	i.gather()
	w.open("/portal/operator/kyc?status=open") // a sandbox decides by itself what is sent in
	i.gather()
	w.open("/portal")
	i.gather()
}

// nameOf returns the path without what differs from run to run.
func nameOf(w *walk, path string) string {
	return regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|/\d+$`).ReplaceAllString(strings.Trim(path, "/"), "one")
}

const guidePattern = "GET /docs/{page}"

// patternOf returns the pattern that serves the path; empty if it is none of a
// page.
func patternOf(path string) string {
	if strings.HasPrefix(path, "/docs") {
		if strings.Contains(path, ".") || strings.HasPrefix(path, "/docs/assets/") {
			return ""
		}
		return guidePattern
	}
	mux := http.NewServeMux()
	for _, p := range portal.Pages() {
		mux.Handle(p, http.NotFoundHandler())
	}
	r, err := http.NewRequest(http.MethodGet, "http://localhost"+path, nil)
	if err != nil {
		return ""
	}
	_, pattern := mux.Handler(r)
	return pattern
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

// byHand looks at the pages that only a form or a mail leads to.
func (i *inspector) byHand(w *walk) {
	i.t.Helper()
	w.open("/portal/prove?to=/portal/profile")
	i.look("prove")
	w.open("/portal/members")
	i.look("members")
	w.fill("E-mail address", "bo@example.com")
	w.press("Invite")
	i.look("members invited")
	w.open(w.box.mail(w.t, "bo@example.com", "You are invited"))
	i.look("invitation")
	i.factor(w)
}

var codeForm = regexp.MustCompile(`[A-Z2-7 ]{39}`)

// factor sets up an authenticator app, and signs in with it.
func (i *inspector) factor(w *walk) {
	i.t.Helper()
	w.open("/portal/profile/totp")
	i.look("totp")
	w.toggle("Or type the secret")
	secret := codeForm.FindString(eval[string](w.tab, `document.body.innerText`))
	code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), time.Now())
	if err != nil {
		i.t.Fatal(err)
	}
	w.fill("Type the code", code)
	w.press("Switch it on")
	w.says("shown this once")
	i.look("recovery new")
	recovery := regexp.MustCompile(`[a-z2-7]{4}(-[a-z2-7]{4}){3}`).FindString(eval[string](w.tab, `document.body.innerText`))
	w.open("/portal/profile/recovery")
	i.look("recovery")
	w.press("Sign out")
	w.press("Forgot the password?")
	w.fill("E-mail address", w.email)
	w.press("Send")
	i.look("forgot sent")
	w.open(w.box.mail(w.t, w.email, "Set a new password"))
	i.look("reset")
	w.open("/portal/sign-in")
	w.fill("E-mail address", w.email)
	w.fill("Password", password)
	w.press("Sign in")
	i.look("factor")
	w.fill("Code", recovery)
	w.press("Go in")
	w.says("Overview")
	i.look("home")
}
