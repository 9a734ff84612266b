package benchmark

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"sluss.example/sluss/internal/keyring/libcrypto"
)

// A Peer is somebody else's token endpoint, which runs already.
type Peer struct {
	URL       string // plain HTTP
	PID       int    // of its process; 0 if its processor time is not of interest
	ID        string
	Secret    string
	Scope     string
	addr, uri string
}

// NewPeer returns a peer; app is its client's id and secret with a colon
// between them.
func NewPeer(address, app, scope string, pid int) (*Peer, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Port() == "" {
		return nil, errors.New("the peer's URL must be such as http://127.0.0.1:8080/token")
	}
	id, secret, ok := strings.Cut(app, ":")
	if !ok {
		return nil, errors.New("the peer's app must be its id and secret, such as id:secret")
	}
	return &Peer{URL: address, PID: pid, ID: id, Secret: secret, Scope: scope, addr: u.Host, uri: u.RequestURI()}, nil
}

// call returns the request for a token of the peer.
func (p *Peer) call() *Call {
	c := tokenCall(&Process{Addr: p.addr}, p.ID, p.Secret, p.Scope)
	c.Path, c.Contain = p.uri, `"access_token"`
	return c
}

// peer measures a peer and ours in turn.
func (b *tokenBench) peer(ctx context.Context) error {
	const what = "RS256 beside a peer: "
	if b.Peer == nil {
		b.add(Skip(what+"tokens, p99, CPU", "needs --peer, see docs/performance.md"))
		return nil
	}
	var set []string
	if libcrypto.Built {
		set = append(set, "keys.signer=libcrypto")
	}
	ours, err := b.sandbox(ctx, set...)
	if err != nil {
		return err
	}
	defer ours.Stop()
	measured := &rounds{}
	var spent [2][]float64 // CPU-ms of a token
	for i := -1; i < b.Rounds; i++ {
		for k, side := range []struct {
			call *Call
			pid  int
			into *[]Result
		}{{b.Peer.call(), b.Peer.PID, &measured.floor}, {call(ours), ours.cmd.Process.Pid, &measured.ours}} {
			before := CPUTime(side.pid)
			r, err := Load(ctx, side.call, connections, b.Round)
			if err != nil {
				return err
			}
			if i < 0 { // to warm up
				continue
			}
			*side.into = append(*side.into, r)
			spent[k] = append(spent[k], ms(CPUTime(side.pid)-before)/float64(r.Requests))
			b.logf("peer round %d: %s %.0f/s, p99 %.2f ms", i+1, []string{"peer", "sluss"}[k], r.PerSecond, ms(r.P99))
		}
	}
	b.add(measured.share(what+"tokens", 1), measured.slowest(what+"p99", 1))
	if b.Peer.PID != 0 {
		theirs, own := Median(spent[0]), Median(spent[1])
		b.add(AtMost(what+"CPU-ms of a token", own/max(theirs, 0.001), 1, "%.2f").Beside(own, theirs, "%.3f ms"))
	}
	if !libcrypto.Built {
		for i := range b.rows {
			if strings.HasPrefix(b.rows[i].What, what) { // the bars are for libcrypto, as which the peer signs
				b.rows[i].Met, b.rows[i].Target = true, "none without libcrypto"
			}
		}
	}
	return nil
}
