package benchmark

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"sluss.example/sluss/internal/keyring/libcrypto"
)

// connections is how many load a token endpoint at once.
const connections = 32

// A tokenBench measures the token endpoint. Its servers run on databases in
// files, with the audit trail on, as an installation does.
type tokenBench struct {
	*Options
	dir  string
	rows []Row
	core string // that servers are started on; all if empty
}

// Token measures the token endpoint beside the floors.
func Token(ctx context.Context, o *Options) (_ []Row, err error) {
	b := &tokenBench{Options: o}
	if b.dir, err = os.MkdirTemp("", "sluss-bench"); err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(b.dir) }()
	for _, part := range []func(context.Context) error{
		b.signing, b.libcrypto, b.es256, b.reuse, b.overload, b.peer, b.freshTLS, b.stored, b.manyApps, b.check,
	} {
		if err := part(ctx); err != nil {
			return b.rows, err
		}
	}
	return b.rows, nil
}

func (b *tokenBench) add(rows ...Row) { b.rows = append(b.rows, rows...) }

// sandbox starts a server of ours on a database of its own.
func (b *tokenBench) sandbox(ctx context.Context, set ...string) (*Process, error) {
	file, err := os.CreateTemp(b.dir, "*.db")
	if err != nil {
		return nil, err
	}
	// The server makes the file, and the key beside it, by itself.
	if err := file.Close(); err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, err
	}
	return b.on(ctx, file.Name(), set...)
}

// on starts a server of ours on a database.
func (b *tokenBench) on(ctx context.Context, file string, set ...string) (*Process, error) {
	args := []string{"sandbox", "--listen", "127.0.0.1:0", "--control", "off", "--json", "--data", file, "--set", "audit.tokens=true"}
	for _, s := range set {
		args = append(args, "--set", s)
	}
	if b.core != "" {
		return startOn(ctx, b.core, b.Program, args...)
	}
	return Start(ctx, b.Program, args...)
}

// call returns the request for a token of ours.
func call(p *Process) *Call {
	c := tokenCall(p, p.ClientID, p.ClientSecret, "accountinformation private")
	c.Contain = `"access_token"`
	return c
}

// beside returns the same request for a floor.
func (c *Call) beside(floor *Process) *Call {
	f := *c
	f.Addr, f.Contain = floor.Addr, ""
	return &f
}

// pair loads a server of ours, as it is set, and a floor in turn.
func (b *tokenBench) pair(ctx context.Context, what, kind string, set ...string) (*rounds, error) {
	ours, err := b.sandbox(ctx, set...)
	if err != nil {
		return nil, err
	}
	defer ours.Stop()
	floor, err := Start(ctx, b.Program, "bench", "floor", kind)
	if err != nil {
		return nil, err
	}
	defer floor.Stop()
	return b.inTurn(ctx, what, call(ours).beside(floor), call(ours), connections)
}

// share returns the row of tokens a second beside the floor's.
func (r *rounds) share(what string, least float64) Row {
	return AtLeast(what, r.ratio(perSecond), least, "%.2f").Beside(medianOf(r.ours, perSecond), medianOf(r.floor, perSecond), "%.0f/s")
}

// slowest returns the row of the p99 beside the floor's.
func (r *rounds) slowest(what string, most float64) Row {
	return AtMost(what, r.ratio(p99), most, "%.2f").Beside(medianOf(r.ours, p99), medianOf(r.floor, p99), "%.1f ms")
}

func (b *tokenBench) signing(ctx context.Context) error {
	r, err := b.pair(ctx, "RS256", Signing)
	if err != nil {
		return err
	}
	b.add(r.share("RS256, Go: tokens", 0.95), r.slowest("RS256, Go: p99", 1.3))
	return nil
}

func (b *tokenBench) libcrypto(ctx context.Context) error {
	const what = "RS256, libcrypto: tokens"
	if !libcrypto.Built {
		b.add(Skip(what, "needs a program built by CGO_ENABLED=1 go build -tags libcrypto ./cmd/sluss"))
		return nil
	}
	r, err := b.pair(ctx, "libcrypto", Libcrypto, "keys.signer=libcrypto")
	if err != nil {
		return err
	}
	b.add(r.share(what, 0.85).Noted("p99 %.1f ms, floor %.1f ms; %s", medianOf(r.ours, p99), medianOf(r.floor, p99), libcrypto.Version()))
	return nil
}

func (b *tokenBench) es256(ctx context.Context) error {
	r, err := b.pair(ctx, "ES256", ES256, "token.algorithm=ES256")
	if err != nil {
		return err
	}
	b.add(r.share("ES256, Go: tokens", 0.60))
	return nil
}

func (b *tokenBench) reuse(ctx context.Context) error {
	r, err := b.pair(ctx, "reuse", Bare, "token.policy=reuse")
	if err != nil {
		return err
	}
	b.add(r.share("policy reuse: tokens, beside a fixed body", 0.60))
	return nil
}

// manyApps measures what a server with ten thousand apps has resident after a
// load.
func (b *tokenBench) manyApps(ctx context.Context) error {
	file := filepath.Join(b.dir, "apps.db")
	if _, _, err := b.withApps(ctx, file); err != nil { // makes the database and its keys
		return err
	}
	if err := b.Prepare(ctx, file, manyApps); err != nil {
		return fmt.Errorf("make %d apps: %w", manyApps, err)
	}
	if _, _, err := b.withApps(ctx, file); err != nil { // seals the audit rows of all the new apps
		return err
	}
	mb, _, err := b.withApps(ctx, file)
	if err != nil {
		return err
	}
	b.add(AtMost(fmt.Sprintf("resident with %d apps, after a load", manyApps), mb, 60, "%.1f MB"))
	return nil
}
