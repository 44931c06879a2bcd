package api

import (
	"bytes"
	"net"
)

// pages lets requests that net/http cannot read, and answers itself, get the answer of Connect's web server.
type pages struct{ net.Listener }

func (l pages) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &pageConn{Conn: c}, nil
}

type pageConn struct{ net.Conn }

var (
	// malformed is how net/http's own answer to a request that it cannot parse begins.
	malformed = []byte("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")
	page      = []byte("HTTP/1.1 400 Bad Request\r\nContent-Type: " + htmlType + "\r\nConnection: close\r\n\r\n" + badURIPage)
)

func (c *pageConn) Write(b []byte) (int, error) {
	if bytes.HasPrefix(b, malformed) {
		_, err := c.Conn.Write(page)
		return len(b), err
	}
	return c.Conn.Write(b)
}
