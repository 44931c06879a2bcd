package kubernetes

import (
	"cmp"
	"context"
	"fmt"
	"os"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/tasks"
)

const (
	prefix       = "mayfly.launcher.kubernetes."
	imageKey     = prefix + "image"
	namespaceKey = prefix + "namespace"
	serverKey    = prefix + "server"
	authorityKey = prefix + "ca.file"
	tokenKey     = prefix + "token.file"
	accountKey   = prefix + "service.account"
	cpuKey       = prefix + "cpu"
	memoryKey    = prefix + "memory"
	ttlKey       = prefix + "ttl.seconds"
	pullKey      = prefix + "image.pull.policy"
	secretKey    = prefix + "kafka.secret"
	limitKey     = prefix + "invitation.max.bytes"
)

// Keys are the worker properties of the launcher kubernetes.
func Keys() tasks.ConfigDef {
	text := func(name, doc string) tasks.ConfigKey {
		return tasks.ConfigKey{Name: name, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Medium, Doc: doc}
	}
	return tasks.ConfigDef{
		{Name: imageKey, Type: tasks.TypeString, Check: tasks.NonEmpty, Importance: tasks.High,
			Doc: "The executors' image, whose entry point is `mayfly-process-<family>`; `{family}` in it stands for the plugin family."},
		text(namespaceKey, "The namespace of the Jobs; that of the coordinator's own pod without one."),
		text(serverKey, "The API server's URL; the cluster of the coordinator's own pod, with its service account, without one."),
		text(authorityKey, "With `server`: a PEM file of the authority of its certificate."),
		text(tokenKey, "With `server`: a file with a bearer token, read anew for each request."),
		text(accountKey, "The service account of the executors, for what their sinks may do."),
		{Name: cpuKey, Type: tasks.TypeString, Default: tasks.DefaultTo("500m"), Importance: tasks.Medium, Doc: "The processor share that an executor requests."},
		{Name: memoryKey, Type: tasks.TypeString, Default: tasks.DefaultTo("256Mi"), Importance: tasks.Medium, Doc: "The memory that an executor requests, which is its limit too."},
		{Name: ttlKey, Type: tasks.TypeLong, Default: tasks.DefaultTo("60"), Check: tasks.AtLeast(0), Importance: tasks.Low, Doc: "Seconds after its end in which Kubernetes removes a Job."},
		text(pullKey, "`Always`, `IfNotPresent` or `Never`; Kubernetes's own default without one."),
		text(secretKey, "A Secret whose `kafka.json` holds the Kafka client's properties (security), a JSON object; it is mounted into the executors."),
		{Name: limitKey, Type: tasks.TypeInt, Default: tasks.DefaultTo("65536"), Check: tasks.Between(1024, 128<<10), Importance: tasks.Low,
			Doc: "The most bytes of an invitation, which goes in a variable of the environment."},
	}
}

// New returns the launcher with its worker properties.
func New(ctx context.Context, c tasks.Config, family func(l tasks.Lease) tasks.Family) (*Launcher, error) {
	var api *client
	var err error
	if server := c.String(serverKey); server != "" {
		api, err = newClient(server, c.String(authorityKey), c.String(tokenKey), "")
	} else {
		api, err = inCluster(os.Getenv, accountDir)
	}
	if err != nil {
		return nil, err
	}
	namespace := cmp.Or(c.String(namespaceKey), api.namespace)
	if namespace == "" {
		return nil, fmt.Errorf("no namespace is known; set %s", namespaceKey)
	}
	resources := map[string]string{}
	for name, key := range map[string]string{"cpu": cpuKey, "memory": memoryKey} {
		if v := c.String(key); v != "" {
			resources[name] = v
		}
	}
	return &Launcher{client: api, namespace: namespace, limit: int(c.Int(limitKey)), family: family, all: launch.NewAttendants(ctx),
		template: template{image: c.String(imageKey), account: c.String(accountKey), pullPolicy: c.String(pullKey), secret: c.String(secretKey),
			resources: resources, ttl: c.Int(ttlKey)}}, nil
}
