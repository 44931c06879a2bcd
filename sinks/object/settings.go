package object

// Nulls is behavior.on.null.values: what becomes of records without a value.
type Nulls string

// The behaviours.
const (
	FailOnNull Nulls = "fail"
	IgnoreNull Nulls = "ignore"
)

// Settings are a sink's configuration as the [Writer] needs it.
type Settings struct {
	Names     Names
	Format    Format
	FlushSize int64
	// Gzip compresses whole objects, and adds .gz to their names. Level is -1 (default) to 9.
	Gzip  bool
	Level int
	Nulls Nulls
	// ReportNulls gives ignored nulls to the error handling, as the Java sinks do when there is a reporter.
	ReportNulls bool
	// PartSize bounds the bytes of an object that are held in memory: larger objects are uploaded in parts.
	PartSize int
}

// MaxPartSize bounds [Settings.PartSize], whatever the user asks for: memory is dear where executors run, and parts of this
// size are as fast as larger ones.
const MaxPartSize = 8 << 20

// ext is the end of all object names.
func (s *Settings) ext() string {
	if s.Gzip {
		return s.Format.Ext() + ".gz"
	}
	return s.Format.Ext()
}
