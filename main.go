// Command qasleaks finds QA Sphere API keys in files and in the whole history of git
// repositories.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/qasleaks/qasleaks/internal/cli"
)

// grace is the time that work has to end after an interrupt. Most of it ends at once; the
// rest, such as a rule on one hostile file, is given up. No report is written then.
const grace = 500 * time.Millisecond

func main() {
	ownStatus()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		stop() // a second interrupt ends the process at once
		time.Sleep(grace)
		fmt.Fprintln(os.Stderr, "qasleaks: interrupted")
		os.Exit(cli.StatusInterrupted)
	})
	// Caught, SIGPIPE does not kill: the writer sees an error instead, and what
	// was found still decides the status.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	status := cli.Main(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}
