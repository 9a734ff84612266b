package benchmark

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/clock"
)

const (
	// manyRequests is how many requests of apps the log may well have.
	manyRequests = 1_000_000
	// pageBar bounds how long a page may take to its first byte, in milliseconds.
	pageBar = 20
)

// A Cast are the people of the portal's measurement, all with one password.
type Cast struct {
	Developer string // e-mail address; owns the organisation of the app that is looked at
	Operator  string // of the platform
	Half      string // has a second factor
	Password  string
}

// A Crowd is what the portal's database is filled with.
type Crowd struct {
	Cast
	SealingKey     string // of the installation
	ClientID       string // of the app that is looked at, which has half of the requests
	Apps, Requests int    // how many
	Log            func(format string, args ...any)
}

// A portalBench measures the pages of people on one engine.
type portalBench struct {
	*paymentBench
	in   *Installation
	cast Cast
	// names are what stands for the names in the patterns of pages.
	names map[string]string
	slow  []pageTime
}

// A page is one to measure.
type page struct {
	path   string
	who    string // its cookie; empty for a stranger
	status int
}

// A pageTime is how long a page took to its first byte, in milliseconds, at
// the median of the rounds.
type pageTime struct {
	page
	p50, p99 float64
}

// Portal measures the first byte of each page of the portal and the guides
// with many apps and many logged requests, and the memory that sign-ins take.
func Portal(ctx context.Context, o *Options) ([]Row, error) {
	var rows []Row
	var failed error
	for _, books := range o.Books {
		dir, err := os.MkdirTemp("", "sluss-bench")
		if err != nil {
			return rows, err
		}
		b := &portalBench{
			paymentBench: &paymentBench{Options: o, Books: books, dir: dir},
			cast:         Cast{"developer@bench.example", "operator@bench.example", "half@bench.example", "a password of the benchmark"},
		}
		failed = errors.Join(failed, b.measure(ctx))
		rows, failed = append(rows, b.rows...), errors.Join(failed, books.Close(context.WithoutCancel(ctx)), os.RemoveAll(dir))
	}
	return rows, failed
}

func (b *portalBench) measure(ctx context.Context) (err error) {
	if b.in, err = b.install(ctx, "portal"); err != nil {
		return err
	}
	if err := b.fill(ctx); err != nil {
		return err
	}
	p, err := b.in.Serve(ctx)
	if err != nil {
		return err
	}
	defer func() { p.Stop() }()
	if err := b.pages(ctx, p, func(pattern string) bool { return !sandboxPage(pattern) }); err != nil {
		return err
	}
	// Last, when the server has done what there is to do after its start.
	if err := b.hashes(ctx, p); err != nil {
		return err
	}
	if b.Engine() == "SQLite" {
		p.Stop()
		if p, err = b.sandboxed(ctx); err != nil {
			return err
		}
		if err := b.pages(ctx, p, sandboxPage); err != nil {
			return err
		}
	}
	b.tell()
	return nil
}

// sandboxPage reports whether a sandbox alone has the page.
func sandboxPage(pattern string) bool {
	return strings.HasPrefix(pattern, "GET /portal/sandbox") || strings.HasPrefix(pattern, "GET /portal/try")
}

// sandboxed starts a sandbox on the database, which is in a file.
func (b *portalBench) sandboxed(ctx context.Context) (*Process, error) {
	file := strings.TrimPrefix(b.in.Database, "sqlite:")
	if err := os.WriteFile(file+".key", []byte(b.in.sealingKey+"\n"), 0o600); err != nil {
		return nil, err
	}
	return Start(ctx, b.Program, "sandbox", "--listen", "127.0.0.1:0", "--control", "off", "--json", "--data", file,
		"--set", "audit.spool="+filepath.Join(b.dir, "spool"))
}

// fill has a consent and payments of the app go through the API, and puts the
// crowd beside them.
func (b *portalBench) fill(ctx context.Context) error {
	p, err := b.in.Serve(ctx)
	if err != nil {
		return err
	}
	_, err = p.consented(ctx)
	if err == nil {
		var header [][2]string
		if header, err = p.payer(ctx); err == nil {
			err = warm(ctx, wholeFlow(p, header, "", "ACSC"))
		}
	}
	p.Stop()
	if err != nil {
		return err
	}
	start := clock.Real{}.Now()
	b.names, err = b.Fill(ctx, b.in.Database, Crowd{
		Cast: b.cast, SealingKey: b.in.sealingKey, ClientID: b.in.ClientID, Apps: b.scaled(manyApps), Requests: b.scaled(manyRequests),
		Log: func(format string, args ...any) { b.logf("%s: %s", b.Engine(), fmt.Sprintf(format, args...)) },
	})
	if err != nil {
		return fmt.Errorf("fill the database: %w", err)
	}
	if err := b.Multiply(ctx, b.in.Database, b.scaled(manyApps)); err != nil {
		return err
	}
	b.logf("%s: filled in %.0f s", b.Engine(), clock.Real{}.Since(start).Seconds())
	return nil
}

// pages measures those of the pages whose pattern is picked.
func (b *portalBench) pages(ctx context.Context, p *Process, pick func(pattern string) bool) error {
	cookies, err := b.signIn(ctx, p)
	if err != nil {
		return err
	}
	all, err := b.list(ctx, p, cookies, pick)
	if err != nil {
		return err
	}
	for i, one := range all {
		t, err := b.time(ctx, p, one, cookies)
		if err != nil {
			return err
		}
		b.slow = append(b.slow, t)
		if (i+1)%20 == 0 || i+1 == len(all) {
			b.logf("%s: %d of %d pages measured", b.Engine(), i+1, len(all))
		}
	}
	return nil
}

// signIn signs everybody in and returns their cookies.
func (b *portalBench) signIn(ctx context.Context, p *Process) (map[string]string, error) {
	cookies := map[string]string{}
	for _, email := range []string{b.cast.Developer, b.cast.Operator, b.cast.Half} {
		v := newVisitor(p)
		if err := v.signIn(ctx, email, b.cast.Password); err != nil {
			return nil, err
		}
		cookies[email] = v.cookies()
	}
	return cookies, nil
}

var (
	nameForm    = regexp.MustCompile(`\{[a-z]+\}`)
	serialForm  = regexp.MustCompile(`/portal/certificates/([0-9A-Za-z]+)"`)
	hookForm    = regexp.MustCompile(`/webhooks/([^"/]+)"`)
	consentForm = regexp.MustCompile(`/consents/([0-9a-f-]{36})`)
	paymentForm = regexp.MustCompile(`/payments/([0-9a-f-]{36})`)
	guideForm   = regexp.MustCompile(`href="(/docs/[^"#?]*)"`)
)

// list returns the pages: each pattern with names filled in, what lists can be
// asked for, and each guide.
func (b *portalBench) list(ctx context.Context, p *Process, cookies map[string]string, pick func(string) bool) ([]page, error) {
	if err := b.findNames(ctx, p, cookies); err != nil {
		return nil, err
	}
	var all []page
	for _, pattern := range slices.Concat(b.Pages, b.queries()) {
		one := b.pageOf(strings.TrimPrefix(pattern, "GET "))
		if one.status != 0 && pick(pattern) {
			all = append(all, one)
		}
	}
	if pick("GET /docs") {
		guides, err := b.guides(ctx, p)
		if err != nil {
			return nil, err
		}
		all = append(all, guides...)
	}
	for _, one := range all {
		if missing := nameForm.FindString(one.path); missing != "" {
			return nil, fmt.Errorf("nothing stands for %s of %s", missing, one.path)
		}
	}
	return all, nil
}

// queries are what people ask of long lists, with what is dear to find.
func (b *portalBench) queries() []string {
	return []string{
		"GET /portal/apps/{app}/requests?status=5", "GET /portal/apps/{app}/requests?code=CONSENT_EXPIRED", "GET /portal/apps/{app}/requests?bank=NOSUCHSS",
		"GET /portal/apps/{app}/requests?method=PATCH", "GET /portal/apps/{app}/requests?before={middle}", "GET /portal/apps/{app}/requests/rows?after={request}",
		"GET /portal/apps/{app}/payments?status=RJCT", "GET /portal/apps/{app}/consents?status=expired",
		"GET /portal/operator/users?q=nobody", "GET /portal/operator/organisations?q=nobody", "GET /portal/operator/apps?q=nobody",
		"GET /portal/operator/audit?type=app.created", "GET /portal/operator/audit?type=no.such", "GET /portal/operator/audit?subject={app}",
	}
}

// pageOf returns who sees the page at a path, and with which answer. The status
// is zero for what nobody sees here: single sign-on needs a provider.
func (b *portalBench) pageOf(path string) page {
	one := page{path: path, who: b.cast.Developer, status: http.StatusOK}
	switch {
	case strings.HasPrefix(path, "/portal/sso"):
		one.status = 0
	case strings.HasPrefix(path, "/portal/operator"):
		one.who = b.cast.Operator
	case path == "/portal/factor":
		one.who = b.cast.Half
	case path == "/portal/invitation":
		one.path, one.who = "/portal/invitation?link={invitation}", ""
	case slices.Contains([]string{"/portal/sign-in", "/portal/sign-up", "/portal/verify", "/portal/forgot", "/portal/reset"}, path):
		one.who = ""
	}
	one.path = nameForm.ReplaceAllStringFunc(one.path, func(name string) string {
		return cmp.Or(b.names[strings.Trim(name, "{}")], name)
	})
	return one
}

// findNames makes a webhook and a certificate by the pages' forms, and looks up
// the ids that the API made.
func (b *portalBench) findNames(ctx context.Context, p *Process, cookies map[string]string) error {
	if b.names["serial"] != "" {
		return nil
	}
	v := &visitor{p: p, jar: map[string]string{}}
	v.take(cookies[b.cast.Developer])
	app := "/portal/apps/" + b.in.ClientID
	if err := v.post(ctx, "/portal/certificates", "format", "pem"); err != nil {
		return err
	}
	if err := v.post(ctx, app+"/webhooks", "url", "https://hooks.example/sluss", "event", "payment.*"); err != nil {
		return err
	}
	for _, look := range []struct {
		name, path string
		form       *regexp.Regexp
	}{
		{"serial", "/portal/certificates", serialForm},
		{"hook", app + "/webhooks", hookForm},
		{"consent", app + "/consents", consentForm},
		{"payment", app + "/payments", paymentForm},
	} {
		body, err := v.get(ctx, look.path)
		if err != nil {
			return err
		}
		m := look.form.FindStringSubmatch(body)
		if m == nil {
			return fmt.Errorf("%s leads to no %s: %.500s", look.path, look.name, body)
		}
		b.names[look.name] = m[1]
	}
	b.names["app"], b.names["id"] = b.in.ClientID, b.in.ClientID
	return nil
}

// guides returns the pages of the guides and of the reference that lead to each
// other, and what programs read.
func (b *portalBench) guides(ctx context.Context, p *Process) ([]page, error) {
	v := newVisitor(p)
	seen := map[string]bool{"/docs/search?q=payment+status": true, "/llms.txt": true, "/docs/openapi.yaml": true}
	queue := []string{"/docs/overview", "/docs/api"}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		body, err := v.get(ctx, path)
		if err != nil {
			return nil, err
		}
		seen[path] = true
		for _, m := range guideForm.FindAllStringSubmatch(body, -1) {
			leaf := strings.Contains(filepath.Base(m[1]), ".") // a file
			if !seen[m[1]] && !leaf {
				queue, seen[m[1]] = append(queue, m[1]), true
			}
		}
	}
	var all []page
	for path := range seen {
		all = append(all, page{path: path, status: http.StatusOK})
	}
	slices.SortFunc(all, func(x, y page) int { return strings.Compare(x.path, y.path) })
	return all, nil
}

// time asks for a page on one connection, in rounds.
func (b *portalBench) time(ctx context.Context, p *Process, one page, cookies map[string]string) (pageTime, error) {
	c := &Call{Addr: p.Addr, Method: http.MethodGet, Path: one.path, Status: one.status, Header: [][2]string{
		{"Accept", "text/html"}, {"Accept-Encoding", "gzip"}, {"Cookie", cookies[one.who]},
	}}
	if _, err := firstBytes(ctx, c, warmPages, 0); err != nil {
		return pageTime{}, err
	}
	var p50, p99 []float64
	for range b.Rounds {
		took, err := firstBytes(ctx, c, leastPages, b.Round/8)
		if err != nil {
			return pageTime{}, err
		}
		slices.Sort(took)
		p50, p99 = append(p50, ms(took[len(took)/2])), append(p99, ms(took[len(took)*99/100]))
	}
	return pageTime{one, Median(p50), Median(p99)}, nil
}

const (
	warmPages  = 5
	leastPages = 100 // of a round, or there is no p99
	patience   = 10 * time.Second
)

// firstBytes sends c on one connection as long as d, and at least n times
// unless that is far too slow. It returns how long each answer took to its first
// byte.
func firstBytes(ctx context.Context, c *Call, n int, d time.Duration) ([]time.Duration, error) {
	start := clock.Real{}.Now()
	conn, err := c.dial(ctx, start.Add(d+5*time.Minute))
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	request, in := c.bytes(), bufio.NewReaderSize(conn, 64<<10)
	var took []time.Duration
	var body []byte
	for now := start; len(took) < n && now.Sub(start) < patience || now.Sub(start) < d; now = (clock.Real{}).Now() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		sent := clock.Real{}.Now()
		if _, err := conn.Write(request); err != nil {
			return nil, err
		}
		if _, err := in.Peek(1); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Path, err)
		}
		took = append(took, clock.Real{}.Since(sent))
		status, got, err := readAnswer(in, body[:0])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Path, err)
		}
		if status != c.Status {
			return nil, fmt.Errorf("%s answered %d, want %d: %.500q", c.Path, status, c.Status, got)
		}
		body = got
	}
	return took, nil
}

// tell makes the rows: the worst page of all, and each that is over the bar,
// by the p99. What each took is told as it goes on.
func (b *portalBench) tell() {
	slices.SortFunc(b.slow, func(x, y pageTime) int { return cmp.Compare(y.p99, x.p99) })
	for _, t := range b.slow {
		b.logf("%s: %7.2f ms p50 %7.2f ms p99  %s", b.Engine(), t.p50, t.p99, b.nameless(t.path))
	}
	for i, t := range b.slow {
		if i >= shownPages && t.p99 <= pageBar {
			break
		}
		what := b.what("page: %s", b.nameless(t.path))
		b.add(AtMost(what, t.p99, pageBar, "%.1f ms p99").Noted("p50 %.1f ms", t.p50))
	}
	worst := slices.MaxFunc(b.slow, func(x, y pageTime) int { return cmp.Compare(x.p50, y.p50) })
	b.add(AtMost(b.what("%d pages: the slowest", len(b.slow)), worst.p50, pageBar, "%.1f ms p50").
		Noted("%s; %d apps, %d requests", b.nameless(worst.path), b.scaled(manyApps), b.scaled(manyRequests)))
}

// shownPages is how many of the slowest pages have a row.
const shownPages = 5

// nameless puts the names of the pattern back into a path.
func (b *portalBench) nameless(path string) string {
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for n := range b.names {
			if n != "id" && !yield(n) {
				return
			}
		}
	}) {
		path = strings.ReplaceAll(path, b.names[name], "{"+name+"}")
	}
	return path
}
