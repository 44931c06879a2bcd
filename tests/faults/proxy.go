// Package faults has what goes wrong in networks, for tests.
package faults

import (
	"net"
	"sync"
	"testing"
	"time"
)

// Proxy passes TCP connections on to a server, and cuts, slows, holds or refuses them. Safe for concurrent use.
type Proxy struct {
	listener net.Listener

	mu      sync.Mutex
	changed *sync.Cond
	target  string
	open    map[net.Conn]bool
	cuts    int
	refuses bool
	holds   bool
	delay   time.Duration
	rate    int // bytes in a second
	closed  bool
	running sync.WaitGroup
}

// New returns a proxy that listens, and refuses connections until it is told where to; it ends with the test.
func New(t testing.TB) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: l, open: map[net.Conn]bool{}}
	p.changed = sync.NewCond(&p.mu)
	p.running.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// Addr is where the proxy listens.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// To says where connections are passed on to.
func (p *Proxy) To(address string) { p.set(func() { p.target = address }) }

// Cut closes all connections, and returns how many those were.
func (p *Proxy) Cut() (n int) {
	p.set(func() {
		n = len(p.open) / 2
		p.cuts += n
		for c := range p.open {
			_ = c.Close() // whatever it says, it is gone
		}
		clear(p.open)
	})
	return n
}

// Refuse says whether new connections are closed at once.
func (p *Proxy) Refuse(on bool) { p.set(func() { p.refuses = on }) }

// Hold says whether nothing is passed on, as when a cable is pulled: nobody is told.
func (p *Proxy) Hold(on bool) { p.set(func() { p.holds = on }) }

// Slow delays what is passed on, and bounds how much that is in a second; zero for neither.
func (p *Proxy) Slow(delay time.Duration, bytesPerSecond int) {
	p.set(func() { p.delay, p.rate = delay, bytesPerSecond })
}

func (p *Proxy) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	p.changed.Broadcast()
}

func (p *Proxy) accept() {
	for {
		in, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		to, refused := p.target, p.refuses || p.target == "" || p.closed
		p.mu.Unlock()
		if refused {
			_ = in.Close() // that is the refusal
			continue
		}
		out, err := net.Dial("tcp", to)
		if err != nil {
			_ = in.Close() // as the server refuses
			continue
		}
		p.set(func() { p.open[in], p.open[out] = true, true })
		p.running.Go(func() { p.pass(in, out) })
		p.running.Go(func() { p.pass(out, in) })
	}
}

// pass hands on what comes from one side to the other, until either is closed.
func (p *Proxy) pass(from, to net.Conn) {
	defer p.set(func() {
		_, _ = from.Close(), to.Close() // the other direction ends as well
		delete(p.open, from)
		delete(p.open, to)
	})
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && p.wait(n, to) {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// wait blocks as long as n bytes are on their way; it reports whether they arrive.
func (p *Proxy) wait(n int, to net.Conn) bool {
	p.mu.Lock()
	for p.holds && !p.closed && p.open[to] {
		p.changed.Wait()
	}
	takes, arrives := p.delay, p.open[to] && !p.closed
	if p.rate > 0 {
		takes += time.Duration(n) * time.Second / time.Duration(p.rate)
	}
	p.mu.Unlock()
	time.Sleep(takes)
	return arrives
}

func (p *Proxy) close() {
	p.set(func() { p.closed = true })
	_ = p.listener.Close() // nobody waits for it
	p.Cut()
	p.running.Wait()
}
