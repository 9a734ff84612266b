package benchmark

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sluss.example/sluss/internal/clock"
)

// A Step is one call of a flow.
type Step struct {
	Name string
	// Call is what to send. Its path, headers and body may have the names of
	// what earlier steps kept, in braces, and {n}, the number of the customer.
	Call
	// Keep is the field of the answer that later steps want; empty if none.
	Keep string
}

// A Flow is calls that belong together, each on the answers of those before it,
// such as a whole payment.
type Flow struct {
	Addr  string
	Steps []Step
	// Customers is how many different customers go through it, each on one
	// connection at a time.
	Customers int
	// Process is the id of the server's, for its processor time; 0 if unknown.
	Process int
}

// A FlowResult is what a load of a flow measured.
type FlowResult struct {
	Flows     int
	PerSecond float64
	Steps     []Result // of the single calls
	// CPU is the processor time of the server for one flow.
	CPU time.Duration
}

// walker is one connection that goes through a flow.
type walker struct {
	*Flow
	conn net.Conn
	in   *bufio.Reader
	body []byte
	took [][]time.Duration // by step
	n    int               // flows
}

// LoadFlow has connections go through a flow for d, or through a number of
// flows in all if that is not zero. It reports the first answer that is not the
// wanted one.
func LoadFlow(ctx context.Context, f *Flow, connections int, d time.Duration, most int) (FlowResult, error) {
	start, used := clock.Real{}.Now(), CPUTime(f.Process)
	until := start.Add(d)
	walkers, errs := make([]walker, connections), make([]error, connections)
	var group sync.WaitGroup
	for i := range connections {
		walkers[i] = walker{Flow: f, took: make([][]time.Duration, len(f.Steps))}
		group.Go(func() { errs[i] = walkers[i].walk(ctx, i, connections, until, most) })
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return FlowResult{}, err
	}
	seconds := clock.Real{}.Since(start).Seconds()
	out := FlowResult{}
	for i := range walkers {
		out.Flows += walkers[i].n
	}
	if out.Flows == 0 {
		return out, fmt.Errorf("%s: not one went through in %v", f.Steps[0].Name, d)
	}
	out.PerSecond = float64(out.Flows) / seconds
	out.CPU = (CPUTime(f.Process) - used) / time.Duration(out.Flows)
	for k := range f.Steps {
		var all []time.Duration
		for i := range walkers {
			all = append(all, walkers[i].took[k]...)
		}
		slices.Sort(all)
		out.Steps = append(out.Steps, Result{
			Requests: len(all), PerSecond: float64(len(all)) / seconds, P50: all[len(all)/2], P99: all[len(all)*99/100],
		})
	}
	return out, nil
}

// walk goes through the flow until the time is over, or for this connection's
// part of the number of flows.
func (w *walker) walk(ctx context.Context, first, connections int, until time.Time, most int) (err error) {
	c := Call{Addr: w.Addr}
	if w.conn, err = c.dial(ctx, until.Add(30*time.Second)); err != nil {
		return err
	}
	defer func() { _ = w.conn.Close() }()
	w.in = bufio.NewReaderSize(w.conn, 64<<10)
	for n := first; most == 0 || n < most; n += connections {
		if now := (clock.Real{}).Now(); !now.Before(until) {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.once(n % w.Customers); err != nil {
			return err
		}
		w.n++
	}
	return nil
}

// once goes through the flow as a customer.
func (w *walker) once(customer int) error {
	kept := []string{"{n}", fmt.Sprintf("%05d", customer)}
	for i := range w.Steps {
		s := &w.Steps[i]
		c := s.Call
		c.Addr = w.Addr
		fill := strings.NewReplacer(kept...)
		c.Path, c.Body = fill.Replace(c.Path), fill.Replace(c.Body)
		c.Header = slices.Clone(c.Header)
		for k := range c.Header {
			c.Header[k][1] = fill.Replace(c.Header[k][1])
		}
		start := clock.Real{}.Now()
		if _, err := w.conn.Write(c.bytes()); err != nil {
			return err
		}
		status, body, err := readAnswer(w.in, w.body[:0])
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		w.took[i] = append(w.took[i], clock.Real{}.Since(start))
		w.body = body
		if status != s.Status || !strings.Contains(string(body), s.Contain) {
			return fmt.Errorf("%s: %s %s answered %d %.300q, want %d with %q", s.Name, c.Method, c.Path, status, body, s.Status, s.Contain)
		}
		if s.Keep != "" {
			value, err := fieldOf(body, s.Keep)
			if err != nil {
				return fmt.Errorf("%s: %w", s.Name, err)
			}
			kept = append([]string{"{" + s.Keep + "}", value}, kept...) // the first of a name counts
		}
	}
	return nil
}

// fieldOf returns a field of an answer that is a string.
func fieldOf(body []byte, name string) (string, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return "", err
	}
	value, err := strconv.Unquote(string(all[name]))
	if err != nil {
		return "", fmt.Errorf("%.300q has no text in %s", body, name)
	}
	return value, nil
}
