package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
	"github.com/mayfly-connect/mayfly/coordinator/loglevel"
	"github.com/mayfly-connect/mayfly/coordinator/node"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/sinks"
	"github.com/mayfly-connect/mayfly/sources"
	"github.com/mayfly-connect/mayfly/tasks"
)

func plugins() tasks.Plugins { return tasks.Plugins{Sinks: sinks.All(), Sources: sources.All()} }

// standalone runs everything in this process.
func standalone(ctx context.Context, args []string) error {
	properties := ""
	if len(args) > 0 && !strings.HasSuffix(args[0], ".json") {
		properties, args = args[0], args[1:]
	}
	w, err := worker.Load(properties, os.Environ(), true)
	if err != nil {
		return err
	}
	log, levels := leveled()
	if _, ok := w.Props["offset.storage.file.filename"]; ok {
		log.Info("offset.storage.file.filename is ignored: offsets are kept in a topic", "topic", w.Topics.Offset)
	}
	files, err := connectors(args)
	if err != nil {
		return err
	}
	if len(w.Bootstrap) == 0 {
		b, err := broker.Start(broker.Config{Dir: filepath.Join(w.Ours.DataDir, "broker"), Log: log})
		if err != nil {
			return err
		}
		defer func() {
			if err := b.Close(); err != nil {
				log.Error("close the broker", "err", err)
			}
		}()
		w.UseEmbedded(b.Addr())
		log.Info("embedded broker", "address", b.Addr(), "data", w.Ours.DataDir)
	}
	return serve(ctx, w, files, log, levels)
}

func connectors(paths []string) (files []worker.Connector, err error) {
	for _, path := range paths {
		c, err := worker.LoadConnector(path)
		if err != nil {
			return nil, err
		}
		files = append(files, c)
	}
	return files, nil
}

// serve runs a node until ctx ends, and creates the connectors of the files once it is up. A file that is not valid ends it,
// as in connect-standalone.
func serve(ctx context.Context, w *worker.Config, files []worker.Connector, log *slog.Logger, levels *loglevel.Levels) error {
	n, err := node.New(node.Config{Worker: w, Plugins: plugins(), Commit: version, Log: log, Levels: levels})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	select {
	case err := <-done:
		return err
	case <-n.Ready():
	}
	if err := returnPages(); err != nil {
		log.Debug("memory of the start stays in use", "err", err)
	}
	log.Info("REST API", "url", n.URL(), "group", w.GroupID)
	for _, c := range files {
		if err := n.Create(ctx, c); err != nil {
			cancel(err)
			return errors.Join(err, <-done)
		}
		log.Info("connector created", "connector", c.Name)
	}
	return <-done
}

func runBroker(ctx context.Context, args []string) error {
	f := flags("broker")
	dir := f.String("data", "data/broker", "the data directory")
	port := f.Int("port", 9092, "the port on 127.0.0.1")
	if err := f.Parse(args); err != nil {
		return errUsage
	}
	b, err := broker.Start(broker.Config{Dir: *dir, Port: *port, Log: logger()})
	if err != nil {
		return err
	}
	fmt.Println("broker at", b.Addr())
	select {
	case <-ctx.Done():
	case <-b.Failed():
		return errors.Join(b.Err(), b.Close())
	}
	return b.Close()
}
