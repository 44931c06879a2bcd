package object

import (
	"io"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Nulls is behavior.on.null.values: what becomes of records without a value.
type Nulls string

// The behaviours.
const (
	FailOnNull Nulls = "fail"
	IgnoreNull Nulls = "ignore"
	// WriteNull stores keys and headers alone, in a directory of their own.
	WriteNull Nulls = "write"
)

// Settings are a sink's configuration as the [Writer] needs it.
type Settings struct {
	Names       Names
	Partitioner Partitioner
	Format      Format
	// Keys and Headers are the formats of objects for those sides; nil stores none.
	Keys, Headers Format
	Rotation      Rotation
	Compatibility Compatibility
	// Gzip compresses whole objects, and adds .gz to their names. Level is -1 (default) to 9.
	Gzip  bool
	Level int
	// Compress, if any, returns what compresses whole objects instead; it does not show in their names.
	Compress func(out io.Writer) (Compressor, error)
	// Whole, if any, has the rules of sinks whose places are whole names.
	Whole *Whole
	Nulls Nulls
	// NullDir is the directory of records without a value under WriteNull.
	NullDir string
	// ReportNulls gives ignored nulls to the error handling, as the Java sinks do when there is a reporter.
	ReportNulls bool
	// Unheard says that nobody is told of bad records (errors.tolerance=all without a dead letter topic and errors.log.enable).
	// Then they end the task, as in Connect, where a sink can tolerate them only by reporting them.
	Unheard bool
	// PartSize bounds the bytes of an object that are held in memory: larger objects are uploaded in parts.
	PartSize int
	// ContentType is that of all objects.
	ContentType string
	// Replace lets objects be replaced that others made. Otherwise one of another content ends the task.
	Replace bool
	// Tag, if any, are the tags of an object with values: offsets of its first and last record, and their number.
	Tag func(first, last, records int64) map[string]string
}

// Whole are the rules of sinks whose places ([Place.Dir]) are the whole names of objects. Their files end with the slice, or
// before a bad record that stops the stream. They take records of any topic and schema, and those without a value. Their
// placers may be a [Regrouper].
type Whole struct {
	// Serial says that the objects of a stream stand one behind the other, so that an object's end is a position.
	Serial bool
	// Latest keeps of each file the newest record alone: an object is replaced where it holds an older one.
	Latest bool
}

// Rotation says where files end.
type Rotation struct {
	// FlushSize is the number of records of all open files together.
	FlushSize int64
	// Interval is how many milliseconds a record's time may lie behind that of the first one; 0 for no matter.
	Interval int64
	// OnChange ends the files, under an Interval, when a record goes elsewhere than the one before.
	OnChange bool
	// MaxOpen is the number of files that may be open; 0 for any.
	MaxOpen int
	// MaxBytes is the number of bytes of all files that may wait in memory for their upload; more end them all. 0 for any.
	MaxBytes int
}

// MaxPartSize bounds [Settings.PartSize], whatever the user asks for: memory is dear where executors run, and parts of this
// size are as fast as larger ones.
const MaxPartSize = 8 << 20

// ext is the end of the names of objects in a format that hold a side.
func (s *Settings) ext(of Side, f Format) string {
	if s.Gzip {
		return string(of) + f.Ext() + ".gz"
	}
	return string(of) + f.Ext()
}

// formats lists the objects of a file: the side that each holds, in which format.
func (s *Settings) formats(value bool) []sideFormat {
	var out []sideFormat
	if value {
		out = append(out, sideFormat{Values, s.Format})
	}
	if s.Keys != nil {
		out = append(out, sideFormat{Keys, s.Keys})
	}
	if s.Headers != nil {
		out = append(out, sideFormat{Headers, s.Headers})
	}
	return out
}

type sideFormat struct {
	side   Side
	format Format
}

// plain says that the records of a stream stand in one object behind the other, so that an object's end is a position.
func (s *Settings) plain() bool {
	if s.Whole != nil {
		return s.Whole.Serial
	}
	_, ok := s.Partitioner.(ByPartition)
	return ok && s.Keys == nil && s.Headers == nil
}

// Encoding is the form of values that writers can take undecoded: the format's, where nothing else looks at values.
func (s *Settings) Encoding() tasks.Encoding {
	if s.Compatibility.projects() || s.Partitioner.ReadsValue() {
		return tasks.EncodingNone
	}
	return s.Format.Encoding()
}
