package vectors_test

import (
	"errors"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

var errNotBuilt = errors.New("not built")

// javaTransforms is how many transforms Kafka has, each with its Key and Value variants counted as one.
const javaTransforms = 16

// notBuilt tells a class that Mayfly does not have yet from a name that no class has. While transforms are missing, a
// name that is not found says nothing.
func notBuilt(part string, err error) bool {
	e := tasks.AsException(err)
	if e.Class != "java.lang.ClassNotFoundException" {
		return false
	}
	if strings.HasPrefix(part, "transforms.") {
		return !known(e.Error()) && !complete()
	}
	return strings.HasPrefix(e.Error(), "io.confluent.")
}

// known reports whether a transform or predicate has the name, or variants of it.
func known(class string) bool {
	return slices.ContainsFunc(transform.Plugins(), func(p tasks.Plugin) bool {
		return slices.Contains(p.Names(), class) || strings.HasPrefix(p.Class, class+"$")
	})
}

// complete reports whether no transform is missing.
func complete() bool {
	names := map[string]bool{}
	for _, p := range transform.Plugins() {
		if p.Type == tasks.TransformationPluginType {
			name, _, _ := strings.Cut(p.Class, "$")
			names[name] = true
		}
	}
	return len(names) >= javaTransforms
}
