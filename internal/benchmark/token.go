package benchmark

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"time"
)

// Options say how to measure.
type Options struct {
	Program string        // the sluss program, which is started as a child
	Rounds  int           // how often each server is loaded
	Round   time.Duration // how long a round is
	Log     io.Writer     // what goes on
	// Prepare puts a number of apps into the database in the file.
	Prepare func(ctx context.Context, file string, apps int) error
}

// logf tells what goes on.
func (o *Options) logf(format string, args ...any) { fmt.Fprintf(o.Log, format+"\n", args...) }

// rounds is the load of two servers in turn: what to compare of each round.
type rounds struct {
	floor, ours []Result
}

// ratio returns the median over the rounds of a figure of ours divided by the
// floor's.
func (r *rounds) ratio(figure func(Result) float64) float64 {
	var all []float64
	for i := range r.ours {
		all = append(all, figure(r.ours[i])/figure(r.floor[i]))
	}
	return Median(all)
}

func perSecond(r Result) float64 { return r.PerSecond }
func p99(r Result) float64       { return ms(r.P99) }

func medianOf(rs []Result, figure func(Result) float64) float64 {
	var all []float64
	for _, r := range rs {
		all = append(all, figure(r))
	}
	return Median(all)
}

// tokenCall returns the request for a token at a server.
func tokenCall(p *Process, id, secret, scope string) *Call {
	return &Call{
		Addr: p.Addr, Method: "POST", Path: "/connect/token", Status: 200,
		Header: [][2]string{{"Content-Type", "application/x-www-form-urlencoded"}},
		Body: url.Values{
			"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}, "scope": {scope},
		}.Encode(),
	}
}

// Token measures the token endpoint beside the floors.
func Token(ctx context.Context, o *Options) ([]Row, error) {
	ours, err := Start(ctx, o.Program, "sandbox", "--listen", "127.0.0.1:0", "--control", "off", "--json")
	if err != nil {
		return nil, err
	}
	defer ours.Stop()
	var floors []*Process
	for _, kind := range []string{Signing, Bare} {
		p, err := Start(ctx, o.Program, "bench", "floor", kind)
		if err != nil {
			return nil, err
		}
		defer p.Stop()
		floors = append(floors, p)
	}
	call := tokenCall(ours, ours.ClientID, ours.ClientSecret, "accountinformation private")
	call.Contain = `"access_token"`
	signing, bare := *call, *call
	signing.Addr, signing.Contain, bare.Addr, bare.Contain = floors[0].Addr, "", floors[1].Addr, ""

	many, err := o.inTurn(ctx, &signing, call, 32)
	if err != nil {
		return nil, err
	}
	one, err := o.inTurn(ctx, &signing, call, 1)
	if err != nil {
		return nil, err
	}
	least, err := Load(ctx, &bare, 32, o.Round)
	if err != nil {
		return nil, err
	}
	rows := []Row{
		AtLeast("token, 32 connections: share of the signing floor", many.ratio(perSecond), 0.90, "%.2f"),
		AtMost("token, 32 connections: p99 over the floor's", many.ratio(p99), 1.5, "%.2f"),
		AtMost("token, 1 connection: p99 over the floor's", one.ratio(p99), 1.5, "%.2f"),
	}
	rows[0].Note = fmt.Sprintf("%.0f/s; signing floor %.0f/s, bare floor %.0f/s",
		medianOf(many.ours, perSecond), medianOf(many.floor, perSecond), least.PerSecond)
	rows[1].Note = fmt.Sprintf("%.1f ms; floor %.1f ms", medianOf(many.ours, p99), medianOf(many.floor, p99))
	rows[2].Note = fmt.Sprintf("%.2f ms; floor %.2f ms", medianOf(one.ours, p99), medianOf(one.floor, p99))
	return rows, nil
}

// inTurn loads the floor and ours in turn. The first in a round is the other
// one each time, so that none has the warmer processor.
func (o *Options) inTurn(ctx context.Context, floor, ours *Call, connections int) (*rounds, error) {
	for _, c := range []*Call{floor, ours} { // connections made, caches filled
		if _, err := Load(ctx, c, connections, o.Round/4); err != nil {
			return nil, err
		}
	}
	var out rounds
	for i := range o.Rounds {
		order := []*Call{floor, ours}
		if i%2 == 1 {
			order = []*Call{ours, floor}
		}
		for _, c := range order {
			r, err := Load(ctx, c, connections, o.Round)
			if err != nil {
				return nil, err
			}
			name := "sluss"
			if c == floor {
				name, out.floor = "floor", append(out.floor, r)
			} else {
				out.ours = append(out.ours, r)
			}
			o.logf("token round %d, %d connections: %s %.0f/s, p50 %.2f ms, p99 %.2f ms",
				i+1, connections, name, r.PerSecond, ms(r.P50), ms(r.P99))
		}
	}
	return &out, nil
}
