// Command sluss is an open banking platform in one binary: token service,
// APIs and simulated banks. See "sluss --help".
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"sluss.example/sluss/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(cli.Main(ctx, os.Args[1:], &cli.Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
	}))
}
