// Package cli has the commands of sluss. Each is a struct that kong fills in
// from the command line, and a method Run. The world comes in through [Env],
// so that tests need no process.
//
// Standard output has the result and nothing else; what a person is to know
// beside it goes to standard error.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// The exit codes.
const (
	exitOK    = 0
	exitFault = 1 // the command failed, and said why on standard error
	exitUsage = 2 // the command line is wrong
)

// Env is the world of a command.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
}

// A root is the whole command line.
type root struct {
	Sandbox sandboxCmd `cmd:"" help:"Run everything on this machine, with simulated banks and nothing to set up."`
	Serve   serveCmd   `cmd:"" help:"Run an installation, from a configuration file."`
	App     appCmd     `cmd:"" help:"Manage applications (OAuth clients) of a running sandbox or of a database."`
	User    userCmd    `cmd:"" help:"Manage the people who use the developer portal."`
	Token   tokenCmd   `cmd:"" help:"Get an access token and print it."`
	Listen  listenCmd  `cmd:"" help:"Print the events of a running sandbox as they come, and forward them."`
	Job     jobCmd     `cmd:"" help:"Look after due work."`
	Key     keyCmd     `cmd:"" help:"Make keys."`
	FX      fxCmd      `cmd:"" name:"fx" help:"Say what came in for confirmed quotes (FX Connect), and what was paid out."`
	KYC     kycCmd     `cmd:"" name:"kyc" help:"Decide on KYC forms of organisations, of a running sandbox or of a database."`
	DB      dbCmd      `cmd:"" name:"db" help:"Look after the database."`
	Audit   auditCmd   `cmd:"" help:"Check or print the audit trail."`
	Bench   benchCmd   `cmd:"" help:"Measure this program on this machine."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

const description = `sluss speaks the Open Payments HTTP API: tokens, bank directory, consents, accounts.

  sluss sandbox                     everything on http://localhost:8480
  sluss serve --config sluss.toml   an installation of your own

Exit status: 0 done, 1 failed, 2 the command line is wrong.`

// A finish ends the parsing, since the help was printed.
type finish int

// Main runs the command of args and returns the exit status. It ends early
// when ctx does.
func Main(ctx context.Context, args []string, env *Env) (status int) {
	defer func() { // kong exits from the middle of parsing, after the help
		switch p := recover().(type) {
		case nil:
		case finish:
			status = int(p)
		default:
			panic(p)
		}
	}()
	var r root
	parser, err := kong.New(&r, kong.Name("sluss"), kong.Description(description),
		kong.Writers(env.Stdout, env.Stderr),
		kong.Exit(func(code int) { panic(finish(code)) }),
		kong.UsageOnError(), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(env),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}))
	if err != nil {
		return fail(env, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if err != nil {
		_, _ = fmt.Fprintf(env.Stderr, "sluss: %v\n", err)
		_, _ = fmt.Fprintf(env.Stderr, "See \"sluss --help\", or \"sluss %s --help\".\n", commandOf(err))
		return exitUsage
	}
	if err := k.Run(); err != nil {
		return fail(env, err)
	}
	return exitOK
}

// commandOf returns the command that the parser stopped in.
func commandOf(err error) string {
	if p, ok := errors.AsType[*kong.ParseError](err); ok {
		if n := p.Context.Selected(); n != nil {
			return n.Path()
		}
	}
	return "COMMAND"
}

// fail says what went wrong, with every line of it under the program's name.
func fail(env *Env, err error) int {
	for line := range strings.Lines(err.Error()) {
		_, _ = fmt.Fprintf(env.Stderr, "sluss: %s\n", strings.TrimSuffix(line, "\n"))
	}
	return exitFault
}
