package benchmark

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"sluss.example/sluss/internal/clock"
)

// maxOpen bounds the requests of an open loop that are under way. A server
// that lets more pile up has failed anyway.
const maxOpen = 4096

// An OpenResult is what an open loop measured.
type OpenResult struct {
	Offered, Served, Refused, Lost int           // requests; lost ones were never sent, since too many were under way
	Elapsed                        time.Duration // until the last answer
	P99, RefusedP99                time.Duration // from when a request was due
}

// An openLoop sends requests when they are due, whatever became of those
// before.
type openLoop struct {
	call    *Call
	request []byte
	until   time.Time
	slots   chan struct{}

	mu              sync.Mutex // guards the fields below
	idle            []*openConn
	served, refused []time.Duration
	faults          []error
}

// An openConn is a connection that waits for its next request.
type openConn struct {
	net.Conn
	in   *bufio.Reader
	body []byte
}

// Open sends c at a rate for d, at times that do not depend on the answers: a
// wanted one counts as served, a 503 as refused, anything else is a fault.
func Open(ctx context.Context, c *Call, perSecond float64, d time.Duration) (OpenResult, error) {
	start := clock.Real{}.Now()
	o := &openLoop{
		call: c, request: c.bytes(), until: start.Add(d + 30*time.Second),
		slots: make(chan struct{}, maxOpen),
	}
	var out OpenResult
	var group sync.WaitGroup
	for sent := 0; ; {
		now := clock.Real{}.Since(start)
		if now >= d || ctx.Err() != nil {
			break
		}
		for ; float64(sent) < perSecond*now.Seconds(); sent++ {
			due := start.Add(time.Duration(float64(sent) / perSecond * float64(time.Second)))
			out.Offered++
			select {
			case o.slots <- struct{}{}:
				group.Go(func() { o.send(ctx, due) })
			default:
				out.Lost++
			}
		}
		if err := pause(ctx, time.Millisecond); err != nil {
			break
		}
	}
	group.Wait()
	for _, conn := range o.idle {
		_ = conn.Close()
	}
	out.Elapsed = clock.Real{}.Since(start)
	out.Served, out.Refused, out.P99, out.RefusedP99 = len(o.served), len(o.refused), p99Of(o.served), p99Of(o.refused)
	return out, errors.Join(append(o.faults, ctx.Err())...)
}

// send sends one request that was due at a time.
func (o *openLoop) send(ctx context.Context, due time.Time) {
	defer func() { <-o.slots }()
	status, err := o.exchange(ctx)
	took := clock.Real{}.Since(due)
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case err != nil:
		if len(o.faults) < 10 {
			o.faults = append(o.faults, err)
		}
	case status == http.StatusServiceUnavailable:
		o.refused = append(o.refused, took)
	default:
		o.served = append(o.served, took)
	}
}

// connection returns the connection that was used last of those that are idle,
// as most clients do, or a new one.
func (o *openLoop) connection(ctx context.Context) (*openConn, error) {
	o.mu.Lock()
	if n := len(o.idle); n > 0 {
		conn := o.idle[n-1]
		o.idle = o.idle[:n-1]
		o.mu.Unlock()
		return conn, nil
	}
	o.mu.Unlock()
	raw, err := o.call.dial(ctx, o.until)
	if err != nil {
		return nil, err
	}
	return &openConn{Conn: raw, in: bufio.NewReaderSize(raw, 4<<10)}, nil
}

// exchange sends the request on a connection.
func (o *openLoop) exchange(ctx context.Context) (status int, err error) {
	conn, err := o.connection(ctx)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			_ = conn.Close()
			return
		}
		o.mu.Lock()
		o.idle = append(o.idle, conn)
		o.mu.Unlock()
	}()
	if _, err := conn.Write(o.request); err != nil {
		return 0, err
	}
	if status, conn.body, err = readAnswer(conn.in, conn.body[:0]); err != nil {
		return 0, err
	}
	if status != http.StatusServiceUnavailable && (status != o.call.Status || !bytes.Contains(conn.body, []byte(o.call.Contain))) {
		return 0, fmt.Errorf("answered %d %.300q, want %d with %q, or 503", status, conn.body, o.call.Status, o.call.Contain)
	}
	return status, nil
}

// p99Of returns the time that one in a hundred takes longer than; 0 of none.
func p99Of(took []time.Duration) time.Duration {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[len(took)*99/100]
}

// A flood is what a server did at four times the load that it can serve: the
// medians of the rounds.
type flood struct {
	most     float64 // tokens a second of 32 connections, just before
	served   float64 // tokens a second
	goodput  float64 // the share of the most that was served
	p99      float64 // of the served, in milliseconds from when a request was due
	refusals float64 // the p99 of the refused
}

// overload offers four times as many requests as a server can serve: once with
// the load on the server's own cores, as everywhere here, and once with a core
// for each. Most of what is offered is refused, and what it takes to ask and to
// hear the refusal is then not taken from the server.
func (b *tokenBench) overload(ctx context.Context) error {
	shared, err := b.flood(ctx, "overload")
	if err != nil {
		return err
	}
	b.add(AtMost("four times the load: p99 of the served", shared.p99, 250, "%.0f ms").
		Noted("open loop; the rest is refused by 503, p99 %.0f ms", shared.refusals))
	const what = "four times the load: tokens beside the most"
	apart, err := keepApart(ctx)
	if err != nil {
		b.add(Skip(what, err.Error()))
		return nil
	}
	defer apart.end()
	alone := *b
	alone.core = apart.server
	r, err := alone.flood(ctx, "overload of one core")
	if err != nil {
		return err
	}
	b.add(AtLeast(what, r.goodput, 0.90, "%.2f").Beside(r.served, r.most, "%.0f/s").
		Noted("server and load on a core each, p99 %.0f ms; on the same cores %.2f", r.p99, shared.goodput))
	return nil
}

// flood loads a server in rounds.
func (b *tokenBench) flood(ctx context.Context, what string) (flood, error) {
	p, err := b.sandbox(ctx)
	if err != nil {
		return flood{}, err
	}
	defer p.Stop()
	if _, err := Load(ctx, call(p), connections, b.Round); err != nil { // it does not count
		return flood{}, err
	}
	var most, served, goodput, slowest, refusals []float64
	for i := range max(b.Rounds, 1) {
		closed, err := Load(ctx, call(p), connections, b.Round)
		if err != nil {
			return flood{}, err
		}
		r, err := Open(ctx, call(p), 4*closed.PerSecond, 2*b.Round)
		if err != nil {
			return flood{}, err
		}
		if r.Lost > 0 {
			return flood{}, fmt.Errorf("%d of %d requests at 4 x %.0f/s could not be sent: more than %d were under way", r.Lost, r.Offered, closed.PerSecond, maxOpen)
		}
		rate := float64(r.Served) / r.Elapsed.Seconds()
		most, served, goodput = append(most, closed.PerSecond), append(served, rate), append(goodput, rate/closed.PerSecond)
		slowest, refusals = append(slowest, ms(r.P99)), append(refusals, ms(r.RefusedP99))
		b.logf("%s round %d: at 4 x %.0f/s %.0f/s served, p99 %.1f ms; %d of %d refused, p99 %.1f ms",
			what, i+1, closed.PerSecond, rate, ms(r.P99), r.Refused, r.Offered, ms(r.RefusedP99))
	}
	return flood{Median(most), Median(served), Median(goodput), Median(slowest), Median(refusals)}, nil
}
