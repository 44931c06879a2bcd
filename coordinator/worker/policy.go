package worker

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/mayfly-connect/mayfly/coordinator/connector"
)

// policies are the names of Connect's override policies by what connector.client.config.override.policy may be.
var policies = func() map[string]string {
	out := map[string]string{}
	for _, name := range []string{"All", "None", "Principal", "Allowlist"} {
		simple := name + "ConnectorClientConfigOverridePolicy"
		out[name], out[simple], out["org.apache.kafka.connect.connector.policy."+simple] = name, name, name
	}
	return out
}()

func (c *Config) parsePolicy() error {
	c.ExactlyOnce = strings.EqualFold(strings.TrimSpace(c.Props["exactly.once.source.support"]), "enabled")
	asked := cmp.Or(strings.TrimSpace(c.Props["connector.client.config.override.policy"]), "All")
	name, ok := policies[asked]
	if !ok {
		return fmt.Errorf("connector.client.config.override.policy cannot be %q: use All, None, Principal or Allowlist", asked)
	}
	c.Policy = connector.Policy{Name: name, Allowed: list(c.Props["connector.client.config.override.allowlist"])}
	return nil
}

// Converters are the worker's converters, which hold where a connector names none.
func (c *Config) Converters() map[string]string {
	return map[string]string{"key.converter": c.Props["key.converter"], "value.converter": c.Props["value.converter"],
		"header.converter": cmp.Or(c.Props["header.converter"], "org.apache.kafka.connect.storage.SimpleHeaderConverter")}
}
