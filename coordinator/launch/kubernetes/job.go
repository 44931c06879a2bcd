package kubernetes

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/tasks"
)

// template is what all Jobs share.
type template struct {
	image, account, pullPolicy, secret string
	resources                          map[string]string
	ttl                                int64
}

// The parts of a Job that are set, by the names of the API.
type (
	object struct {
		APIVersion string   `json:"apiVersion"`
		Kind       string   `json:"kind"`
		Metadata   metadata `json:"metadata"`
		Spec       jobSpec  `json:"spec"`
	}
	metadata struct {
		Name   string            `json:"name,omitempty"`
		Labels map[string]string `json:"labels,omitempty"`
	}
	jobSpec struct {
		Completions             int         `json:"completions"`
		Parallelism             int         `json:"parallelism"`
		CompletionMode          string      `json:"completionMode,omitempty"`
		BackoffLimit            int         `json:"backoffLimit"`
		ActiveDeadlineSeconds   int64       `json:"activeDeadlineSeconds"`
		TTLSecondsAfterFinished int64       `json:"ttlSecondsAfterFinished"`
		Template                podTemplate `json:"template"`
	}
	podTemplate struct {
		Metadata metadata `json:"metadata"`
		Spec     podSpec  `json:"spec"`
	}
	podSpec struct {
		RestartPolicy                string      `json:"restartPolicy"`
		ServiceAccountName           string      `json:"serviceAccountName,omitempty"`
		AutomountServiceAccountToken *bool       `json:"automountServiceAccountToken,omitempty"`
		Containers                   []container `json:"containers"`
		Volumes                      []volume    `json:"volumes,omitempty"`
	}
	container struct {
		Name            string                       `json:"name"`
		Image           string                       `json:"image"`
		ImagePullPolicy string                       `json:"imagePullPolicy,omitempty"`
		Env             []variable                   `json:"env"`
		Resources       map[string]map[string]string `json:"resources,omitempty"`
		VolumeMounts    []mount                      `json:"volumeMounts,omitempty"`
		SecurityContext map[string]any               `json:"securityContext"`
	}
	variable struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	mount struct {
		Name      string `json:"name"`
		MountPath string `json:"mountPath"`
		ReadOnly  bool   `json:"readOnly"`
	}
	volume struct {
		Name   string            `json:"name"`
		Secret map[string]string `json:"secret"`
	}
)

// secretDir is where the Kafka client's properties are mounted, in the file kafka.json.
const secretDir = "/etc/mayfly"

// job is the Job of an invitation. A pod that fails is not started again by Kubernetes: the coordinator grants its slice again.
func (t *template) job(inv tasks.Invitation, family tasks.Family, invitation []byte, limit time.Duration) object {
	first := &inv.Leases[0]
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d", first.GroupID, first.ID, first.Epoch))
	labels := map[string]string{"app.kubernetes.io/name": "mayfly-executor", "app.kubernetes.io/managed-by": "mayfly", "app.kubernetes.io/component": string(family)}
	c := container{Name: "executor", Image: strings.ReplaceAll(t.image, "{family}", string(family)), ImagePullPolicy: t.pullPolicy,
		Env:             []variable{{boot.InvitationEnv, string(escape(invitation))}},
		SecurityContext: map[string]any{"allowPrivilegeEscalation": false, "capabilities": map[string]any{"drop": []string{"ALL"}}}}
	if len(t.resources) > 0 {
		c.Resources = map[string]map[string]string{"requests": t.resources}
		if memory := t.resources["memory"]; memory != "" {
			c.Resources["limits"] = map[string]string{"memory": memory}
		}
	}
	pod := podSpec{RestartPolicy: "Never", ServiceAccountName: t.account}
	if t.secret != "" {
		pod.Volumes = []volume{{"kafka", map[string]string{"secretName": t.secret}}}
		c.VolumeMounts = []mount{{"kafka", secretDir, true}}
		c.Env = append(c.Env, variable{boot.KafkaFileEnv, secretDir + "/kafka.json"})
	}
	pod.Containers = []container{c}
	spec := jobSpec{Completions: len(inv.Leases), Parallelism: len(inv.Leases), ActiveDeadlineSeconds: int64(limit / time.Second), TTLSecondsAfterFinished: t.ttl,
		Template: podTemplate{metadata{Labels: labels}, pod}}
	if len(inv.Leases) > 1 {
		spec.CompletionMode = "Indexed"
	}
	return object{"batch/v1", "Job", metadata{Name: "mayfly-" + string(family) + "-" + hex.EncodeToString(sum[:10]), Labels: labels}, spec}
}

// escape keeps Kubernetes from replacing $(NAME) in a variable's value.
func escape(b []byte) []byte { return []byte(strings.ReplaceAll(string(b), "$(", "$$(")) }

// pause waits a moment before the API server is asked again.
func pause(ctx context.Context) error {
	select {
	case <-time.After(500 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
