package connector

import (
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Validator checks connector configurations as one worker does. It is pure but for what its functions do; safe for
// concurrent use.
type Validator struct {
	Plugins tasks.Plugins
	// Others are the transforms, predicates and converters that are installed.
	Others []tasks.Plugin
	// Transforms checks the keys of transforms and predicates; nil for no checks.
	Transforms func(map[string]string) []tasks.ConfigError
	// Defaults are what the worker's own configuration gives to keys that a connector leaves out (key.converter, say).
	Defaults map[string]string
	// Policy says which settings of Kafka's clients a connector may override.
	Policy Policy
	// WorkerGroup is the worker's own group, which no sink may use; empty for none.
	WorkerGroup string
	// ExactlyOnce says that the worker has exactly.once.source.support enabled.
	ExactlyOnce bool
}

// Validate checks a whole connector configuration and returns every mistake. An error is one at which Connect's own validation
// breaks off: an override that cannot be read.
func (v Validator) Validate(props map[string]string) (Report, error) {
	r := Report{Class: props[ClassKey], Values: map[string]string{}, Order: map[string]int{}, Hidden: map[string]bool{}}
	if _, ok := props[ClassKey]; !ok {
		r.ClassError = "Connector config " + javaMap(props) + " contains no connector type"
		return r, nil
	}
	sink, isSink := v.Plugins.Sink(r.Class)
	source, isSource := v.Plugins.Source(r.Class)
	var own func(tasks.Config) []tasks.ConfigError
	switch {
	case isSink:
		r.Kind, r.Plugin, r.Def, own = tasks.SinkKind, sink.Plugin, SinkDef(), sink.Validate
	case isSource:
		r.Kind, r.Plugin, r.Def, own = tasks.SourceKind, source.Plugin, SourceDef(), source.Validate
	default:
		r.ClassError = unknownClass(r.Class, v.Plugins)
		return r, nil
	}
	if errs := installed(r.Plugin, props); len(errs) > 0 { // Connect can tell nothing of the connector then
		r.Def = Common()
		for _, c := range converterKinds {
			r.Hidden[c.key+".plugin.version"] = true
		}
		for i := range r.Def {
			if k := &r.Def[i]; k.Name == VersionKey {
				k.Default, k.Recommended = tasks.DefaultTo(r.Plugin.Version), []string{r.Plugin.Version}
			}
		}
		r.Errors = append(r.Def.Validate(props, ""), errs...)
		r.sort()
		return r, nil
	}
	framework, _ := r.Def.Parse(props)
	for _, k := range r.Plugin.Config {
		if _, ok := r.Def.Key(k.Name); !ok {
			r.Def = append(r.Def, k)
		}
	}
	r.Def = append(append(r.Def, used(RestartDef(), props)...), used(OrderDef(), props)...)
	if r.Plugin.Inherits {
		r.hideVersions(props)
	} else {
		v.installedHere(&r, props)
	}
	r.Errors = r.Def.Validate(props, "")
	if r.Kind == tasks.SinkKind {
		r.Errors = append(r.Errors, topics(framework)...)
		r.Errors = append(r.Errors, v.group(props)...)
	} else {
		r.Errors = append(r.Errors, v.exactlyOnce(framework, source, props)...)
	}
	v.aliases(&r, props, "transforms", "Transformation", tasks.TransformationPluginType)
	v.aliases(&r, props, "predicates", "Predicate", tasks.PredicatePluginType)
	if v.Transforms != nil {
		for _, e := range v.Transforms(props) {
			if !slices.Contains(r.Errors, e) {
				r.Errors = append(r.Errors, v.noPlugin(e, props))
			}
		}
	}
	v.converters(&r, props)
	if err := v.overrides(&r, props); err != nil {
		return r, err
	}
	r.Errors = append(r.Errors, r.order(sink, props)...)
	// A plugin's own checks read parsed values, which there are only when each of its keys is right.
	if c, errs := r.Plugin.Config.Parse(props); own != nil && len(errs) == 0 {
		for _, e := range own(c) {
			if !slices.Contains(r.Errors, e) {
				r.Errors = append(r.Errors, e)
			}
		}
	}
	r.sort()
	return r, nil
}

// group refuses a sink whose consumers would join the worker's own group.
func (v Validator) group(props map[string]string) []tasks.ConfigError {
	group := "connect-" + props[NameKey]
	if g, ok := props["consumer.override.group.id"]; ok {
		group = g
	}
	if v.WorkerGroup == "" || group != v.WorkerGroup {
		return nil
	}
	return []tasks.ConfigError{{Key: NameKey, Message: "Consumer group for sink connector named " + props[NameKey] +
		" conflicts with Connect worker group " + v.WorkerGroup}}
}

func (v Validator) exactlyOnce(c tasks.Config, source tasks.SourcePlugin, props map[string]string) (errs []tasks.ConfigError) {
	add := func(key, text string) { errs = append(errs, tasks.ConfigError{Key: key, Message: text}) }
	if strings.EqualFold(c.String("exactly.once.support"), "required") {
		if !v.ExactlyOnce {
			add("exactly.once.support", "This worker does not have exactly-once source support enabled.")
		}
		switch {
		case source.ExactlyOnce == nil:
			add("exactly.once.support", "The connector does not implement the API required for preflight validation of exactly-once source "+
				"support. Please consult the documentation for the connector to determine whether it supports exactly-once semantics, and then "+
				"consider reconfiguring the connector to use the value \"requested\" for this property (which will disable this preflight check "+
				"and allow the connector to be created).")
		case !source.ExactlyOnce(props):
			add("exactly.once.support", "The connector does not support exactly-once semantics with the provided configuration.")
		}
	}
	if strings.EqualFold(c.String("transaction.boundary"), "connector") {
		add("transaction.boundary", "The connector does not support connector-defined transaction boundaries with the given configuration. "+
			"Please reconfigure it to use a different transaction boundary definition.")
	}
	return errs
}

// of returns the installed plugins of a type, by class.
func (v Validator) of(t tasks.PluginType) []tasks.Plugin {
	var out []tasks.Plugin
	for _, p := range v.Others {
		if p.Type == t {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b tasks.Plugin) int { return strings.Compare(a.Class, b.Class) })
	return out
}

func (v Validator) find(t tasks.PluginType, class string) (tasks.Plugin, bool) {
	for _, p := range v.Others {
		if p.Type == t && slices.Contains(p.Names(), class) {
			return p, true
		}
	}
	return tasks.Plugin{}, false
}

func names(plugins []tasks.Plugin) []string {
	out := make([]string, len(plugins))
	for i, p := range plugins {
		out[i] = p.Class
	}
	return out
}
