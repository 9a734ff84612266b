package benchmark

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// manyApps is how many apps an installation may well have.
const manyApps = 10_000

// Apps measures what many apps add to the memory of a server, and to the time
// of a token.
func Apps(ctx context.Context, o *Options) ([]Row, error) {
	dir, err := os.MkdirTemp("", "sluss-bench")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var resident, tokens []float64
	for _, apps := range []int{0, manyApps} {
		file := filepath.Join(dir, fmt.Sprintf("%d.db", apps))
		if _, _, err := o.withApps(ctx, file); err != nil { // makes the database and its keys
			return nil, err
		}
		if err := o.Prepare(ctx, file, apps); err != nil {
			return nil, fmt.Errorf("make %d apps: %w", apps, err)
		}
		if _, _, err := o.withApps(ctx, file); err != nil { // seals the audit rows of all the new apps
			return nil, err
		}
		mb, perSecond, err := o.withApps(ctx, file)
		if err != nil {
			return nil, err
		}
		resident, tokens = append(resident, mb), append(tokens, perSecond)
		o.logf("apps: %d beside the sandbox's own: %.1f MB resident after %.0f tokens a second", apps, mb, perSecond)
	}
	row := AtMost(fmt.Sprintf("%d apps add to the memory", manyApps), resident[1]-resident[0], 20, "%.1f MB")
	row.Note = fmt.Sprintf("%.1f MB resident without; %.0f tokens/s without, %.0f with", resident[0], tokens[0], tokens[1])
	return []Row{row}, nil
}

// withApps loads a server on the database and returns what it has resident
// then, and how many tokens it made in a second.
func (o *Options) withApps(ctx context.Context, file string) (mb, tokens float64, err error) {
	p, err := Start(ctx, o.Program, "sandbox", "--listen", "127.0.0.1:0", "--control", "off", "--json", "--data", file)
	if err != nil {
		return 0, 0, err
	}
	defer p.Stop()
	r, err := Load(ctx, tokenCall(p, p.ClientID, p.ClientSecret, "accountinformation private"), 32, o.Round)
	if err != nil {
		return 0, 0, err
	}
	return float64(p.Resident()) / megabyte, r.PerSecond, nil
}
