package plan

import (
	"slices"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// TargetState is what the user wants of a connector, in Connect's words.
type TargetState string

// The target states.
const (
	Started TargetState = "STARTED"
	Paused  TargetState = "PAUSED"
	Stopped TargetState = "STOPPED"
)

// ConnectorSpec is a connector as its configuration says it is.
type ConnectorSpec struct {
	Name string
	Kind tasks.ConnectorKind
	// Target is what the user wants.
	Target TargetState
	// ConfigVersion is the offset of the connector's record in the config topic.
	ConfigVersion int64
	// Config is the configuration as submitted. When ConfigTopic is set, leases name that topic instead of carrying it.
	Config      map[string]string
	ConfigTopic string
	// Tasks is how many tasks there are: the most leases at once. Less than 1 counts as 1.
	Tasks int
	// Dealt says that observations name the tasks of their streams; else the planner spreads the streams.
	Dealt bool
	// Latest begins a partition without a committed position at its end instead of its start.
	Latest bool
	// Cut is a sink's rotation policy, and Order how many slices of a stream may run at once.
	Cut   tasks.Cut
	Order tasks.Order
	// Restart says whether failed tasks start again by themselves.
	Restart Restart
}

// Checkpoint is where a stream stands, and the whole truth about it (I7).
type Checkpoint struct {
	Connector string
	Stream    tasks.Stream
	// TopicID is of which topic of that name the position is; empty when it was never seen.
	TopicID tasks.TopicID
	// Position is the first offset that is not delivered (sinks), SourcePosition where a source stands. Done is what is delivered
	// behind it: in order, apart from each other and from Position. There are never more of them than slices in flight.
	Position       int64
	SourcePosition tasks.Position
	Done           []Interval
	// Epoch is the highest of the grants that have ended, -1 for none; Open are those below it that have not.
	Epoch int64
	Open  []int64
	// Reach is the offset up to which an object of a slice may stand that was cut otherwise before; 0 for none. One slice at a time
	// goes through it, and none over one of the Seams, over which no object of then reaches.
	Reach int64
	Seams []int64
	// Unset says that nothing is committed: a user has reset the stream, which begins where a new one does.
	Unset bool
	// ReadTo and TailFiled are what the last result said about the records behind Position; without them the next lease
	// would read the tail once in vain.
	ReadTo    int64
	TailFiled int64
	// ConfigVersion is the configuration under which the tail was read; under another one it says nothing.
	ConfigVersion int64
}

// Interval is the offsets of [From, To).
type Interval struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Ended reports whether the grant with an epoch is a thing of the past: its result has counted, or it was void.
func (c Checkpoint) Ended(epoch int64) bool {
	return epoch <= c.Epoch && !slices.Contains(c.Open, epoch)
}

// Again returns the checkpoint, without a position, of a stream that begins again wherever: grants are those in force. What they and former
// ones wrote stays where it is.
func (c Checkpoint) Again(grants []tasks.Lease) Checkpoint {
	again := Checkpoint{Connector: c.Connector, Stream: c.Stream, Epoch: c.Epoch, Reach: max(c.Reach, c.Position)}
	written := slices.Clone(c.Done)
	for i := range grants {
		again.Epoch = max(again.Epoch, grants[i].Epoch)
		written = append(written, Interval{grants[i].Slice.From, grants[i].Slice.To})
	}
	again.Seams = slices.Clone(c.Seams)
	for _, w := range written {
		again.Reach = max(again.Reach, w.To)
		again.Seams = append(again.Seams, w.From)
	}
	slices.Sort(again.Seams)
	again.Seams = slices.Compact(again.Seams)
	return again
}

// Observation is what was seen of a stream.
type Observation struct {
	// Connector is whose stream it is.
	Connector string
	Stream    tasks.Stream
	TopicID   tasks.TopicID
	// Task is whose stream it is, where the connector's streams are dealt.
	Task int
	// LogStart and End bound a partition's log: the first offset that retention has left, the first one not yet readable.
	LogStart, End int64
	// Since is the position that a source's observation was made from; one made from another than the present is old.
	Since tasks.Position
	// Until and Pending are a source split's end and the bytes before it; OffsetPartition and OffsetsFrom say where the
	// split's key lives in the offset topic and how far that was read.
	Until           tasks.Position
	Pending         int64
	OffsetPartition int32
	OffsetsFrom     int64
}

// State is all that the planner knows.
type State struct {
	// Template holds what every lease carries: worker properties, brokers, group, topics.
	Template tasks.Lease

	limits     Limits
	connectors map[string]*connector
	order      []string // the connectors' names, sorted: iteration never depends on map order
	turn       int      // whose turn it is, an index of order
	live       int
	held       bool
	once       bool
	rate       bucket
	purse      purse
	left       map[string][]Checkpoint // where the streams of connectors stand that are not known (any more)
	timers     timers
	out        []Action // what folding has brought up, for the next Next
}

// NewState returns a state without connectors.
func NewState(template tasks.Lease, limits Limits) *State {
	limits = limits.withDefaults()
	template.Version = tasks.WireVersion
	template.TTL = limits.TTL.Milliseconds()
	return &State{Template: template, limits: limits, connectors: map[string]*connector{}, left: map[string][]Checkpoint{}}
}

type connector struct {
	spec    ConnectorSpec
	removed bool
	streams map[tasks.Stream]*stream
	ready   []*stream // in the order in which they became worth a look
	failed  map[int]failure
	// restarts counts those that tasks made by themselves since they last got on.
	restarts map[int]int
	live     int
	counts   tasks.Counts
	results  int64 // that counted
}

// stream is a lane of one connector. What lies between its position and its head is done, or part of a slice that was cut.
type stream struct {
	c  *connector
	id tasks.Stream

	at       Checkpoint
	seen     Observation
	observed bool
	placed   bool // the position is known, not only assumed
	guessed  bool // it was placed by a grant that was taken over, without a checkpoint
	// need is the observed end from which a slice at the position may finish a file: an exact lower bound, so that a log filled with
	// gaps and markers causes no busy loop.
	need int64
	// waiting is when data behind the head was first seen.
	waiting time.Time

	// grants are the slices that were cut and are not done, in their order.
	grants []*grant
	// repeated is the last slice of a source whose records do not move its position, such as heartbeats: it is done until
	// another end is seen.
	repeated tasks.Slice
	// trouble is what the next slice at the head inherits.
	trouble trouble
	bytes   float64 // learned, per offset

	queued bool
	look   time.Time // when it is to be looked at again without an event; zero for never
	wake   time.Time // the timer that counts; others of this stream in the heap are old
}

// firstGuess is the bytes per offset of a stream of which nothing was read yet.
const firstGuess = 1024

func (c *connector) tasks() int { return max(1, c.spec.Tasks) }

// task is the number of the stream's task: dealt by the connector, or spread, the same way each time.
func (s *stream) task() int {
	n := s.c.tasks()
	if s.c.spec.Dealt {
		return min(s.seen.Task, n-1)
	}
	h := uint32(2166136261) // FNV-1a, so that one-partition topics do not all fall to task 0
	for _, part := range [...]string{s.id.Topic, s.id.Split} {
		for i := range len(part) {
			h = (h ^ uint32(part[i])) * 16777619
		}
	}
	return int((h%1024 + uint32(s.id.Partition)) % uint32(n))
}

// stream returns the connector's stream, made when it is new.
func (c *connector) stream(id tasks.Stream) *stream {
	s := c.streams[id]
	if s == nil {
		s = &stream{c: c, id: id, bytes: firstGuess, at: Checkpoint{Connector: c.spec.Name, Stream: id, Epoch: ungranted}}
		s.need = s.neededEnd()
		c.streams[id] = s
	}
	return s
}

// neededEnd returns the log end from which a slice can finish a file, after what the last result read.
func (s *stream) neededEnd() int64 {
	flush := max(1, s.c.spec.Cut.FlushSize)
	if s.at.ReadTo <= s.at.Position || s.at.ConfigVersion != s.c.spec.ConfigVersion {
		return s.at.Position + flush
	}
	return s.at.ReadTo + max(1, flush-s.at.TailFiled)
}
