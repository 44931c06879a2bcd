package api

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Times after which a peer has had its chance. Connect gives a request 90 seconds.
const (
	headerTimeout  = 10 * time.Second
	requestTimeout = 90 * time.Second
	idleTimeout    = 2 * time.Minute
	drainTimeout   = 10 * time.Second
)

// ServeOptions are how a listener is served. The zero value is plain HTTP with Connect's times.
type ServeOptions struct {
	// TLS has the certificate; nil for plain HTTP.
	TLS *tls.Config
	// Timeout bounds a request; zero for Connect's 90 seconds.
	Timeout time.Duration
	// Log hears of failed handshakes and the like, which are of interest to nobody else; nil for nobody.
	Log *slog.Logger
}

func (o ServeOptions) handler() slog.Handler {
	if o.Log == nil {
		return slog.DiscardHandler
	}
	return o.Log.Handler()
}

// Serve answers on the listener until ctx ends, then lets running requests finish for at most ten seconds. It blocks, and
// closes the listener. A nil error means that ctx ended and nothing was cut off.
func Serve(ctx context.Context, ln net.Listener, o ServeOptions, h http.Handler) error {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: min(headerTimeout, cmp.Or(o.Timeout, requestTimeout)),
		ReadTimeout:       cmp.Or(o.Timeout, requestTimeout),
		WriteTimeout:      cmp.Or(o.Timeout, requestTimeout),
		TLSConfig:         o.TLS,
		ErrorLog:          slog.NewLogLogger(o.handler(), slog.LevelDebug),
		IdleTimeout:       idleTimeout,
	}
	ended := make(chan error, 1)
	go func() {
		if o.TLS != nil {
			ended <- server.ServeTLS(ln, "", "")
			return
		}
		ended <- server.Serve(pages{ln})
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err := server.Shutdown(drain)
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
