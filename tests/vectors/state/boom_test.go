package state_test

import (
	"strconv"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

// boom is the recorder's transform rec.Boom, which throws on records whose value is match (each one without it): what, kind says,
// with the message msg; for the first so many of them, or each one, times says.
func boom() transform.Factory {
	text := func(name, def string) tasks.ConfigKey {
		return tasks.ConfigKey{Name: name, Type: tasks.TypeString, Default: tasks.DefaultTo(def), Importance: tasks.Low}
	}
	return transform.Factory{
		Plugin: tasks.Plugin{Class: "rec.Boom", Type: tasks.TransformationPluginType,
			Config: tasks.ConfigDef{text("kind", "data"), text("msg", "boom"), text("match", ""), text("times", "-1")}},
		New: func(c tasks.Config) (transform.Transformation, error) {
			times, err := strconv.Atoi(c.String("times"))
			return &boomTransform{kind: c.String("kind"), message: c.String("msg"), match: c.String("match"), left: times}, err
		},
	}
}

type boomTransform struct {
	kind, message, match string
	left                 int // negative for ever
}

func (b *boomTransform) Apply(_ *tasks.Arena, r *tasks.Record) (keep bool, err error) {
	if b.match != "" && (r.Value.Kind() != tasks.KindString || r.Value.Str() != b.match) || b.left == 0 {
		return true, nil
	}
	if b.left > 0 {
		b.left--
	}
	switch b.kind {
	case "retriable":
		return false, tasks.Retriable(tasks.NewException(tasks.RetriableExceptionName, "%s", b.message))
	case "runtime":
		return false, tasks.NewException("java.lang.RuntimeException", "%s", b.message)
	case "npe":
		return false, &tasks.Exception{Class: "java.lang.NullPointerException"}
	}
	return false, tasks.DataException("%s", b.message)
}
