package benchmark

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"sluss.example/sluss/internal/clock"
)

// A pageTime is how long a page took to its first byte, in milliseconds, at
// the median of the rounds.
type pageTime struct {
	page
	p50, p99 float64
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
