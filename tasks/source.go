package tasks

import (
	"context"
	"log/slog"
)

// Source is a source connector's connection to where it reads, made by [SourcePlugin.New] from one configuration. Safe for
// use by several goroutines.
type Source interface {
	// Splits lists the splits that exist now and how far each goes. committed returns the stored position of a split, or ""
	// for none. It may block on the source.
	Splits(ctx context.Context, committed func(split string) Position) ([]Split, error)
	// Open returns a reader of one slice of a split.
	Open(ctx context.Context, t SourceTask) (Reader, error)
	// Close gives back connections.
	Close() error
}

// Split is one ordered part of a source, such as a file.
type Split struct {
	// Split is the JSON text of Connect's source partition map.
	Split string
	// End is how far the split goes now: the Until of a slice. Empty when nothing is to be read.
	End Position
	// Task is the number of the task that it belongs to, as [SourcePlugin.Deal] says.
	Task int
	// Pending estimates the bytes between the committed position and End; 0 means nothing to do.
	Pending int64
}

// SourceTask is what a reader knows of its lease.
type SourceTask struct {
	Connector string
	Task      int
	Slice     Slice
	Log       *slog.Logger
}

// Reader reads one slice, the same records each time (I6). One goroutine uses it.
type Reader interface {
	// Read returns the next records, at most about max, with memory from a; each has Position set to where the source
	// stands after it. After the last of the slice it returns io.EOF, with or without records. It may block on the source.
	Read(ctx context.Context, a *Arena, max int) ([]Record, error)
	// Committed is called after records up to the position are durable in Kafka, so that a source may clean up behind it
	// (move a finished file). It must be safe to call again.
	Committed(ctx context.Context, p Position) error
	Close() error
}

// Acknowledger is a Reader that needs to know where its records went.
type Acknowledger interface {
	// Acknowledge is called before Committed with the records of the batch that are in Kafka now, in their order.
	Acknowledge(ctx context.Context, written []Written) error
}

// Written says where a record of a source stands in Kafka.
type Written struct {
	Position  Position
	Topic     string
	Partition int32
	Offset    int64
}

// Skipper is a Reader whose slice may go on behind its last record, with what is none.
type Skipper interface {
	// Skipped returns where the source stands when Read has returned io.EOF.
	Skipped() Position
}

// Passer is a Reader that can go on behind what it could not read.
type Passer interface {
	// Pass is called when Read has returned the error of a bad record, and that is tolerated. It returns what there is instead of the
	// record, for the dead letter, with the position behind it.
	Pass() (Record, error)
}
