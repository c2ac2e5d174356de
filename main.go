// Command qasleaks finds QA Sphere API keys in files and in everything a git
// repository remembers.
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
	status := cli.Main(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}
