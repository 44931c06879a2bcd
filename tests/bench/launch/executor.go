package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/sinks/file"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// executorName is the name under which this command is an executor.
const executorName = "mayfly-process-core"

// bookEnv names the folder in which executors note when they began, and find whether they may go on.
const bookEnv = "BENCH_BOOK"

// note is what an executor notes as it begins a lease, a line each.
type note struct {
	PID   int       `json:"pid"`
	From  int64     `json:"from"`
	Part  int32     `json:"part"`
	Epoch int64     `json:"epoch"`
	At    time.Time `json:"at"`
}

// execute runs leases as executors do, but for that each waits until its round is released.
func execute(ctx context.Context) error {
	env, err := boot.ReadEnvironment()
	if err != nil {
		return err
	}
	invitations, err := boot.Receive(os.Stdin, env.Next)
	if err != nil {
		return err
	}
	defer invitations.Close()
	r := exec.New(exec.Env{Plugins: tasks.Plugins{Sinks: []tasks.SinkPlugin{file.Plugin()}}, Kafka: env.Kafka, Name: fmt.Sprint("process-", os.Getpid()),
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	defer r.Close()
	for {
		inv, err := invitations.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, l := range inv.Leases {
			if err := begin(&l); err != nil {
				return err
			}
			r.Run(ctx, l)
		}
	}
}

// begin notes that a lease has begun, and waits until its round is released.
func begin(l *tasks.Lease) error {
	b, err := json.Marshal(note{os.Getpid(), l.Slice.From, l.Slice.Stream.Partition, l.Epoch, time.Now()})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(bookName(), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	for {
		if _, err := os.Stat(releaseName(l.Slice.From)); err == nil {
			return nil
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func bookName() string { return filepath.Join(os.Getenv(bookEnv), "book") }

// releaseName is the file whose coming releases a round: the leases that start at an offset.
func releaseName(round int64) string {
	return filepath.Join(os.Getenv(bookEnv), fmt.Sprint("released-", round))
}
