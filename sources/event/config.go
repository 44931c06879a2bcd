package event

import (
	"context"
	"errors"
	"slices"

	"github.com/mayfly-connect/mayfly/sources/spooldir"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Class is the connector's class. It is Mayfly's own: Kafka Connect has nothing that events could call.
const Class = "mayfly.EventSourceConnector"

// The configuration keys.
const (
	topicKey     = "topic"
	formatKey    = "format"
	keyFormatKey = "key.format"

	objectFormatKey = "object.format"
)

// The formats of payloads.
const (
	formatString = "string"
	formatBytes  = "bytes"
	formatJSON   = "json"
)

func key(name string, d tasks.Default, check tasks.Check, imp tasks.Importance, doc string) tasks.ConfigKey {
	return tasks.ConfigKey{Name: name, Type: tasks.TypeString, Default: d, Check: check, Importance: imp, Doc: doc, Width: tasks.WidthNone, DisplayName: name}
}

func configDef() tasks.ConfigDef {
	formats := tasks.OneOf(formatString, formatBytes, formatJSON)
	def := tasks.ConfigDef{
		key(topicKey, tasks.Default{}, tasks.NonEmpty, tasks.High, "The topic that takes the records. ${source} in it is the name of what the event came from: a queue, topic, stream or bucket, the last part of a path."),
		key(formatKey, tasks.DefaultTo(formatString), formats, tasks.High, "What a payload is: text (string), bytes, or JSON whose members transforms can see (json). Text that is not UTF-8 and JSON that is not valid are bad records."),
		key(keyFormatKey, tasks.DefaultTo(formatString), formats, tasks.Medium, "The same of keys: a partition key, message group or Kafka key."),
		key(objectFormatKey, tasks.DefaultTo(objectAuto), tasks.OneOf(objectAuto, objectCSV, objectJSON, objectLines, objectWhole, objectNone), tasks.High,
			"What the objects are that events tell of: rows of CSV, JSON values (with value.schema typed, else as format says), lines, a whole object as one record (64 MiB at most), or none to make a record of the event itself and not open the object. By its name: .csv, .json, .jsonl, .ndjson, .txt, .log, each also with .gz (auto)."),
	}
	for _, k := range spooldir.RowKeys() { // as objects mostly are
		switch k.Name {
		case "schema.generation.enabled", "csv.first.row.as.header":
			k.Default = tasks.DefaultTo("true")
		}
		def = append(def, k)
	}
	return def
}

// Plugin describes the connector.
func Plugin() tasks.SourcePlugin {
	return tasks.SourcePlugin{
		Plugin: tasks.Plugin{Class: Class, Type: tasks.SourcePluginType, Version: tasks.ConnectVersion, Title: "events of a platform, to a function", Config: configDef()},
		Family: tasks.CoreFamily,
		Validate: func(c tasks.Config) []tasks.ConfigError {
			if _, err := New(c); err != nil {
				ce, ok := errors.AsType[tasks.ConfigError](err)
				if !ok {
					ce = tasks.ConfigError{Key: formatKey, Message: err.Error()}
				}
				return []tasks.ConfigError{ce}
			}
			return nil
		},
		New: func(_ context.Context, c tasks.Config) (tasks.Source, error) { return idle{}, nil },
	}
}

// idle is the connector in a coordinator: it may be configured there, for functions to find it, and has nothing to do.
type idle struct{}

func (idle) Splits(context.Context, func(string) tasks.Position) ([]tasks.Split, error) {
	return nil, nil
}

func (idle) Open(context.Context, tasks.SourceTask) (tasks.Reader, error) {
	return nil, tasks.Fatal(errors.New("the records of this connector come with events, to a function"))
}

func (idle) Close() error { return nil }

// Is reports whether a connector's class is this one.
func Is(class string) bool { return slices.Contains(Plugin().Names(), class) }
