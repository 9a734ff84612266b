package benchmark

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"sluss.example/sluss/internal/clock"
)

// An Installation is a database of its own with an app in it, on which servers
// are started one after the other.
type Installation struct {
	Database     string `json:"-"`
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	program      string
	config       string // file
	env          []string
	sealingKey   string
}

// Install makes an installation in a folder whose simulated banks do not wait.
func Install(ctx context.Context, program, dir, database string, settings ...string) (*Installation, error) {
	in := &Installation{Database: database, program: program, config: filepath.Join(dir, "sluss.toml")}
	if err := os.WriteFile(in.config, []byte("banks.simulator = true\nbanks.waits = \"none\"\nlog.level = \"warn\"\n"), 0o600); err != nil {
		return nil, err
	}
	key, err := in.run(ctx, "key", "new-sealing")
	if err != nil {
		return nil, err
	}
	in.sealingKey = strings.TrimSpace(string(key))
	in.env = append([]string{
		"SLUSS_DATABASE=" + database, "SLUSS_SEALING_KEY=" + in.sealingKey, "SLUSS_CONTROL=127.0.0.1:0", "SLUSS_AUDIT_SPOOL=" + filepath.Join(dir, "spool"),
	}, settings...)
	if _, err := in.run(ctx, "db", "migrate", "--config", in.config); err != nil {
		return nil, err
	}
	out, err := in.run(ctx, "app", "create", "Benchmark", "--json", "--config", in.config)
	if err != nil {
		return nil, err
	}
	return in, json.Unmarshal(out, in)
}

// run runs a command of the program to its end and returns what it prints.
func (in *Installation) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, in.program, args...)
	cmd.Env = append(os.Environ(), in.env...)
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	if err != nil {
		return nil, fmt.Errorf("sluss %s: %w", strings.Join(args, " "), err)
	}
	return out, nil
}

// serveTime is how long a server may take to be ready.
const serveTime = time.Minute

// Serve starts a server on the installation and waits until it is ready.
func (in *Installation) Serve(ctx context.Context) (*Process, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Process{Ready: Ready{ClientID: in.ClientID, ClientSecret: in.ClientSecret}, Addr: l.Addr().String()}
	if err := l.Close(); err != nil {
		return nil, err
	}
	p.cmd = exec.CommandContext(ctx, in.program, "serve", "--config", in.config)
	p.cmd.Env = append(os.Environ(), append(in.env, "SLUSS_LISTEN="+p.Addr)...)
	p.cmd.Stderr = &p.faults
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(os.Interrupt) }
	p.cmd.WaitDelay = 10 * time.Second
	start := clock.Real{}.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for {
		_, err := p.do(ctx, &Call{Method: http.MethodGet, Path: "/readyz", Status: http.StatusOK})
		p.Took = clock.Real{}.Since(start)
		if err == nil {
			return p, nil
		}
		if p.Took > serveTime || ctx.Err() != nil {
			p.Stop()
			return nil, fmt.Errorf("the server is not ready: %w: %s", err, p.faults.String())
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			p.Stop()
			return nil, err
		}
	}
}
