// Command qasleaks finds QA Sphere API keys in files and in the whole history of git
// repositories.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/qasleaks/qasleaks/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends the process at once
	// Caught, SIGPIPE does not kill: the writer sees an error instead, and what
	// was found still decides the status.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	status := cli.Main(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}
