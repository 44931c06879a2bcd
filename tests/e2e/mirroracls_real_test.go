//go:build real

package e2e_test

import (
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestMirrorACLs has a Java worker copy the access rules of a topic, and then a coordinator, in Kafka with its standard authorizer:
// both copies have the same rules and the same settings.
func TestMirrorACLs(t *testing.T) {
	t.Parallel()
	r := newRelay(t, "e2e-acls", nil)
	m := &mirrored{r.site, r.site}
	const topic = "ruled"
	retention := "123456789"
	_, err := m.adm.CreateTopic(t.Context(), 1, 1, map[string]*string{"retention.ms": &retention, "min.insync.replicas": &[]string{"1"}[0]}, topic)
	must(t, err)
	for _, b := range []*kadm.ACLBuilder{
		kadm.NewACLs().Topics(topic).Allow("User:reader").AllowHosts("10.0.0.1").Operations(kmsg.ACLOperationRead, kmsg.ACLOperationDescribe),
		kadm.NewACLs().Topics(topic).Allow("User:writer").AllowHosts("*").Operations(kmsg.ACLOperationWrite),
		kadm.NewACLs().Topics(topic).Allow("User:owner").AllowHosts("*").Operations(kmsg.ACLOperationAll),
		kadm.NewACLs().Topics(topic).Deny("User:eve").DenyHosts("*").Operations(kmsg.ACLOperationWrite, kmsg.ACLOperationAll),
		kadm.NewACLs().Topics("rul").ResourcePatternType(kadm.ACLPatternPrefixed).Allow("User:many").AllowHosts("*").Operations(kmsg.ACLOperationRead),
	} {
		results, err := m.adm.CreateACLs(t.Context(), b)
		must(t, err)
		for _, one := range results {
			must(t, one.Err)
		}
	}
	connector := func(alias string) map[string]string {
		c := m.connector("Source", "topics", topic, "heartbeats.replication.enabled", "false", "emit.offset-syncs.enabled", "false", "sync.topic.acls.interval.seconds", "1")
		delete(c, "offset-syncs.topic.replication.factor")
		c["source.cluster.alias"] = alias
		return c
	}
	r.java()
	m.create("java-rules", connector("J"))
	m.ruled(t, "J."+topic, 5)
	r.mayfly()
	m.do(204, "DELETE", "/connectors/java-rules", nil)
	m.create("own-rules", connector("M"))
	m.ruled(t, "M."+topic, 5)
	java, own := m.rules(t, "J."+topic), m.rules(t, "M."+topic)
	t.Logf("%d rules: %q", len(own), own)
	if d := gocmp.Diff(java, own); d != "" {
		t.Errorf("the rules that MirrorMaker and Mayfly have copied (-MirrorMaker +Mayfly):\n%s", d)
	}
}

// ruled waits until a topic has so many access rules of its own.
func (m *mirrored) ruled(t *testing.T, topic string, n int) {
	t.Helper()
	eventually(t, "access rules of "+topic, func() string {
		if have := m.rules(t, topic); len(have) < n {
			return strings.Join(have, "\n") + " are too few"
		}
		return ""
	})
}

// rules are the access rules and the own settings of a topic, sorted.
func (m *mirrored) rules(t *testing.T, topic string) (out []string) {
	t.Helper()
	all, err := m.adm.DescribeACLs(t.Context(), kadm.NewACLs().Topics(topic).ResourcePatternType(kadm.ACLPatternLiteral).Allow().AllowHosts().Deny().DenyHosts().Operations())
	must(t, err)
	for _, results := range all {
		must(t, results.Err)
		for _, d := range results.Described {
			rule := strings.Join([]string{d.Principal, d.Host, d.Permission.String(), d.Operation.String()}, " ")
			if !slices.Contains(out, rule) {
				out = append(out, rule)
			}
		}
	}
	configs, err := m.adm.DescribeTopicConfigs(t.Context(), topic)
	must(t, err)
	for _, c := range configs {
		for _, kv := range c.Configs {
			if kv.Source == kmsg.ConfigSourceDynamicTopicConfig {
				out = append(out, kv.Key+"="+kv.MaybeValue())
			}
		}
	}
	slices.Sort(out)
	return out
}
