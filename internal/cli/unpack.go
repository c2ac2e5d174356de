package cli

import (
	"github.com/urfave/cli/v2"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner/unpack"
)

// unpackFlags are those that bound what is read of archives.
func unpackFlags() []cli.Flag {
	usual := unpack.DefaultLimits()
	return []cli.Flag{
		&cli.IntFlag{Name: "max-archive-depth", Usage: "open archives in archives `N` deep; 0 opens none", Value: usual.Depth},
		&cli.Int64Flag{Name: "max-member-size", Usage: "read `MIB` of each member of an archive", Value: usual.Member >> 20},
		&cli.Int64Flag{Name: "max-archive-size", Usage: "unpack `MIB` of an archive, with all that is in it", Value: usual.Total >> 20},
	}
}

// bound sets how much of archives is unpacked.
func (p *plan) bound(c *cli.Context) error {
	limits := unpack.DefaultLimits()
	limits.Depth = c.Int("max-archive-depth")
	limits.Member, limits.Total = c.Int64("max-member-size"), c.Int64("max-archive-size")
	const most = 1 << 20 // a TiB
	switch {
	case limits.Depth < 0 || limits.Depth > 100:
		return hint.New("", "invalid value %d for --max-archive-depth: expected 0 to 100", limits.Depth)
	case limits.Member < 1 || limits.Total < 1 || limits.Member > most || limits.Total > most:
		return hint.New("leave out --max-member-size and --max-archive-size for what is usual", "invalid size of what is unpacked: expected a number of MiB, 1 or more")
	}
	limits.Member, limits.Total = limits.Member<<20, limits.Total<<20
	p.options.Unpack = limits
	return nil
}
