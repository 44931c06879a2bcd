package object

import (
	"context"
	"fmt"

	"github.com/mayfly-connect/mayfly/tasks"
)

// belongs refuses a record that a transform has sent elsewhere: object names come from the consumed topic-partition, as in
// the Java sinks.
func (w *Writer) belongs(r *tasks.Record) error {
	s := w.task.Slice.Stream
	if r.Topic == s.Topic && r.Partition == s.Partition {
		return nil
	}
	return tasks.Fatal(tasks.NewException(tasks.ConnectException, "No writer found for topic partition %s-%d. The record's topic-partition "+
		"does not match any assigned partitions. Assigned partitions: [%s-%d]. Connector %s, record %s: object sinks do not "+
		"take records whose topic a transform has changed; remove that step from transforms",
		r.Topic, r.Partition, s.Topic, s.Partition, w.task.Connector, coordinates(r)))
}

func coordinates(r *tasks.Record) string {
	return fmt.Sprintf("%s/%d at offset %d", r.Raw.Topic, r.Raw.Partition, r.Raw.Offset)
}

// refuse gives a bad record to the error handling, where there is one. If that stops the stream here, files that end with
// the slice end before the record: which one that is, the slice and the configuration decide.
func (w *Writer) refuse(ctx context.Context, r *tasks.Record, err error) error {
	stop := w.stop(r, err)
	if stop != nil && w.settings.Whole != nil {
		if err := w.finish(ctx); err != nil {
			return err
		}
	}
	return stop
}

// stop returns what ends the stream at a bad record; nil when the error handling has taken it.
func (w *Writer) stop(r *tasks.Record, err error) error {
	if !w.settings.Unheard {
		return w.task.Report(r, err)
	}
	return tasks.Fatal(tasks.NewException(tasks.ConnectException, "%s: %s. Connector %s, record %s: set "+
		"errors.deadletterqueue.topic.name to make dead letters of such records", tasks.AsException(err).Class, err, w.task.Connector,
		coordinates(r)).WithCause(err))
}

func (w *Writer) null(r *tasks.Record) error {
	switch {
	case w.settings.Nulls != IgnoreNull:
		return tasks.Fatal(tasks.NewException(tasks.ConnectException, "Null valued records are not writeable with current behavior.on.null.values "+
			"'settings. Connector %s, record %s: set behavior.on.null.values=ignore to pass over records without a value",
			w.task.Connector, coordinates(r)))
	case w.settings.ReportNulls:
		return w.task.Report(r, tasks.DataException("Skipping null value record."))
	}
	w.nulls++
	return nil
}
