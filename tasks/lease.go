package tasks

import (
	"fmt"
	"time"
)

// WireVersion is the version of the lease and result format. A reader accepts its own version and older ones, and ignores
// fields that it does not know.
const WireVersion = 1

// ConnectorKind tells sinks from sources, in Connect's words.
type ConnectorKind string

// The kinds of connector.
const (
	SinkKind   ConnectorKind = "sink"
	SourceKind ConnectorKind = "source"
)

// Lease is the right to run one slice until a deadline, under an epoch and a configuration version. It carries all that an
// executor needs but secrets, which the executor resolves itself (I1: a re-grant repeats slice, configuration and plan
// time; only epoch and attempt change).
type Lease struct {
	Version   int           `json:"version"`
	ID        string        `json:"id"`
	Connector string        `json:"connector"`
	Task      int           `json:"task"`
	Kind      ConnectorKind `json:"kind"`
	Slice     Slice         `json:"slice"`
	// Lane tells the slices of a stream apart that are in flight at once: a small number, that of the slice from its cut to its end.
	// Attempts on a lane fence each other, those on others do not.
	Lane int `json:"lane,omitempty"`
	// Epoch is the fencing token: the offset of the grant entry in the lease topic; larger is newer.
	Epoch int64 `json:"epoch"`
	// Attempt counts grants of this slice, from 1.
	Attempt int `json:"attempt"`
	// PlanTime is the time of the first grant in ms since the epoch; the only clock that output may depend on (I6).
	PlanTime int64 `json:"planTime"`
	// TTL is how long the executor may work, in ms from its own start.
	TTL int64 `json:"ttlMs"`
	// ConfigVersion is the offset of the connector's record in the config topic, or 0 when there is none.
	ConfigVersion int64 `json:"configVersion"`
	// Config is the connector's configuration as submitted, placeholders unresolved. Empty when ConfigTopic is set.
	Config map[string]string `json:"config,omitempty"`
	// ConfigTopic says to read the configuration from this topic at offset ConfigVersion, because it is too large for an
	// invitation or holds a secret.
	ConfigTopic string `json:"configTopic,omitempty"`
	// Worker holds the worker properties that records depend on (converters), without secrets.
	Worker map[string]string `json:"worker,omitempty"`
	// Bootstrap is the list of Kafka brokers, host:port.
	Bootstrap []string `json:"bootstrap"`
	// GroupID is the Connect cluster's group.id; transactional ids derive from it.
	GroupID string `json:"groupId"`
	// ResultTopic takes results and progress; ResultsFrom is its end offset when the slice was first granted, from where a
	// re-run looks for the result of an earlier attempt.
	ResultTopic string `json:"resultTopic"`
	ResultsFrom int64  `json:"resultsFrom,omitempty"`
	// OffsetTopic takes source offsets; OffsetPartition is where this split's key lives, and OffsetsFrom the offset up to
	// which the coordinator had read it.
	OffsetTopic     string `json:"offsetTopic,omitempty"`
	OffsetPartition int32  `json:"offsetPartition,omitempty"`
	OffsetsFrom     int64  `json:"offsetsFrom,omitempty"`
	// FailingSince is when that failed first which the attempt before was still retrying at its end, in ms since the epoch, for
	// retries that outlast a lease; 0 for nothing.
	FailingSince int64 `json:"failingSinceMs,omitempty"`
	// TraceParent is the trace to which this attempt belongs, as W3C's Trace Context writes it; empty when nothing is traced.
	// It is not stored with the grant: nothing depends on it.
	TraceParent string `json:"traceParent,omitempty"`
}

// Check returns an error that names the first field which cannot be right.
func (l *Lease) Check() error {
	bad := func(field string, v any) error { return fmt.Errorf("%s cannot be %v", field, v) }
	_, topicID := l.Slice.TopicID.Bytes()
	switch {
	case topicID != nil:
		return fmt.Errorf("slice.topicId: %w", topicID)
	case l.Version < 1 || l.Version > WireVersion:
		return bad("version", l.Version)
	case l.Connector == "":
		return bad("connector", `""`)
	case l.Kind != SinkKind && l.Kind != SourceKind:
		return bad("kind", fmt.Sprintf("%q", l.Kind))
	case l.Kind == SinkKind && l.Slice.Stream.Topic == "":
		return bad("slice.stream.topic", `""`)
	case l.Slice.Stream.Partition < 0:
		return bad("slice.stream.partition", l.Slice.Stream.Partition)
	case l.Kind == SourceKind && l.Slice.Stream.Split == "":
		return bad("slice.stream.split", `""`)
	case l.Kind == SinkKind && (l.Slice.From < 0 || l.Slice.To < l.Slice.From):
		return bad("slice", fmt.Sprintf("[%d,%d)", l.Slice.From, l.Slice.To))
	case l.Lane < 0:
		return bad("lane", l.Lane)
	case l.TTL <= 0:
		return bad("ttlMs", l.TTL)
	case len(l.Bootstrap) == 0:
		return bad("bootstrap", "empty")
	case l.ResultTopic == "":
		return bad("resultTopic", `""`)
	case l.Config == nil && l.ConfigTopic == "":
		return bad("config", "absent while configTopic is absent too")
	}
	return nil
}

// PlanInstant returns the plan time.
func (l *Lease) PlanInstant() time.Time { return time.UnixMilli(l.PlanTime).UTC() }
