package object

import (
	"strconv"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Partitioner says in which directory below the topic's a record goes: Connect's encoded partition. It is a value that many
// writers share.
type Partitioner interface {
	// New returns what places the records of one writer.
	New(t tasks.SinkTask) Placer
	// ReadsValue says that it looks into values, which must be decoded then.
	ReadsValue() bool
	// Timed says that its places have times.
	Timed() bool
}

// Placer places one record after the other. It is pure (I6): record and plan time decide.
type Placer interface {
	// Place returns where a record goes. An error is the fault of the record.
	Place(r *tasks.Record) (Place, error)
}

// Regrouper is a Placer whose places depend on which files are open.
type Regrouper interface {
	Placer
	// Ended tells it that all open files have ended.
	Ended()
}

// Place is where a record goes. Time is what rotate.interval.ms counts, in milliseconds since the epoch; only timed
// partitioners have it.
type Place struct {
	Dir  string
	Time int64
}

// ByPartition is Connect's DefaultPartitioner: a directory for each topic-partition.
type ByPartition struct{}

var _ Partitioner = ByPartition{}

// New returns the placing of a topic-partition's records, which is one place.
func (ByPartition) New(t tasks.SinkTask) Placer {
	return fixed{Place{Dir: "partition=" + strconv.Itoa(int(t.Slice.Stream.Partition))}}
}

// ReadsValue is false.
func (ByPartition) ReadsValue() bool { return false }

// Timed is false.
func (ByPartition) Timed() bool { return false }

type fixed struct{ place Place }

func (f fixed) Place(*tasks.Record) (Place, error) { return f.place, nil }

// partitionException is the Java class of a record that no directory can be named for.
const partitionException = "io.confluent.connect.storage.errors.PartitionException"

func noPartition(format string, args ...any) *tasks.Exception {
	return tasks.NewException(partitionException, format, args...)
}

// BySchema puts a directory for the name of the value's schema behind another partitioner's, or before it: what
// s3.schema.partition.affix.type asks for.
type BySchema struct {
	Partitioner
	Delim  string
	Before bool
}

// New returns the placing of both.
func (b BySchema) New(t tasks.SinkTask) Placer {
	return &bySchema{BySchema: b, placer: b.Partitioner.New(t)}
}

type bySchema struct {
	BySchema
	placer Placer
}

func (b *bySchema) Place(r *tasks.Record) (Place, error) {
	p, err := b.placer.Place(r)
	if err != nil {
		return p, err
	}
	name := "schema_name=null"
	if s := r.ValueSchema; s != nil && s.Name != "" {
		name = "schema_name=" + s.Name
	}
	if b.Before {
		p.Dir = name + b.Delim + p.Dir
	} else {
		p.Dir += b.Delim + name
	}
	return p, nil
}
