package tasks

import (
	"context"
	"log/slog"
	"time"
)

// Sink is a sink connector's connection to its destination, made by [SinkPlugin.New] from one configuration. It may serve
// several leases one after the other; what it keeps between them is speed only (I3). Open may be called from several
// goroutines at once.
type Sink interface {
	// Open returns a writer for one slice. It may block on the destination.
	Open(ctx context.Context, t SinkTask) (Writer, error)
	// Close gives back connections.
	Close() error
}

// SinkTask is what a sink's writer knows of its lease.
type SinkTask struct {
	Connector string
	Task      int
	Slice     Slice
	// PlanTime is the only clock that what is written may depend on (I6).
	PlanTime time.Time
	// Receipts is how many receipts are wanted; less than MaxReceipts stands for that.
	Receipts int
	// Report gives a record that the destination refuses to the error handling, as Connect's ErrantRecordReporter does. A
	// nil result means that it is taken care of and the writer goes on without the record; else the writer stops and
	// returns the error from Put.
	Report func(r *Record, err error) error
	Log    *slog.Logger
}

// Writer delivers one slice. It owns no goroutine that outlives a call. One goroutine uses it.
//
// The contract (the conformance suite tasktest.Sink proves it): data and position move together and only forward (I5);
// running the same slice again, wholly or after a kill at any point, leaves the destination as one run would (I3, I6); a
// writer of an older epoch that wakes up later changes nothing that counts.
type Writer interface {
	// Put takes the next records in offset order; they and their memory are the caller's again when it returns. All of a
	// slice's records come through Put except those that were filtered or failed before. It may block on the destination.
	Put(ctx context.Context, records []Record) error
	// Position returns the first offset that is not durably delivered. Offsets before the first record count as delivered
	// once a file that starts behind them is finished.
	Position() int64
	// Finish is called once after the last Put with end, the first offset that was not looked at (the slice's end, or where
	// the executor stopped early). It closes the tail if the slice says so and end is the slice's end, and returns what was
	// written. After it, Position is final.
	Finish(ctx context.Context, end int64) (Delivery, error)
	// Abort gives up what is not durable and releases all resources. It may be called at any time, also after Finish.
	Abort()
}

// Delivery is what a writer says at the end.
type Delivery struct {
	// Receipts are at most as many as the task wants; Objects and Bytes count all, Existed those that were there already, with
	// the same content.
	Receipts []Receipt
	Objects  int64
	Existed  int64
	Bytes    int64
	// TailFiled is the number of records in the unfinished file that was given up.
	TailFiled int64
}

// EncodedSink is a Sink whose writers can take [Record.Encoded].
type EncodedSink interface {
	Sink
	// Encoding is the form they take. The answer of AcceptSchema never changes for one sink.
	Encoding() Encoding
	AcceptSchema(writer string, s *Schema) bool
}

// Order is which order of a stream's records a sink keeps, and so how much of it may run at once: the value of mayfly.order.
type Order string

// The order modes.
const (
	// OrderPartition: one slice of a stream at a time.
	OrderPartition Order = "partition"
	// OrderKey: one slice of a stream at a time, in lanes of which each has the records of some keys in their order.
	OrderKey Order = "key"
	// OrderNone: many slices of a stream at once. The sink's position is the name of what it writes: nothing of one slice depends on
	// another having been delivered before.
	OrderNone Order = "none"
)

// Cut is a sink's rotation policy as the planner sees it: when it is worth running a slice.
type Cut struct {
	// FlushSize is the number of records without which no file can be finished; 0 or 1 means that any data is worth a slice.
	FlushSize int64
	// CloseTail says that every slice closes its tail (a sink without files to finish).
	CloseTail bool
	// Every and Zone are wall-clock rotation: slots of this length counted from midnight in the zone, at each of which
	// waiting data is delivered with its tail closed. Zero for none. With CloseTail, what fills a slice does not wait for it.
	Every time.Duration
	Zone  *time.Location
	// Pause is how long to wait after a slice that finished no file before new data is looked at, where FlushSize does not say
	// when a file can end.
	Pause time.Duration
	// Orders are the order modes that the configuration allows, the one first that is in use where the user names none. Empty for
	// [OrderPartition] alone.
	Orders []Order
}
