package benchmark

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

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

// Portal measures the first byte of each page of the portal and the guides
// with many apps and many logged requests, and the memory that sign-ins take.
func Portal(ctx context.Context, o *Options) ([]Row, error) {
	return o.each(ctx, func(p *paymentBench) error {
		b := &portalBench{
			paymentBench: p, cast: Cast{"developer@bench.example", "operator@bench.example", "half@bench.example", "a password of the benchmark"},
		}
		return b.measure(ctx)
	})
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
