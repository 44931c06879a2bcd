package api

import (
	"context"
	"errors"
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

// Serve answers on the listener until ctx ends, then lets running requests finish for at most ten seconds. It blocks, and
// closes the listener. A nil error means that ctx ended and nothing was cut off.
func Serve(ctx context.Context, ln net.Listener, h http.Handler) error {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      requestTimeout,
		IdleTimeout:       idleTimeout,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(pages{ln}) }()
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
