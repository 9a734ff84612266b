package cli

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/server"
)

// A sandboxCmd runs everything on this machine.
type sandboxCmd struct {
	Listen  string   `default:"127.0.0.1:8480" placeholder:"ADDR" help:"Address to listen on (${default}); port 0 picks a free one."`
	Data    string   `placeholder:"FILE" help:"SQLite file to keep everything in; without it all is gone at the end."`
	Seed    uint64   `default:"1" placeholder:"N" help:"Seed of the simulated banks' customers (${default}): the same seed, the same customers."`
	Clock   string   `default:"real" placeholder:"CLOCK" help:"real, or frozen:TIME such as frozen:2026-11-02T09:00:00Z (${default}). The control API moves it."`
	SCA     string   `default:"auto" enum:"auto,manual" help:"How customers sign: auto (by themselves) or manual (on the bank's page or by the control API)."`
	Profile []string `placeholder:"BIC=PROFILE" help:"Have a bank behave in another way, such as HANDSESS=two-rounds; may be repeated. docs/sandbox.md lists the profiles."`
	Control string   `default:"127.0.0.1:0" placeholder:"ADDR" help:"Address of the control listener; off leaves it out (${default})."`
	Set     []string `placeholder:"KEY=VALUE" help:"Set another key of the configuration, such as token.policy=reuse; may be repeated. docs/operating.md lists them."`
	Strict  bool     `help:"Refuse what the API description refuses."`
	Fresh   bool     `name:"fresh-credentials" help:"Make a new client id and secret, instead of the well-known ones."`
	JSON    bool     `name:"json" help:"Print one line of JSON when ready, for scripts."`
	Verbose bool     `short:"v" help:"Log each request on standard error."`
}

// Help returns the examples of the command.
func (sandboxCmd) Help() string {
	return `All roles share one origin, and the control API is at /_sluss/control/v1 on it. Nothing leaves the machine.

Examples:
  sluss sandbox
  sluss sandbox --listen 127.0.0.1:0 --json
  sluss sandbox --data sandbox.db --sca manual
  sluss sandbox --set token.algorithm=ES256 --set token.policy=reuse
  sluss sandbox --profile HANDSESS=two-rounds --profile NDEASESS=short-history
  sluss sandbox --clock frozen:2026-11-02T09:00:00Z --seed 7`
}

// Run implements the command.
func (c *sandboxCmd) Run(ctx context.Context, env *Env) error {
	saveMemory(env)
	cfg, deps, err := c.setUp(env)
	if err != nil {
		return err
	}
	if deps.Keys, err = openKeys(&cfg, env); err != nil {
		return err
	}
	return errors.Join(c.serve(ctx, env, cfg, deps), deps.Keys.Close())
}

// serve runs the sandbox until ctx ends.
func (c *sandboxCmd) serve(ctx context.Context, env *Env, cfg config.Config, deps server.Deps) error {
	ls, err := server.Listen(ctx, &cfg)
	if err != nil {
		return err
	}
	s, err := server.New(ctx, cfg, deps)
	if err != nil {
		ls.Close()
		return err
	}
	settle(env, cfg.Database)
	ready := sandboxReady{
		Auth: cfg.Base.Auth, API: cfg.Base.API, ClientID: deps.Sandbox.ClientID, ClientSecret: string(deps.Sandbox.Secret),
		Seed: c.Seed, Control: controlURL(&cfg, ls, deps.Sandbox.OnOrigin),
	}
	if addr := ls.ControlAddr(); addr != "" {
		ready.metrics = "http://" + addr + "/metrics"
	}
	if err := c.announce(env.Stdout, ready); err != nil {
		ls.Close()
		return errors.Join(err, s.Close())
	}
	return errors.Join(s.Run(ctx, ls), s.Close())
}

// setUp turns the flags into what a server needs.
func (c *sandboxCmd) setUp(env *Env) (config.Config, server.Deps, error) {
	cfg, deps := config.Default(), server.Deps{}
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return cfg, deps, fmt.Errorf("--listen %q is no address; write host:port, such as 127.0.0.1:8480", c.Listen)
	}
	public := !config.IsLoopback(host)
	if public && !c.Fresh {
		return cfg, deps, fmt.Errorf("--listen %s is open to other machines, and the sandbox's client id and secret are known to everybody. "+
			"Listen on 127.0.0.1, or add --fresh-credentials for an id and secret of your own", c.Listen)
	}
	if chost, _, err := net.SplitHostPort(c.Control); c.Control != "off" && (err != nil || !config.IsLoopback(chost)) {
		return cfg, deps, fmt.Errorf("--control %q must be a loopback address, such as 127.0.0.1:8481, or off: whoever reaches it rules the sandbox", c.Control)
	}
	at, err := parseClock(c.Clock)
	if err != nil {
		return cfg, deps, err
	}
	if err := cfg.Set(c.Set); err != nil {
		return cfg, deps, prefixed("--set: ", err)
	}
	cfg.Listen, cfg.Control, cfg.Strict, cfg.Migrate = c.Listen, c.Control, c.Strict, true
	cfg.Banks = config.BanksConfig{Simulator: true, Seed: c.Seed, SCA: c.SCA, Accounts: "open", Waits: cfg.Banks.Waits, Profiles: c.Profile}
	cfg.Webhooks.Allow = append(cfg.Webhooks.Allow, "127.0.0.0/8", "::1")
	cfg.Database = "sqlite::memory:"
	if c.Data != "" {
		cfg.Database = "sqlite:" + c.Data
	}
	if cfg.Base, err = c.base(cfg.Base, cfg.TLS.CertFile != ""); err != nil {
		return cfg, deps, err
	}
	sb := &server.Sandbox{Clock: at, OnOrigin: !public, Version: version()}
	if c.Fresh {
		sb.Fresh()
	} else {
		sb.WellKnown()
	}
	deps = server.Deps{Log: c.log(env), Sandbox: sb, Version: version(), PrintMail: env.Stderr}
	if deps.SSOSecret, err = cfg.SSOSecret(env.Getenv); err != nil {
		return cfg, deps, err
	}
	if deps.MailPassword, err = cfg.MailPassword(env.Getenv); err != nil {
		return cfg, deps, err
	}
	deps.SealingKey, err = c.sealingKey()
	return cfg, deps, err
}

// base returns the base URLs of a sandbox, which all are one: that which was
// set, or else the listener's.
func (c *sandboxCmd) base(set config.BaseConfig, secure bool) (config.BaseConfig, error) {
	usual := config.Default().Base
	if set.API != usual.API || set.KYC != usual.KYC || set.MTLS != usual.MTLS {
		return set, errors.New("--set: a sandbox has one origin for everything: set base.auth alone")
	}
	if set.Auth != usual.Auth {
		return config.BaseConfig{Auth: set.Auth, API: set.Auth}, nil
	}
	host, port, _ := net.SplitHostPort(c.Listen)
	base := schemeOf(secure) + "localhost:" + port
	if ip := net.ParseIP(host); host != "" && !config.IsLoopback(host) && (ip == nil || !ip.IsUnspecified()) {
		base = schemeOf(secure) + c.Listen
	}
	return config.BaseConfig{Auth: base, API: base}, nil
}

// schemeOf returns how the URLs of a listener begin.
func schemeOf(secure bool) string {
	if secure {
		return "https://"
	}
	return "http://"
}

// sealingKey returns the key that seals the sandbox's secrets. For a database
// in memory with the well-known credentials it follows from the seed, since the
// ids of accounts follow from it and are to be the same at every start; with
// fresh ones it is new. For a file it is in the file beside it, which is made
// with it.
func (c *sandboxCmd) sealingKey() (keyring.SealingKey, error) {
	if c.Data == "" && !c.Fresh {
		return keyring.SealingKey(sha256.Sum256(fmt.Appendf(nil, "the sandbox's sealing key is no secret: %d", c.Seed))), nil
	}
	if c.Data == "" {
		return keyring.NewSealingKey(), nil
	}
	name := c.Data + ".key"
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(c.Data); err == nil {
			return keyring.SealingKey{}, fmt.Errorf("%s is there but not %s, the key to its secrets: bring it back, or remove both and start over", c.Data, name)
		}
		key := keyring.NewSealingKey()
		return key, os.WriteFile(name, []byte(key.Text()+"\n"), 0o600)
	}
	if err != nil {
		return keyring.SealingKey{}, fmt.Errorf("read the sandbox's sealing key: %w", err)
	}
	key, err := keyring.ParseSealingKey(string(text))
	if err != nil {
		return key, fmt.Errorf("%s: %w", name, err)
	}
	return key, nil
}

// log returns the log of the sandbox: faults only, unless asked for more.
func (c *sandboxCmd) log(env *Env) *slog.Logger {
	level := "warn"
	if c.Verbose {
		level = "info"
	}
	return newLog(config.LogConfig{Level: level, Format: "text"}, env.Stderr)
}

// parseClock returns the clock that the flag asks for.
func parseClock(s string) (*clock.Virtual, error) {
	if s == "real" {
		return clock.NewRunning(), nil
	}
	if text, ok := strings.CutPrefix(s, "frozen:"); ok {
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			return clock.NewFrozen(t), nil
		}
	}
	return nil, fmt.Errorf("--clock %q must be real, or frozen: and a time such as frozen:2026-11-02T09:00:00Z", s)
}

// A sandboxReady is what a script must know of a running sandbox.
type sandboxReady struct {
	Auth         string `json:"auth"`
	API          string `json:"api"`
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	Seed         uint64 `json:"seed"`
	Control      string `json:"control"` // base URL of the control API; empty if there is none

	metrics string // URL; empty if the control listener is off
}

// controlURL returns where the control API is.
func controlURL(cfg *config.Config, ls *server.Listeners, onOrigin bool) string {
	if onOrigin { // under a loopback name, whatever the base URL is
		_, port, _ := net.SplitHostPort(ls.Public.Addr().String())
		return schemeOf(cfg.TLS.CertFile != "") + "localhost:" + port
	}
	if addr := ls.ControlAddr(); addr != "" {
		return "http://" + addr
	}
	return ""
}

// announce says that the sandbox is ready.
func (c *sandboxCmd) announce(w io.Writer, r sandboxReady) error {
	if c.JSON {
		return json.NewEncoder(w).Encode(r)
	}
	_, err := io.WriteString(w, firstCalls(r, c.SCA == "manual", c.Clock != "real"))
	return err
}
