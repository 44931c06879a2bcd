package file

import "github.com/mayfly-connect/mayfly/tasks"

// The configuration keys.
const (
	fileKey      = "file"
	topicKey     = "topic"
	batchSizeKey = "batch.size"
)

func configDef() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: fileKey, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.High, Width: tasks.WidthNone,
			DisplayName: fileKey, Doc: "Path of the file to read. Needed: standard input cannot be read a second time by a lease."},
		{Name: topicKey, Type: tasks.TypeString, Check: tasks.NonEmpty, Importance: tasks.High, Width: tasks.WidthNone,
			DisplayName: topicKey, Doc: "The topic that takes the lines."},
		{Name: batchSizeKey, Type: tasks.TypeInt, Default: tasks.DefaultTo("2000"), Importance: tasks.Low,
			Width: tasks.WidthNone, DisplayName: batchSizeKey, Doc: "The largest number of lines that are read at once."},
	}
}
