package connector

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

// aliases adds the keys of the transforms or predicates that a configuration names: class and version, then the plugin's own
// in the order in which Kafka's ConfigDef.embed brings them.
func (v Validator) aliases(r *Report, props map[string]string, list, title string, t tasks.PluginType) {
	seen := map[string]bool{}
	for _, alias := range tasks.SplitList(props[list]) {
		if alias == "" || seen[alias] {
			continue
		}
		seen[alias] = true
		prefix := list + "." + alias + "."
		group := strings.ToUpper(list[:1]) + list[1:] + ": " + alias
		p, found := v.find(t, strings.TrimSpace(props[prefix+"type"]))
		add := func(k tasks.ConfigKey) {
			if k.DisplayName == "" {
				k.DisplayName = k.Name
			}
			r.Order[prefix+k.Name] = len(r.Def)
			k.Name, k.Group = prefix+k.Name, group
			r.Def = append(r.Def, k)
		}
		first := len(r.Def)
		add(tasks.ConfigKey{Name: "type", Type: tasks.TypeClass, Importance: tasks.High, Width: tasks.WidthLong, Recommended: names(v.of(t)),
			DisplayName: title + " type for " + alias, Doc: "The class of '" + alias + "'."})
		version := tasks.ConfigKey{Name: "plugin.version", Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.High,
			Width: tasks.WidthLong, DisplayName: title + " version for " + alias, Doc: "The version of '" + alias + "'; the installed one when absent."}
		if found && p.Version != "" {
			version.Default, version.Recommended = tasks.DefaultTo(p.Version), []string{p.Version}
		}
		add(version)
		if found {
			r.Values[prefix+"type"] = p.Class
			for _, k := range embedded(p.Config, t) {
				add(k)
			}
		} else if other, ok := v.otherwise(props[prefix+"type"]); ok {
			r.Values[prefix+"type"] = other
		}
		for _, k := range r.Def[first:] {
			r.Order[k.Name] -= first
		}
	}
}

// noPlugin words the error of a class that is known, but not as what it is used for.
func (v Validator) noPlugin(e tasks.ConfigError, props map[string]string) tasks.ConfigError {
	class := props[e.Key]
	if !strings.HasSuffix(e.Key, ".type") || !strings.HasSuffix(e.Message, " could not be found.") {
		return e
	}
	known := slices.ContainsFunc(v.Others, func(p tasks.Plugin) bool { return p.Class == class })
	if !known && !ofJava(class) {
		return e
	}
	what := "Transformation"
	if strings.HasPrefix(e.Key, "predicates.") {
		what = "Predicate"
	}
	e.Message = "Class class " + class + " does not implement the " + what + " interface"
	return e
}

// otherwise is the class that a name means when it is none of a transform or predicate: another plugin's, or the outer class
// of a pair for keys and values.
func (v Validator) otherwise(class string) (string, bool) {
	for _, p := range v.Others {
		if slices.Contains(p.Names(), class) {
			return p.Class, true
		}
		if outer, _, ok := strings.Cut(p.Class, "$"); ok && outer == class {
			return outer, true
		}
	}
	return class, ofJava(class)
}

// embedded sorts a plugin's keys, with those that Connect adds to transforms: without a default first, then by importance and
// name.
func embedded(def tasks.ConfigDef, t tasks.PluginType) tasks.ConfigDef {
	out := slices.Clone(def)
	if t == tasks.TransformationPluginType {
		out = append(out, transform.FrameworkKeys()...)
	}
	required := func(k tasks.ConfigKey) int {
		if k.Required() {
			return 0
		}
		return 1
	}
	rank := []tasks.Importance{tasks.High, tasks.Medium, tasks.Low}
	slices.SortStableFunc(out, func(a, b tasks.ConfigKey) int {
		return cmp.Or(required(a)-required(b), slices.Index(rank, a.Importance)-slices.Index(rank, b.Importance), strings.Compare(a.Name, b.Name))
	})
	return out
}
