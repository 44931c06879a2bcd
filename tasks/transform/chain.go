// Package transform holds the chain of single message transforms that a connector's configuration names, with their
// predicates. It is pure: no clock, no randomness, no I/O. A chain belongs to one batch at a time.
package transform

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Chain is the transforms of a connector, in order. Not safe for concurrent use: it remembers schemas.
type Chain struct{ steps []step }

type step struct {
	alias, class string
	when         predicate // nil for always
	negate       bool
	do           transformer
	values       bool
}

// transformer changes a record in place; keep is false when the record is dropped.
type transformer interface {
	apply(a *tasks.Arena, r *tasks.Record) (keep bool, err error)
}

// ConfigError tells which part of a chain is wrong: transforms.<alias> or predicates.<alias>.
type ConfigError struct {
	Part string
	Err  error
}

func (e *ConfigError) Error() string { return e.Part + ": " + e.Err.Error() }

// Unwrap returns the exception.
func (e *ConfigError) Unwrap() error { return e.Err }

// New builds the chain of a connector's properties, of this package's transforms and extra ones. An error is a *ConfigError
// around a *tasks.Exception.
func New(props map[string]string, kind tasks.ConnectorKind, extra ...Factory) (*Chain, error) {
	c := &Chain{}
	for _, alias := range tasks.SplitList(props["transforms"]) {
		part := "transforms." + alias
		own := tasks.Prefixed(props, part+".")
		e, err := lookup(own["type"], tasks.TransformationPluginType, extra...)
		if err != nil {
			return nil, &ConfigError{part, err}
		}
		s := step{alias: alias, class: e.Class, values: e.values}
		cfg, err := e.parse(own)
		if err == nil {
			s.do, err = e.build(cfg, kind)
		}
		if err != nil {
			return nil, &ConfigError{part, err}
		}
		if name, ok := own["predicate"]; ok {
			s.negate = strings.EqualFold(own["negate"], "true") // Not trimmed, as in Connect, though validation takes it so.
			if s.when, err = newPredicate(props, name); err != nil {
				return nil, &ConfigError{"predicates." + name, err}
			}
		}
		c.steps = append(c.steps, s)
	}
	return c, nil
}

// Apply runs the chain on a record, in place. On an error, step and class name the transform that failed.
func (c *Chain) Apply(a *tasks.Arena, r *tasks.Record) (keep bool, step, class string, err error) {
	for i := range c.steps {
		s := &c.steps[i]
		_, keep, err := s.apply(a, r)
		if err != nil {
			return false, s.alias, s.class, err
		}
		if !keep {
			return false, "", "", nil
		}
	}
	return true, "", "", nil
}

// apply runs one step; ran is false when its predicate leaves the record out.
func (s *step) apply(a *tasks.Arena, r *tasks.Record) (ran, keep bool, err error) {
	if s.when != nil {
		ok, err := s.when.test(r)
		if err != nil {
			return false, false, err
		}
		if ok == s.negate {
			return false, true, nil
		}
	}
	keep, err = s.do.apply(a, r)
	return true, keep, err
}

// Step is one transform of a chain, for who looks between them.
type Step struct{ s *step }

// Steps returns the chain's transforms, in order.
func (c *Chain) Steps() []Step {
	out := make([]Step, len(c.steps))
	for i := range c.steps {
		out[i].s = &c.steps[i]
	}
	return out
}

// Alias is the transform's name in the configuration.
func (s Step) Alias() string { return s.s.alias }

// Class is the transform's full class name.
func (s Step) Class() string { return s.s.class }

// Apply is what [Chain.Apply] does at this step. ran is false when the predicate leaves the record out.
func (s Step) Apply(a *tasks.Arena, r *tasks.Record) (ran, keep bool, err error) {
	return s.s.apply(a, r)
}

// Empty reports whether there is nothing to do.
func (c *Chain) Empty() bool { return len(c.steps) == 0 }

// ChangesValue reports whether a step may read or change the key or the value.
func (c *Chain) ChangesValue() bool {
	return slices.ContainsFunc(c.steps, func(s step) bool { return s.values || needsValue(s.when) })
}

func needsValue(p predicate) bool {
	_, ok := p.(tombstone)
	return ok
}

// Plugins returns the transforms and predicates for the REST listing.
func Plugins() []tasks.Plugin {
	var out []tasks.Plugin
	for _, e := range entries() {
		out = append(out, e.Plugin)
	}
	return out
}

// Validate returns what connector validation says about the transforms and predicates, in the order of the aliases.
func Validate(props map[string]string, extra ...Factory) []tasks.ConfigError {
	errs := validate(props, "transforms", tasks.TransformationPluginType, extra)
	return append(errs, validate(props, "predicates", tasks.PredicatePluginType, nil)...)
}

func validate(props map[string]string, group string, t tasks.PluginType, extra []Factory) []tasks.ConfigError {
	var errs []tasks.ConfigError
	aliases := tasks.SplitList(props[group])
	unique := map[string]bool{}
	for _, alias := range aliases {
		unique[alias] = true
	}
	if len(unique) < len(aliases) {
		errs = append(errs, tasks.InvalidValue(group, "["+strings.Join(aliases, ", ")+"]", "Duplicate alias provided."))
	}
	for _, alias := range aliases {
		if unique[alias] {
			errs = append(errs, validateOne(props, group+"."+alias+".", t, extra)...)
			delete(unique, alias)
		}
	}
	return errs
}

// FrameworkKeys are the keys that Connect adds to those of a transform.
func FrameworkKeys() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: "predicate", Type: tasks.TypeString, Default: nullText, Importance: tasks.Medium, Doc: "The predicate that decides whether the transform runs."},
		{Name: "negate", Type: tasks.TypeBoolean, Default: tasks.DefaultTo("false"), Importance: tasks.Medium, Doc: "Whether it runs where the predicate is false."},
	}
}

func validateOne(props map[string]string, prefix string, t tasks.PluginType, extra []Factory) []tasks.ConfigError {
	typeKey := prefix + "type"
	class, ok := props[typeKey]
	var errs []tasks.ConfigError
	_, negated := props[prefix+"negate"]
	_, conditional := props[prefix+"predicate"]
	if t == tasks.TransformationPluginType && negated && !conditional {
		errs = append(errs, tasks.ConfigError{Key: typeKey, Message: fmt.Sprintf(
			"Config '%snegate' was provided but there is no config '%spredicate' defining a predicate to be negated.", prefix, prefix)})
	}
	e, err := lookup(trim(class), t, extra...)
	switch {
	case !ok:
		return append(errs, tasks.ConfigError{Key: typeKey,
			Message: fmt.Sprintf("Missing required configuration %q which has no default value.", typeKey)})
	case err != nil:
		return append(errs, tasks.ConfigError{Key: typeKey, Message: unknownClass(trim(class), typeKey, t)})
	}
	if t == tasks.TransformationPluginType {
		errs = append(errs, FrameworkKeys().Validate(props, prefix)...)
	}
	return append(errs, e.validate(props, prefix)...)
}

func unknownClass(class, key string, t tasks.PluginType) string {
	if t == tasks.TransformationPluginType && abstract(class) {
		return fmt.Sprintf("This class is abstract and cannot be created. Did you mean %s$Key, %s$Value?", class, class)
	}
	for other, name := range map[tasks.PluginType]string{tasks.PredicatePluginType: "Transformation", tasks.TransformationPluginType: "Predicate"} {
		if e, err := lookup(class, other); err == nil && other != t {
			return fmt.Sprintf("Class class %s does not implement the %s interface", e.Class, name)
		}
	}
	return tasks.InvalidValue(key, class, "Class "+class+" could not be found.").Message
}

// exception gives an error of another package its Java class.
func exception(class string, err error) error {
	if e, ok := errors.AsType[*tasks.Exception](err); ok {
		return e
	}
	return tasks.NewException(class, "%s", err.Error())
}
