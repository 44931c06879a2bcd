package tasks

import (
	"encoding/json"
	"fmt"
)

// Outcome says how a lease ended.
type Outcome string

// The outcomes. With each of them, what lies before the result's position is delivered and counts (I5).
const (
	// Done: the slice was run to its end, or as far as finished files and the deadline allow.
	Done Outcome = "done"
	// Failed: stopped by an error; Failure says which and of what kind.
	Failed Outcome = "failed"
)

// Counts is what happened to the records of a slice (I8: Records = Delivered + Filtered + DeadLetters + Tolerated + Tail).
type Counts struct {
	// Records and Bytes were read: records, and the bytes of keys and values.
	Records int64 `json:"records"`
	Bytes   int64 `json:"bytes"`
	// Delivered records are at the destination before Position.
	Delivered int64 `json:"delivered"`
	// Filtered were dropped by the user's own chain, DeadLetters written to the dead letter topic, Tolerated counted and
	// logged under errors.tolerance=all without one.
	Filtered    int64 `json:"filtered,omitempty"`
	DeadLetters int64 `json:"deadLetters,omitempty"`
	Tolerated   int64 `json:"tolerated,omitempty"`
	// Tail records were read and lie at or behind Position: they wait in the log for the next slice. TailFiled is how many
	// of them count toward the open file.
	Tail      int64 `json:"tail,omitempty"`
	TailFiled int64 `json:"tailFiled,omitempty"`
	// Retries is how often a converter or transform was tried again.
	Retries int64 `json:"retries,omitempty"`
	// Expired is how many offsets of the slice retention had deleted before it was read.
	Expired int64 `json:"expired,omitempty"`
	// Objects and Written are what the sink wrote: objects (files, batches) and their bytes. Existed of the objects were at the
	// destination already, with the same content.
	Objects int64 `json:"objects,omitempty"`
	Existed int64 `json:"existed,omitempty"`
	Written int64 `json:"written,omitempty"`
}

// Receipt is one thing that a sink says it wrote, such as an object's name.
type Receipt struct {
	Name    string `json:"name"`
	From    int64  `json:"from"`
	To      int64  `json:"to"`
	Records int64  `json:"records"`
	Bytes   int64  `json:"bytes"`
	// Existed says that the destination held it already, with the same content.
	Existed bool `json:"existed,omitempty"`
}

// MaxReceipts bounds the receipts in one result; Counts.Objects has the full number.
const MaxReceipts = 16

// MaxTopics bounds the topics in one result.
const MaxTopics = 64

// Failure is why a lease failed, for the planner (Kind) and for people (the rest). It never holds a secret.
type Failure struct {
	Kind    string `json:"kind"` // ErrorKind.String
	Class   string `json:"class"`
	Message string `json:"message"`
	// Trace has the shape of a Java stack trace; REST shows it.
	Trace string `json:"trace"`
	// Stage is Connect's name of the step, such as VALUE_CONVERTER; Offset the record's, or -1.
	Stage  string `json:"stage,omitempty"`
	Offset int64  `json:"offset"`
	// Since is when that failed first which was being retried when the lease's time was over, in ms since the epoch.
	Since int64 `json:"sinceMs,omitempty"`
}

// Result is what an executor reports of one lease: once at its end, and as progress about once a second before.
type Result struct {
	Version   int    `json:"version"`
	Lease     string `json:"lease"`
	Connector string `json:"connector"`
	Task      int    `json:"task"`
	Slice     Slice  `json:"slice"`
	Lane      int    `json:"lane,omitempty"`
	Epoch     int64  `json:"epoch"`
	Attempt   int    `json:"attempt"`
	// PlanTime and ConfigVersion are the lease's, which can be made again from the result with them.
	PlanTime      int64 `json:"planTime,omitempty"`
	ConfigVersion int64 `json:"configVersion,omitempty"`
	// Progress marks a report while the lease still runs: only Counts are to be read.
	Progress bool    `json:"progress,omitempty"`
	Outcome  Outcome `json:"outcome,omitempty"`
	// Position is the first offset that is not delivered (sinks), SourcePosition where the source now stands (sources).
	Position       int64    `json:"position"`
	SourcePosition Position `json:"sourcePosition,omitempty"`
	// ReadTo is the first offset that was not looked at; with Position it says what a longer slice would need.
	ReadTo   int64     `json:"readTo"`
	Counts   Counts    `json:"counts"`
	Receipts []Receipt `json:"receipts,omitempty"`
	// Topics are where a source's records went, at most [MaxTopics].
	Topics  []string `json:"topics,omitempty"`
	Failure *Failure `json:"failure,omitempty"`
	// Executor names the one that ran it; DurationMs is from its start to this report.
	Executor   string `json:"executor,omitempty"`
	DurationMs int64  `json:"durationMs"`
	// Started is when it started, in ms since the epoch by the executor's clock; Steps are what it did since.
	Started int64  `json:"startedMs,omitempty"`
	Steps   []Step `json:"steps,omitempty"`
}

// Step is one kind of work of a lease, which may have been done in many parts, with others between them.
type Step struct {
	// Name is fetch, convert, put or finish for sinks; poll, convert or commit for sources.
	Name string `json:"name"`
	// From and To bound it, in microseconds since the lease's start; Busy is what was spent in it, in Parts parts, the longest
	// of which took Longest.
	From    int64 `json:"from"`
	To      int64 `json:"to"`
	Busy    int64 `json:"busy"`
	Parts   int64 `json:"parts"`
	Longest int64 `json:"longest"`
}

// NewResult returns the beginning of a lease's result: nothing read, standing at the slice's start.
func NewResult(l *Lease) Result {
	return Result{Version: WireVersion, Lease: l.ID, Connector: l.Connector, Task: l.Task, Slice: l.Slice, Lane: l.Lane, Epoch: l.Epoch,
		Attempt: l.Attempt, PlanTime: l.PlanTime, ConfigVersion: l.ConfigVersion, Outcome: Done, Position: l.Slice.From, ReadTo: l.Slice.From, SourcePosition: l.Slice.Since}
}

// DecodeResult reads a result from JSON.
func DecodeResult(b []byte) (*Result, error) {
	r := &Result{}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("decode result: %w", err)
	}
	if r.Version < 1 || r.Version > WireVersion {
		return nil, fmt.Errorf("decode result: version %d is not one that this coordinator knows (1 to %d)", r.Version, WireVersion)
	}
	if !r.Progress && r.Outcome != Done && r.Outcome != Failed {
		return nil, fmt.Errorf("decode result of lease %s: outcome cannot be %q", r.Lease, r.Outcome)
	}
	return r, nil
}

// Fail makes r a failed result with what err says, at a stage of Connect's and an offset (-1 for none).
func (r *Result) Fail(err error, stage string, offset int64) {
	e := AsException(err)
	r.Outcome = Failed
	r.Failure = &Failure{Kind: KindOf(err).String(), Class: e.Class, Message: err.Error(), Trace: Trace(err), Stage: stage, Offset: offset}
}
