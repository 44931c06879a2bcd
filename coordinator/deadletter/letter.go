package deadletter

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// The beginnings of the names of headers that say what happened to a record: Connect's, and ours of a source's letters.
const (
	contextPrefix = "__connect.errors."
	sourcePrefix  = "mayfly.source."
)

// Letter is one dead letter.
type Letter struct {
	// Topic, Partition and Offset are where the letter lies, Time is that of the record that failed. Cluster is the name of the
	// topic's cluster when that is not the connectors' own.
	Cluster   string
	Topic     string
	Partition int32
	Offset    int64
	Time      time.Time
	// Key and Value are those of the record that failed, Headers its own. Nil is null.
	Key, Value []byte
	Headers    []kgo.RecordHeader
	Context    Context
}

// Context is what a letter's context headers say. All of it is empty when the connector does not write them
// (errors.deadletterqueue.context.headers.enable).
type Context struct {
	Origin Origin
	// Split and Position are where a source read it, as JSON; empty for a sink's letters.
	Split, Position string
	// Connector and Task ran it; Stage and Step are the step that failed and its class.
	Connector, Task, Stage, Step string
	// Class, Message and Trace are the exception's.
	Class, Message, Trace string
}

// Origin is where the record that failed was read. Topic is empty when that is not known.
type Origin struct {
	Topic     string
	Partition int32
	Offset    int64
}

// String returns orders/3 at offset 17.
func (o Origin) String() string {
	if o.Topic == "" {
		return "an unknown place"
	}
	return o.Topic + "/" + strconv.Itoa(int(o.Partition)) + " at offset " + strconv.FormatInt(o.Offset, 10)
}

// Parse reads a record of a dead letter topic. It aliases the record.
func Parse(r *kgo.Record) Letter {
	l := Letter{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Time: r.Timestamp, Key: r.Key, Value: r.Value}
	said := map[string]string{}
	// The context stands behind the record's own headers. A record that was a dead letter before has older ones of the same
	// names among its own: only the last of each is this letter's.
	for i, h := range slices.Backward(r.Headers) {
		name, ok := strings.CutPrefix(h.Key, contextPrefix)
		if !ok && strings.HasPrefix(h.Key, sourcePrefix) {
			name, ok = h.Key, true
		}
		if _, before := said[name]; ok && !before {
			said[name] = string(r.Headers[i].Value)
			continue
		}
		l.Headers = append(l.Headers, h)
	}
	slices.Reverse(l.Headers)
	l.Context = Context{Split: said[sourcePrefix+"partition"], Position: said[sourcePrefix+"offset"], Connector: said["connector.name"], Task: said["task.id"], Stage: said["stage"], Step: said["class.name"],
		Class: said["exception.class.name"], Message: said["exception.message"], Trace: said["exception.stacktrace"]}
	partition, badPartition := strconv.ParseInt(said["partition"], 10, 32)
	offset, badOffset := strconv.ParseInt(said["offset"], 10, 64)
	if badPartition == nil && badOffset == nil {
		l.Context.Origin = Origin{said["topic"], int32(partition), offset}
	}
	return l
}

// Cause is the first line of the trace, or what there is instead of it.
func (c Context) Cause() string {
	line, _, _ := strings.Cut(c.Trace, "\n")
	switch {
	case line != "":
		return strings.TrimRight(line, "\r")
	case c.Message != "":
		return c.Class + ": " + c.Message
	}
	return c.Class
}

// Reasons are the causes that the trace names, from the outermost; mostly they say more than the exception itself.
func (c Context) Reasons() (out []string) {
	for line := range strings.Lines(c.Trace) {
		if reason, ok := strings.CutPrefix(line, "Caused by: "); ok {
			out = append(out, strings.TrimSpace(reason))
		}
	}
	return out
}
