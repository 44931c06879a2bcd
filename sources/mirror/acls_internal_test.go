package mirror

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/mayfly-connect/mayfly/tasks"
)

// guarded is a cluster with access rules, and a client of its superuser.
func guarded(t *testing.T, topics ...string) (addr string, cl *kgo.Client) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, topics...), kfake.EnableSASL(), kfake.EnableACLs(), kfake.Superuser("PLAIN", "root", "root"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	addr = cluster.ListenAddrs()[0]
	if cl, err = kgo.NewClient(kgo.SeedBrokers(addr), kgo.SASL(plain.Auth{User: "root", Pass: "root"}.AsMechanism())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return addr, cl
}

// ruled are the access rules of a cluster's topics, sorted.
func ruled(ctx context.Context, t *testing.T, cl *kgo.Client) (out []string) {
	t.Helper()
	req := kmsg.NewPtrDescribeACLsRequest()
	req.ResourceType, req.ResourcePatternType, req.Operation, req.PermissionType = 2, 1, 1, 1
	resp, err := req.RequestWith(ctx, cl)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range resp.Resources {
		for _, a := range r.ACLs {
			out = append(out, fmt.Sprint(r.ResourceName, " ", r.ResourcePatternType, " ", a.Principal, " ", a.Host, " ", a.PermissionType, " ", a.Operation))
		}
	}
	slices.Sort(out)
	return out
}

func TestACLs(t *testing.T) {
	t.Parallel()
	from, source := guarded(t, "orders", "secret")
	to, target := guarded(t)
	req := kmsg.NewPtrCreateACLsRequest()
	rule := func(topic string, pattern kmsg.ACLResourcePatternType, principal string, p kmsg.ACLPermissionType, o kmsg.ACLOperation) {
		c := kmsg.NewCreateACLsRequestCreation()
		c.ResourceType, c.ResourceName, c.ResourcePatternType, c.Principal, c.Host, c.PermissionType, c.Operation = kmsg.ACLResourceTypeTopic, topic, pattern, principal, "*", p, o
		req.Creations = append(req.Creations, c)
	}
	const literal, prefixed, allow, deny = kmsg.ACLResourcePatternTypeLiteral, kmsg.ACLResourcePatternTypePrefixed, kmsg.ACLPermissionTypeAllow, kmsg.ACLPermissionTypeDeny
	rule("orders", literal, "User:reader", allow, kmsg.ACLOperationRead)
	rule("orders", literal, "User:writer", allow, kmsg.ACLOperationWrite) // may not write to a copy
	rule("orders", literal, "User:owner", allow, kmsg.ACLOperationAll)    // may read it
	rule("orders", literal, "User:eve", deny, kmsg.ACLOperationWrite)
	rule("orders", prefixed, "User:many", allow, kmsg.ACLOperationRead)  // is no literal name
	rule("secret", literal, "User:reader", allow, kmsg.ACLOperationRead) // is not replicated
	if _, err := req.RequestWith(t.Context(), source); err != nil {
		t.Fatal(err)
	}
	props := map[string]string{"source.cluster.alias": "A", "target.cluster.alias": "B", "topics": "orders", "replication.factor": "1", "emit.offset-syncs.enabled": "false"}
	for cluster, addr := range map[string]string{"source": from, "target": to} {
		props[cluster+".cluster.bootstrap.servers"] = addr
		props[cluster+".cluster.security.protocol"], props[cluster+".cluster.sasl.mechanism"] = "SASL_PLAINTEXT", "PLAIN"
		props[cluster+".cluster.sasl.jaas.config"] = `x required username="root" password="root";`
	}
	splits := func(on string) {
		t.Helper()
		props[syncACLsKey] = on
		c, errs := sourceKeys().Parse(props)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		s, err := newSource(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}()
		if _, err := s.Splits(t.Context(), func(string) tasks.Position { return "" }); err != nil {
			t.Fatal(err)
		}
	}
	splits("false")
	if got := ruled(t.Context(), t, target); len(got) > 0 {
		t.Errorf("copied though it is off: %q", got)
	}
	splits("true")
	splits("true") // again
	want := []string{"A.orders LITERAL User:eve * DENY WRITE", "A.orders LITERAL User:owner * ALLOW READ", "A.orders LITERAL User:reader * ALLOW READ"}
	if d := cmp.Diff(want, ruled(t.Context(), t, target)); d != "" {
		t.Errorf("rules of the target (-want +got):\n%s", d)
	}
}
