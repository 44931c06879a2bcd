package broker

import (
	"net"
	"strconv"
	"sync"
)

// A listener is the broker's door. It knows the connections that came through
// it, so that a broker whose disk fails can leave all clients at once.
type listener struct {
	net.Listener
	host string

	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	closed bool
}

func newListener(host string) *listener {
	return &listener{host: host, conns: map[net.Conn]struct{}{}}
}

func (l *listener) want(port int) string { return net.JoinHostPort(l.host, strconv.Itoa(port)) }

func (l *listener) open(port int) (err error) {
	l.Listener, err = net.Listen("tcp", l.want(port))
	return err
}

// listen hands the open listener to the cluster, which asks for an address of
// its own liking.
func (l *listener) listen(string, string) (net.Listener, error) { return l, nil }

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		c.Close()
		return nil, net.ErrClosed
	}
	l.conns[c] = struct{}{}
	return &conn{Conn: c, of: l}, nil
}

// closeAll closes the listener and every connection.
func (l *listener) closeAll() {
	l.Listener.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for c := range l.conns {
		c.Close()
	}
	clear(l.conns)
}

type conn struct {
	net.Conn
	of *listener
}

func (c *conn) Close() error {
	c.of.mu.Lock()
	delete(c.of.conns, c.Conn)
	c.of.mu.Unlock()
	return c.Conn.Close()
}
