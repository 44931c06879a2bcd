package faults_test

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/tests/faults"
)

// echo is a server that answers with what it gets.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c) }()
		}
	}()
	return l.Addr().String()
}

func TestProxy(t *testing.T) {
	t.Parallel()
	p := faults.New(t)
	dial := func() net.Conn {
		c, err := net.Dial("tcp", p.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	// says reports how long a line takes to come back; false when it does not within limit.
	says := func(c net.Conn, limit time.Duration) (time.Duration, bool) {
		begun := time.Now()
		_, _ = io.WriteString(c, "hello\n")
		_ = c.SetReadDeadline(begun.Add(limit))
		line, err := bufio.NewReader(c).ReadString('\n')
		return time.Since(begun), err == nil && line == "hello\n"
	}
	if _, ok := says(dial(), time.Second); ok {
		t.Error("it answers before it knows where to")
	}
	p.To(echo(t))
	c := dial()
	if _, ok := says(c, 5*time.Second); !ok {
		t.Error("nothing came through")
	}
	p.Slow(100*time.Millisecond, 0)
	if took, ok := says(c, 5*time.Second); !ok || took < 200*time.Millisecond {
		t.Errorf("slow: %t after %s", ok, took)
	}
	p.Slow(0, 0)
	p.Hold(true)
	if _, ok := says(c, 200*time.Millisecond); ok {
		t.Error("it came through though it is held")
	}
	p.Hold(false)
	if p.Cut() == 0 {
		t.Error("nothing was cut")
	}
	if _, ok := says(c, time.Second); ok {
		t.Error("it came through though it was cut")
	}
	p.Refuse(true)
	if _, ok := says(dial(), time.Second); ok {
		t.Error("it came through though it is refused")
	}
	p.Refuse(false)
	if _, ok := says(dial(), 5*time.Second); !ok {
		t.Error("nothing came through afterwards")
	}
}
