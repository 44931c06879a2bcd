package control

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Check returns what is wrong with a stored configuration whatever its plugin is. Such a one cannot be submitted, but a topic
// may hold it. The texts are Connect's.
func Check(plugins tasks.Plugins, config map[string]string) error {
	class := config["connector.class"]
	if !known(plugins, class) {
		return unknownClass(class)
	}
	if config["name"] == "" {
		return tasks.ConfigException(`Missing required configuration "name" which has no default value.`)
	}
	most := strings.TrimSpace(cmp.Or(config["tasks.max"], "1"))
	n, err := strconv.ParseInt(most, 10, 32)
	switch {
	case err != nil:
		return tasks.ConfigException("Invalid value %s for configuration tasks.max: Not a number of type INT", most)
	case n < 1:
		return tasks.ConfigException("Invalid value %s for configuration tasks.max: Value must be at least 1", most)
	}
	return nil
}

// known reports whether a connector plugin has the class.
func known(plugins tasks.Plugins, class string) bool {
	_, sink := plugins.Sink(class)
	_, source := plugins.Source(class)
	return sink || source
}

func unknownClass(class string) error {
	return tasks.NewException(tasks.ConnectException,
		"Failed to find any class that implements Connector and which name matches %s, available connectors are listed by GET /connector-plugins", class)
}

// failedTask returns why a task of a connector fails that cannot be started.
func (c *connector) failedTask(task int) string {
	switch {
	case c.taskTrace != "":
		return c.taskTrace
	case c.unknown:
		return tasks.Trace(tasks.NewException(tasks.ConnectException,
			"Failed to start task %s-%d since it is not a recognizable type (source or sink)", c.name, task))
	}
	return c.trace
}
