package connector

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javahash"
)

// unknownClass is Connect's text for a class that no connector has, with a hint when a name is near.
func unknownClass(class string, plugins tasks.Plugins) string {
	var known, names []string
	add := func(p tasks.Plugin) {
		known = append(known, fmt.Sprintf("PluginDesc{klass=class %s, name='%[1]s', version='%s', encodedVersion=%[2]s, type=%s, typeName='%[3]s', location='classpath'}",
			p.Class, p.Version, p.Type))
		names = append(names, p.Names()...)
	}
	for _, s := range plugins.Sinks {
		add(s.Plugin)
	}
	for _, s := range plugins.Sources {
		add(s.Plugin)
	}
	text := fmt.Sprintf("Failed to find any class that implements Connector and which name matches %s, available connectors are: %s",
		class, strings.Join(known, ", "))
	if near := Nearest(class, names); len(near) > 0 {
		text += ". Did you mean " + strings.Join(near, " or ") + "?"
	}
	return text
}

// javaMap writes properties as a Java HashMap prints itself: {a=1, b=2}, in the order of its buckets. Nothing is masked,
// as in Connect: the text goes to the one who may read the configuration anyway.
func javaMap(props map[string]string) string {
	size := 1 // As a copy of a map gets: the next power of two, with a quarter left free.
	for size < len(props)*4/3+1 {
		size *= 2
	}
	keys := make([]string, 0, len(props))
	for k := range props {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(bucket(a, size)-bucket(b, size), strings.Compare(a, b)) })
	for i, k := range keys {
		keys[i] = k + "=" + props[k]
	}
	return "{" + strings.Join(keys, ", ") + "}"
}

// bucket is the place of a key in a Java HashMap of a size.
func bucket(key string, size int) int { return javahash.Bucket(javahash.String(key), size) }
