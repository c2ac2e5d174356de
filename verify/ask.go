package verify

import (
	"context"
	"time"

	"github.com/qasleaks/qasleaks/scanner"
)

// verdict is what one host proved about a key.
type verdict struct {
	scanner.Liveness
	// answer is the one that decided, to a request with this Authorization scheme.
	answer
	scheme string
}

// askHosts asks the hosts of a key one after the other, until one proves that it knows
// the key.
func (v *Verifier) askHosts(ctx context.Context, c *check) {
	for _, h := range c.hosts {
		said, err := v.askHost(ctx, h, c.finding.Key.String(), c.secret)
		if err != nil {
			return // ctx ended: run returns its error
		}
		said.Answer = said.words(c.finding)
		if v.options.Analyze && said.State.Alive() {
			said.Access = v.analyze(ctx, c.finding, c.secret, h, said)
		}
		o := opinion{Liveness: said.Liveness, named: h.named}
		c.said = append(c.said, o)
		if o.knows() {
			return
		}
	}
}

// askHost asks one host about a key: first for /users/me with the scheme Bearer,
// then for what the table in states.go says, until an answer decides. It fails only
// if ctx ends.
func (v *Verifier) askHost(ctx context.Context, h host, keyID string, key scanner.Secret) (verdict, error) {
	path, scheme := pathMe, bearer
	for {
		a, err := v.client.get(ctx, h, path, scheme, keyID, key)
		if err != nil {
			return verdict{}, err
		}
		r := interpret(path, a)
		switch {
		case r.next == tryProjects:
			path = pathProjects
			continue
		case r.next == tryAuditLog:
			path = pathAudit
			continue
		case r.next == tryOtherScheme && scheme == bearer:
			path, scheme = pathMe, apiKey
			continue
		case r.state == scanner.Invalid && !h.named:
			r.state, r.reason = scanner.Unknown, "refused by this host; the key may belong to another tenant"
		}
		liveness := scanner.Liveness{State: r.state, Host: h.String(), CheckedAt: time.Now(), Reason: r.reason}
		return verdict{liveness, a, scheme}, nil
	}
}
