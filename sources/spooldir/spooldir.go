// Package spooldir is the SpoolDir source connectors for CSV and JSON: each file that appears in a directory is a split,
// each of its rows a record. The source partition is {"fileName":"x.csv"}; the position holds the byte offset behind a row
// and a fingerprint of the file's beginning, by which another file under the same name is noticed.
package spooldir

import (
	"context"

	"github.com/mayfly-connect/mayfly/tasks"
)

// The connectors' classes.
const (
	csvClass        = "com.github.jcustenborder.kafka.connect.spooldir.SpoolDirCsvSourceConnector"
	jsonClass       = "com.github.jcustenborder.kafka.connect.spooldir.SpoolDirJsonSourceConnector"
	schemalessClass = "com.github.jcustenborder.kafka.connect.spooldir.SpoolDirSchemaLessJsonSourceConnector"
)

// Plugins describes the connectors.
func Plugins() []tasks.SourcePlugin {
	return []tasks.SourcePlugin{
		plugin(csvClass, "rows of CSV files in a directory", csvKeys(), newCSV),
		plugin(jsonClass, "JSON objects with a schema in files of a directory", jsonKeys(), newJSON),
		plugin(schemalessClass, "JSON values as text in files of a directory", commonKeys(), newSchemaless),
	}
}

func plugin(class, title string, def tasks.ConfigDef, make func(tasks.Config) (format, error)) tasks.SourcePlugin {
	open := func(c tasks.Config) (*Source, error) {
		s, err := settingsOf(c)
		if err != nil {
			return nil, err
		}
		f, err := make(c)
		if err != nil {
			return nil, err
		}
		return &Source{settings: s, format: f}, nil
	}
	return tasks.SourcePlugin{
		Plugin: tasks.Plugin{Class: class, Type: tasks.SourcePluginType, Version: "2.0.65", Title: title, Config: def},
		Family: tasks.CoreFamily,
		Validate: func(c tasks.Config) []tasks.ConfigError {
			if _, err := open(c); err != nil {
				return []tasks.ConfigError{asConfigError(err)}
			}
			return nil
		},
		New: func(_ context.Context, c tasks.Config) (tasks.Source, error) {
			s, err := open(c)
			if err != nil {
				return nil, tasks.Fatal(err)
			}
			return s, nil
		},
	}
}

// format is how the rows of a file are told apart and read.
type format interface {
	// begin looks at a file's beginning (names of columns) and returns how to read its rows and where they start.
	begin(w window) (rows, int64, error)
	// end returns the offset behind the last row among the bytes [0, size) of a file; blanks behind it are no row.
	end(f readerAt, size int64) (int64, error)
	// resume returns what is wrong when rows are read on from offset, where earlier ones ended.
	resume(f readerAt, offset, until int64) error
}

// rows reads the rows of one file, one after the other.
type rows interface {
	// next reads the row at the window's start into r and moves the window behind it. It returns io.EOF when there is none.
	// A *rowError is the fault of the row, and leaves the window before it.
	next(w window, a *tasks.Arena, r *tasks.Record) error
}
