package tasks

import (
	"errors"
	"fmt"
	"strings"
)

// ErrorKind says what the planner and the executor do about an error.
type ErrorKind uint8

// The kinds of error. Every error that reaches the executor is of one of these; one that says nothing is fatal.
const (
	// KindFatal: the task fails until a person acts.
	KindFatal ErrorKind = iota
	// KindRetriable: the same lease may succeed later; it is granted again after a back-off.
	KindRetriable
	// KindBadRecord: one record cannot be processed; tolerance and the dead letter topic decide.
	KindBadRecord
	// KindStale: the destination stands elsewhere than the lease assumed; its position is adopted.
	KindStale
)

// String returns the kind's name as it stands in results and logs.
func (k ErrorKind) String() string {
	return [...]string{"fatal", "retriable", "bad record", "stale"}[k]
}

// KindOf returns the kind that an error was given by the outermost of [Retriable], [Fatal] and [Stale] around it; an
// [Exception] without one is a bad record, anything else fatal.
func KindOf(err error) ErrorKind {
	if k, ok := errors.AsType[*kinded](err); ok {
		return k.kind
	}
	if _, ok := errors.AsType[*Exception](err); ok {
		return KindBadRecord
	}
	return KindFatal
}

type kinded struct {
	kind ErrorKind
	err  error
}

func (k *kinded) Error() string { return k.err.Error() }
func (k *kinded) Unwrap() error { return k.err }

// Retriable marks an error as one that may pass.
func Retriable(err error) error { return mark(KindRetriable, err) }

// Fatal marks an error as one that only a person can mend.
func Fatal(err error) error { return mark(KindFatal, err) }

// BadRecord marks an error as the fault of one record.
func BadRecord(err error) error { return mark(KindBadRecord, err) }

// Stale marks an error as a lease that the destination has outrun.
func Stale(err error) error { return mark(KindStale, err) }

func mark(k ErrorKind, err error) error {
	if err == nil {
		return nil
	}
	return &kinded{k, err}
}

// Class names of the exceptions that Connect's users see most, in traces and dead letter headers.
const (
	ConnectException       = "org.apache.kafka.connect.errors.ConnectException"
	DataExceptionClass     = "org.apache.kafka.connect.errors.DataException"
	RetriableExceptionName = "org.apache.kafka.connect.errors.RetriableException"
	ConfigExceptionClass   = "org.apache.kafka.common.config.ConfigException"
	SerializationException = "org.apache.kafka.common.errors.SerializationException"
)

// Exception is an error as the Java original names it: class, message, cause. Dead letters, traces and REST show it.
type Exception struct {
	Class string
	// Message is what getMessage returns; nil when it is null.
	Message *string
	// Cause is the next exception of the chain, often an *Exception too; nil for none.
	Cause error
}

// NewException returns an exception of a Java class with a formatted message.
func NewException(class, format string, args ...any) *Exception {
	m := format
	if len(args) > 0 {
		m = fmt.Sprintf(format, args...)
	}
	return &Exception{Class: class, Message: &m}
}

// DataException returns Connect's DataException: the record's data does not fit.
func DataException(format string, args ...any) *Exception {
	return NewException(DataExceptionClass, format, args...)
}

// ConfigException returns Kafka's ConfigException: a configuration value does not fit.
func ConfigException(format string, args ...any) *Exception {
	return NewException(ConfigExceptionClass, format, args...)
}

// WithCause sets the cause and returns e.
func (e *Exception) WithCause(err error) *Exception {
	e.Cause = err
	return e
}

// Error returns the message, or the class when there is none.
func (e *Exception) Error() string {
	if e.Message == nil {
		return e.Class
	}
	return *e.Message
}

// Unwrap returns the cause.
func (e *Exception) Unwrap() error { return e.Cause }

// Trace returns a text in the shape of a Java stack trace: class and message, a frame that says where it comes from, and a
// Caused by for each cause. What an error around an exception adds, such as the record's place, stands in the frame, because
// people and tools know the first line by heart. A dead letter's stack trace header and the REST status show it.
func Trace(err error) string {
	var b strings.Builder
	for prefix := ""; err != nil; prefix = "Caused by: " {
		e := AsException(err)
		b.WriteString(prefix)
		b.WriteString(e.Class)
		text := err.Error()
		if e.Message != nil { // Throwable.toString shows a null message as nothing
			b.WriteString(": " + *e.Message)
		}
		b.WriteString("\n\tat mayfly(executor)")
		if text != e.Error() {
			b.WriteString(": " + text)
		}
		b.WriteString("\n")
		err = e.Cause
	}
	return b.String()
}

// AsException returns the first [Exception] in err's chain, or one of class ConnectException with err's text.
func AsException(err error) *Exception {
	if e, ok := errors.AsType[*Exception](err); ok {
		return e
	}
	return NewException(ConnectException, "%s", err.Error())
}
