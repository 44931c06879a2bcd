package aiven

import (
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Partitioner groups records into files as Aiven's sinks do. It is a value that many writers share.
type Partitioner struct {
	Names *Names
	// MaxRecords is the number of records after which a file is full; 0 for any.
	MaxRecords int64
	// Schemas begins a new file where the schema of key or value is another.
	Schemas bool
}

var _ object.Partitioner = Partitioner{}

// New returns the grouping of one writer's records.
func (p Partitioner) New(t tasks.SinkTask) object.Placer {
	g := &grouper{Partitioner: p, plan: t.PlanTime, timed: p.Names.timed()}
	g.Ended()
	return g
}

// ReadsValue is false.
func (Partitioner) ReadsValue() bool { return false }

// Timed is false: no rotation goes by time.
func (Partitioner) Timed() bool { return false }

// grouper remembers the head of each lane, the record from whose offset names are made.
type grouper struct {
	Partitioner
	plan  time.Time
	timed bool // names have times
	lanes map[lane]*head
	files map[string]*counted
	// last is where the newest record went; the next one mostly goes there too.
	last struct {
		*head
		*counted
		from int64 // the quarter of an hour that its time is in
	}
	text []byte
}

// lane is what has a head of its own: a topic-partition, or a key in one.
type lane struct {
	topic     string
	partition int32
	key       string
}

type head struct {
	lane
	offset, timestamp int64

	keySchema, valueSchema *tasks.Schema
}

// counted is a file and the number of its records.
type counted struct {
	name    string
	records int64
}

var _ object.Regrouper = (*grouper)(nil)

// Ended forgets all heads: every file has ended.
func (g *grouper) Ended() {
	g.lanes, g.files = map[lane]*head{}, map[string]*counted{}
	g.last.head, g.last.counted = nil, nil
}

// Place returns the name of the object where a record goes.
func (g *grouper) Place(r *tasks.Record) (object.Place, error) {
	grouping := &g.Names.grouping
	if g.Schemas && !grouping.latest && (r.KeySchema == nil || r.ValueSchema == nil) {
		return object.Place{}, tasks.NewException("org.apache.kafka.connect.errors.SchemaProjectorException", "Record must have schemas for key and value")
	}
	at, err := g.moment(r)
	if err != nil {
		return object.Place{}, err
	}
	l := lane{topic: r.Topic, partition: r.Partition}
	if grouping.byKey {
		l.key = keyText(r)
	} else if g.again(r, l, at) {
		g.last.records++
		return object.Place{Dir: g.last.name}, nil
	}
	h := g.lanes[l]
	if h == nil || g.Schemas && !grouping.latest && h.changed(r) {
		h = g.behead(r, l)
	}
	f := g.file(r, l, h, at)
	if g.MaxRecords > 0 && !grouping.latest && (f.records == 0 || f.records >= g.MaxRecords) {
		h = g.behead(r, l)
		f = g.file(r, l, h, at)
	}
	f.records++
	g.last.head, g.last.counted, g.last.from = h, f, quarter(at)
	return object.Place{Dir: f.name}, nil
}

// moment is the time that the name of a record's file has; zero where names have none.
func (g *grouper) moment(r *tasks.Record) (time.Time, error) {
	if !g.timed {
		return time.Time{}, nil
	}
	return g.Names.moment(r, g.plan)
}

// quarter numbers the quarters of hours; no zone has hours that begin otherwise.
func quarter(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.Unix() / (15 * 60)
}

// again reports whether a record belongs where the one before went.
func (g *grouper) again(r *tasks.Record, l lane, at time.Time) bool {
	last := &g.last
	return last.head != nil && l == last.head.lane && (g.MaxRecords == 0 || last.records < g.MaxRecords) &&
		(g.Names.atHead || quarter(at) == last.from) && (!g.Schemas || r.KeySchema == last.keySchema && r.ValueSchema == last.valueSchema)
}

// changed reports whether a record has other schemas than its head.
func (h *head) changed(r *tasks.Record) bool {
	if h.keySchema == r.KeySchema && h.valueSchema == r.ValueSchema {
		return false
	}
	if !h.keySchema.Equal(r.KeySchema) || !h.valueSchema.Equal(r.ValueSchema) {
		return true
	}
	h.keySchema, h.valueSchema = r.KeySchema, r.ValueSchema // equal ones: the next records come with them
	return false
}

// behead makes a record the head of its lane.
func (g *grouper) behead(r *tasks.Record, l lane) *head {
	l.topic, l.key = strings.Clone(l.topic), strings.Clone(l.key)
	h := &head{lane: l, offset: r.Offset, timestamp: r.Timestamp, keySchema: r.KeySchema, valueSchema: r.ValueSchema}
	g.lanes[l] = h
	return h
}

func (g *grouper) file(r *tasks.Record, l lane, h *head, at time.Time) *counted {
	if g.Names.atHead && g.Names.event && h.timestamp != tasks.NoTimestamp {
		at = time.UnixMilli(h.timestamp).In(g.Names.zone)
	}
	g.text = g.Names.append(g.text[:0], r, l.key, h.offset, at, g.plan)
	if f := g.files[string(g.text)]; f != nil {
		return f
	}
	f := &counted{name: string(g.text)}
	g.files[f.name] = f
	return f
}
