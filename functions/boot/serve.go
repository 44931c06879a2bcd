package boot

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javakeystore"
	"github.com/mayfly-connect/mayfly/tasks/provider"
)

const (
	// LeasePath is where invitations are taken.
	LeasePath = "/lease"
	// concurrency is how many invitations a service runs at once unless its environment says otherwise.
	concurrency = 8
	// lastWords is how long a service that is asked to end waits for its invitations: Cloud Run and Kubernetes give ten seconds
	// and more.
	lastWords = 9 * time.Second
)

// CloudRun is a [Service], or where Cloud Run has started a task of a job, the run of the invitation in its environment.
func CloudRun(plugins tasks.Plugins, events func(e *Executor) (http.Handler, error), providers ...provider.Kind) {
	if os.Getenv("CLOUD_RUN_JOB") != "" {
		Process(plugins, providers...)
		return
	}
	Service(plugins, events, providers...)
}

// Service serves the lease endpoint at [LeasePath], on the port of PORT (8080), until SIGTERM, upon which the leases report what
// they have done; then it ends the process. events takes all other requests, nil for none.
func Service(plugins tasks.Plugins, events func(e *Executor) (http.Handler, error), providers ...provider.Kind) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := serve(ctx, plugins, events, providers, log); err != nil {
		log.Error("the service ends", "err", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, plugins tasks.Plugins, events func(e *Executor) (http.Handler, error), providers []provider.Kind, log *slog.Logger) error {
	e, err := NewExecutor("service", plugins, providers, log)
	if err != nil {
		return err
	}
	defer e.Close()
	leases := &Endpoint{Admit: e.Admit, Run: e.Run, Token: e.env.token}
	leases.Open(ctx, cmp.Or(e.env.Concurrency, concurrency))
	mux := http.NewServeMux()
	mux.Handle(LeasePath, leases)
	mux.HandleFunc("GET /health", func(http.ResponseWriter, *http.Request) {})
	if events != nil {
		h, err := events(e)
		if err != nil {
			return err
		}
		mux.Handle("/", h)
	}
	l, err := net.Listen("tcp", ":"+cmp.Or(os.Getenv("PORT"), "8080"))
	if err != nil {
		return fmt.Errorf("serve the lease endpoint: %w; set PORT to one that is free", err)
	}
	config, err := e.env.tls()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	if config != nil {
		l = tls.NewListener(l, config)
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	return server.Shutdown(last) // waits for the answers, and so for the leases
}

// token is what callers have to know.
func (e *Environment) token() (string, error) {
	if e.TokenFile == "" {
		return e.Token, nil
	}
	b, err := os.ReadFile(e.TokenFile) // each time: platforms replace it
	if err == nil && len(strings.TrimSpace(string(b))) == 0 {
		err = errors.New("it is empty")
	}
	return strings.TrimSpace(string(b)), err
}

// tls returns the settings of a service that has a certificate, nil otherwise.
func (e *Environment) tls() (*tls.Config, error) {
	files := func(name string) (string, string) {
		switch name {
		case "ssl.keystore.location":
			return e.TLSCertFile, "MAYFLY_TLS_CERT_FILE"
		case "ssl.truststore.location":
			return e.TLSClientCAFile, "MAYFLY_TLS_CLIENT_CA_FILE"
		case "ssl.keystore.type", "ssl.truststore.type":
			return "PEM", ""
		}
		return "", name
	}
	own, err := javakeystore.Identity(files)
	if err != nil || own == nil {
		return nil, err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{*own}}
	if config.ClientCAs, err = javakeystore.Trust(files); err != nil {
		return nil, err
	}
	if config.ClientCAs != nil {
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return config, nil
}
