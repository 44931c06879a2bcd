package file

import "github.com/mayfly-connect/mayfly/tasks"

const keyFile = "file"

func configDef() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: keyFile, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.High,
			Doc: "The file that is appended to. Without it, records go to the standard output."},
	}
}
