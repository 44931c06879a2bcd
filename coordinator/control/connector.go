package control

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	keys "github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javaregexp"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
	"github.com/mayfly-connect/mayfly/tasks/newtopic"
	"github.com/mayfly-connect/mayfly/tasks/provider"
)

// connector is what the loop knows of a connector beside the plan.
type connector struct {
	name    string
	stored  Connector
	version int64 // of the configuration that is at work
	removed bool
	// resolved is the configuration without placeholders; unresolved says why there is none. reloadAt is when it is to be
	// made anew, zero for never.
	resolved   provider.Resolved
	unresolved error
	reloadAt   time.Time
	topics     []string
	pattern    *javaregexp.Regexp
	matched    map[string]bool // what pattern says of topics
	// trace says why the configuration cannot be run; empty when it can.
	trace string
	// invalid says that trace is about the configuration itself, which fails the tasks as well; taskTrace that a source works
	// but cannot list what it reads, which fails them alone.
	invalid   bool
	taskTrace string
	poller    *poller
	started   bool // a source was made and has told its splits
	looked    bool // the poller has looked since a split moved, or could not
	// class is the plugin's full name and plugin its version, source whether it is one, tasks how many tasks the connector has
	// while it runs.
	class, plugin string
	source        bool
	unknown       bool // no plugin has the class
	tasks         int
	wrote         bool // tasks that a stop has to take back, because it may have come before they were read
	// dealt is what the tasks' configurations have of their own, for a source that deals its splits out; deals says it does.
	dealt []map[string]string
	deals bool
	rate  rate
}

// reads reports whether the connector is a sink that reads a topic.
func (c *connector) reads(topic string) bool {
	if c.removed {
		return false
	}
	for _, t := range c.topics {
		if t == topic {
			return true
		}
	}
	return c.matches(topic)
}

// matches reports whether topics.regex matches a topic's whole name. A pattern that takes too long does not.
func (c *connector) matches(topic string) bool {
	if c.pattern == nil {
		return false
	}
	known, ok := c.matched[topic]
	if !ok {
		match, err := c.pattern.FullMatch(topic)
		known = match && err == nil
		c.matched[topic] = known
	}
	return known
}

// committed tells a source's poller where a split stands now.
func (c *connector) committed(cp plan.Checkpoint) {
	if c.poller != nil && cp.Stream.Split != "" {
		c.looked = false
		c.poller.moved(cp.Stream.Split, cp.SourcePosition)
	}
}

func (c *connector) stopPolling() {
	if c.poller != nil {
		c.poller.stop()
		c.poller = nil
	}
}

// changed folds a new or changed connector. One whose configuration has placeholders goes on as it was until they are
// resolved.
func (l *Loop) changed(work context.Context, stored Connector) {
	c := l.connectors[stored.Name]
	if c == nil {
		c = &connector{name: stored.Name, version: -1}
		l.connectors[stored.Name] = c
	}
	again := c.stored.Target == plan.Stopped && stored.Target == plan.Started // what had failed is tried anew
	fresh := c.version != stored.Version || c.removed || again
	c.stored, c.removed = stored, false
	switch {
	case !fresh:
		l.settle(work, c, false)
	case provider.Any(stored.Config):
		l.resolve(work, c)
	default:
		l.apply(work, resolution{connector: c, version: stored.Version, resolved: provider.Resolved{Props: stored.Config}})
	}
}

// settle tells the planner of a connector's state. fresh says that its configuration is new.
func (l *Loop) settle(work context.Context, c *connector, fresh bool) {
	spec, source, err := l.spec(c, fresh)
	if fresh || spec.Target != plan.Started {
		c.stopPolling()
		c.started = source == nil
	}
	if err != nil {
		c.trace, c.invalid = c.resolved.Mask(tasks.Trace(fmt.Errorf("connector %s: %w", c.name, exception(err)))), true
		spec.Target = plan.Stopped
	} else if fresh {
		c.trace, c.invalid = "", false
	}
	if fresh {
		for _, why := range kafka.Ignored(c.resolved.Props) {
			l.cfg.Log.Info("client setting ignored", "connector", c.name, "setting", why)
		}
		c.taskTrace = ""
	}
	c.tasks = spec.Tasks
	if c.stored.Broken && c.settled(c.wanted()) {
		spec.Target = plan.Stopped // as in Connect: nothing runs until the tasks are written again, which a changed configuration does
	}
	l.unsettled[c.name] = true
	l.st.ConnectorChanged(spec)
	if source != nil && spec.Target == plan.Started && c.poller == nil && err == nil {
		c.looked = false
		c.poller = startPoller(work, c.name, *source, l.st.SourcePositions(c.name), l.polled)
	}
	l.replay(c)
}

// exception makes a mistake in a configuration the exception that Connect throws.
func exception(err error) error {
	if _, ok := errors.AsType[*tasks.Exception](err); ok {
		return err
	}
	return tasks.ConfigException("%v", err)
}

// runnableSource is a source plugin with its configuration.
type runnableSource struct {
	plugin tasks.SourcePlugin
	config tasks.Config
	tasks  int // how many tasks there may be
}

// spec makes the planner's view of a stored connector. With an error the spec still has what could be told.
func (l *Loop) spec(c *connector, fresh bool) (plan.ConnectorSpec, *runnableSource, error) {
	stored := &c.stored
	spec := plan.ConnectorSpec{Name: stored.Name, Kind: tasks.SinkKind, Target: stored.Target, ConfigVersion: stored.Version,
		Config: stored.Config, ConfigTopic: stored.Topic, Tasks: 1}
	if spec.Target == "" {
		spec.Target = plan.Started
	}
	if c.unresolved != nil {
		return spec, nil, c.unresolved
	}
	c.unknown = !known(l.cfg.Plugins, c.resolved.Props["connector.class"])
	if err := Check(l.cfg.Plugins, c.resolved.Props); err != nil {
		return spec, nil, err
	}
	props := c.resolved.Props
	var err error
	if spec.Restart, err = restart(props); err != nil {
		return spec, nil, err
	}
	if n, err := strconv.Atoi(strings.TrimSpace(props["tasks.max"])); err == nil && n > 0 {
		spec.Tasks = n
	}
	spec.Latest = props["consumer.override.auto.offset.reset"] == "latest"
	class := props["connector.class"]
	if p, ok := l.cfg.Plugins.Source(class); ok {
		spec.Kind, c.class, c.plugin, c.source = tasks.SourceKind, p.Class, p.Version, true
		if p.SingleTask {
			spec.Tasks = 1
		}
		limit := spec.Tasks
		if c.deals = p.Deal != nil; c.deals {
			spec.Dealt, spec.Tasks = true, len(c.dealt)
		}
		config, err := parse(p.Config, props)
		if err == nil && l.cfg.TopicCreation {
			_, err = newtopic.Parse(props)
		}
		return spec, &runnableSource{p, config, limit}, err
	}
	p, ok := l.cfg.Plugins.Sink(class)
	if !ok {
		return spec, nil, unknownClass(class)
	}
	c.class, c.plugin, c.source, c.deals = p.Class, p.Version, false, false
	config, err := parse(p.Config, props)
	if err != nil {
		return spec, nil, err
	}
	if p.Cut != nil {
		if spec.Cut, err = p.Cut(config); err != nil {
			return spec, nil, err
		}
	} else {
		spec.Cut.CloseTail = true
	}
	if spec.Order, err = keys.Order(spec.Cut, props); err != nil {
		return spec, nil, tasks.ConfigException("%s: %v", keys.OrderKey, err)
	}
	if fresh {
		err = c.subscribe(props)
	}
	return spec, nil, err
}

// restart reads how failed tasks start again by themselves.
func restart(props map[string]string) (plan.Restart, error) {
	c, err := parse(keys.RestartDef(), props)
	if err != nil {
		return plan.Restart{}, err
	}
	pause := func(key string) time.Duration { return time.Duration(c.Int(key)) * time.Millisecond }
	return plan.Restart{Max: int(c.Int(keys.RestartMaxKey)), First: pause(keys.RestartBackOffKey), Longest: pause(keys.RestartBackOffMaxKey)}, nil
}

func parse(def tasks.ConfigDef, props map[string]string) (tasks.Config, error) {
	config, errs := def.Parse(props)
	if len(errs) > 0 {
		return config, tasks.ConfigException("%v", errs[0])
	}
	return config, nil
}

// subscribe reads topics and topics.regex, which matches whole names as in Java.
func (c *connector) subscribe(props map[string]string) error {
	c.topics, c.pattern, c.matched = nil, nil, map[string]bool{}
	for t := range strings.SplitSeq(props["topics"], ",") {
		if t = strings.TrimSpace(t); t != "" {
			c.topics = append(c.topics, t)
		}
	}
	if re := props["topics.regex"]; re != "" {
		compiled, err := javaregexp.Compile(re)
		if err != nil {
			return fmt.Errorf("topics.regex: %w", err)
		}
		c.pattern = compiled
	}
	if len(c.topics) == 0 && c.pattern == nil {
		return fmt.Errorf("a sink needs topics or topics.regex")
	}
	return nil
}

// group returns the consumer group whose offsets are a sink's positions.
func (l *Loop) group(name string) string {
	if c := l.connectors[name]; c != nil {
		if g := c.resolved.Props["consumer.override.group.id"]; g != "" {
			return g
		}
	}
	return "connect-" + name
}

// watch tells the observer what all sinks read.
func (l *Loop) watch() {
	var names []string
	var patterns []*javaregexp.Regexp
	for _, c := range l.connectors {
		if c.removed {
			continue
		}
		names = append(names, c.topics...)
		if c.pattern != nil {
			patterns = append(patterns, c.pattern)
		}
	}
	var match func(string) bool
	if len(patterns) > 0 {
		match = func(topic string) bool {
			for _, p := range patterns {
				if ok, err := p.FullMatch(topic); ok && err == nil {
					return true
				}
			}
			return false
		}
	}
	l.cfg.Observer.Watch(names, match)
}

// forget drops a removed connector; its statuses go with it.
func (l *Loop) forget(name string) {
	if c := l.connectors[name]; c != nil && c.removed {
		delete(l.connectors, name)
	}
	for k := range l.statuses {
		if k.connector == name {
			delete(l.statuses, k)
		}
	}
}

// poll folds what a source's poller found.
func (l *Loop) poll(work context.Context, p polled) {
	c := l.connectors[p.connector]
	if c == nil || c.poller != p.from {
		return
	}
	l.dirty = true
	c.looked = c.looked || p.err != nil || c.poller.current(p.moves)
	if p.err != nil {
		c.resolved.Log(l.cfg.Log).Warn("source cannot be listed", "connector", p.connector, "error", p.err)
		if tasks.KindOf(p.err) == tasks.KindFatal {
			if p.made && c.trace == "" {
				c.taskTrace, c.started = c.resolved.Mask(tasks.Trace(p.err)), true
				l.unsettled[c.name] = true
				return
			}
			if c.trace == "" {
				c.trace = c.resolved.Mask(tasks.Trace(p.err))
			}
			return
		}
		if c.deals {
			return // how many tasks there are is not known
		}
	}
	if c.trace != "" || c.taskTrace != "" || !c.started {
		c.trace, c.taskTrace, c.started = "", "", true
		l.unsettled[c.name] = true
	}
	if c.deals && !slices.EqualFunc(c.dealt, p.dealt, maps.Equal[map[string]string]) {
		c.dealt = p.dealt
		l.settle(work, c, false)
	}
	now := time.Now()
	for _, o := range p.seen {
		l.st.Observed(o, now)
	}
}
