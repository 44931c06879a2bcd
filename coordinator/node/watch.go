package node

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"syscall"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/store"
)

const (
	// lookTimeout bounds one look at the leader, lookAgain is the pause between two.
	lookTimeout, lookAgain = time.Second, 50 * time.Millisecond
	// refusals is how often in a row a leader that answered before must refuse a connection to count as dead.
	refusals = 3
)

// watchLeader keeps a connection to the leader's REST API while this coordinator stands by: a process that dies closes it at
// once, long before its heartbeats are missed. Only where a leader was reached before and its port is closed now does it count
// as dead, so an address that leads elsewhere ends nothing; and were it alive after all, fencing keeps it from harm (I2).
func (n *Node) watchLeader(ctx context.Context, s *store.Store) {
	reached, refused := "", 0
	dialer := net.Dialer{Timeout: lookTimeout}
	for ctx.Err() == nil {
		leader, me := s.Leader()
		if u, err := url.Parse(leader); err == nil && !me && leader != "" && leader != n.url {
			conn, err := dialer.DialContext(ctx, "tcp", u.Host)
			switch {
			case err == nil:
				reached, refused = leader, 0
				untilClosed(ctx, conn)
				continue
			case reached == leader && errors.Is(err, syscall.ECONNREFUSED):
				if refused++; refused >= refusals {
					n.cfg.Log.Warn("the leader's REST API is gone; taking over", "leader", leader)
					s.LeaderGone(leader)
					refused = 0 // a last heartbeat may still come
				}
			default:
				refused = 0
			}
		}
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
		}
	}
}

// untilClosed blocks until the other side closes a connection on which nothing is said, which servers do after a while, too.
func untilClosed(ctx context.Context, conn net.Conn) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	_, _ = io.Copy(io.Discard, conn) // how it ends does not matter: the next look tells
	stop()
	_ = conn.Close()
}
