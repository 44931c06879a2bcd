package deadletter

import (
	"cmp"
	"slices"
	"time"
)

// Sample is how many places a group names.
const samples = 3

// Group is the letters of a topic that failed for the same reason.
type Group struct {
	Cluster   string    `json:"cluster,omitempty"`
	Topic     string    `json:"topic"`
	Connector string    `json:"connector"`
	Stage     string    `json:"stage"`
	Class     string    `json:"exception"`
	Message   string    `json:"message"`
	Count     int64     `json:"count"`
	First     time.Time `json:"first"`
	Last      time.Time `json:"last"`
	Samples   []Place   `json:"samples"`
}

// Place is a letter's place and its record's.
type Place struct {
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Origin    string `json:"origin,omitempty"`
}

type reason struct{ cluster, topic, connector, stage, class, message string }

// Groups gathers letters by topic, connector, stage and exception.
type Groups struct{ by map[reason]*Group }

// Add counts a letter.
func (g *Groups) Add(l *Letter) {
	c := &l.Context
	key := reason{l.Cluster, l.Topic, c.Connector, c.Stage, c.Class, c.Message}
	have := g.by[key]
	if have == nil {
		have = &Group{Cluster: l.Cluster, Topic: l.Topic, Connector: c.Connector, Stage: c.Stage, Class: c.Class, Message: c.Message, First: l.Time, Last: l.Time}
		if g.by == nil {
			g.by = map[reason]*Group{}
		}
		g.by[key] = have
	}
	have.Count++
	if l.Time.Before(have.First) {
		have.First = l.Time
	}
	if l.Time.After(have.Last) {
		have.Last = l.Time
	}
	if len(have.Samples) < samples {
		p := Place{Partition: l.Partition, Offset: l.Offset}
		if c.Origin.Topic != "" {
			p.Origin = c.Origin.String()
		}
		have.Samples = append(have.Samples, p)
	}
}

// Sorted returns the groups, by topic and connector, the largest first.
func (g *Groups) Sorted() []Group {
	out := make([]Group, 0, len(g.by))
	for _, have := range g.by {
		out = append(out, *have)
	}
	slices.SortFunc(out, func(a, b Group) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Connector, b.Connector), cmp.Compare(b.Count, a.Count),
			cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Class, b.Class), cmp.Compare(a.Message, b.Message))
	})
	return out
}
