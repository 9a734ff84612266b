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
	// Stored returns how many bytes each table of the database in the file has,
	// with its indexes.
	Stored func(ctx context.Context, file string) (map[string]int64, error)
	// Books are the databases that payments are measured on.
	Books []Books
	// Pages are the patterns of the portal's pages, and Fill fills the database
	// at a URL with a crowd. It returns what stands for names in the patterns:
	// organisation, user, request, middle (of the requests), case, invitation.
	Pages []string
	Fill  func(ctx context.Context, url string, c Crowd) (map[string]string, error)
	// Short makes the stores small, for a look whether all still runs.
	Short bool
	// Peer is somebody else's token endpoint to measure beside ours; may be nil.
	Peer *Peer
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

// inTurn loads the floor and ours in turn. The first in a round is the other
// one each time, so that none has the warmer processor. A round of each that
// does not count goes before.
func (o *Options) inTurn(ctx context.Context, what string, floor, ours *Call, connections int) (*rounds, error) {
	for _, c := range []*Call{floor, ours} {
		if _, err := Load(ctx, c, connections, o.Round); err != nil {
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
			o.logf("%s round %d, %d connections: %s %.0f/s, p50 %.2f ms, p99 %.2f ms",
				what, i+1, connections, name, r.PerSecond, ms(r.P50), ms(r.P99))
		}
	}
	return &out, nil
}
