package e2e_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
)

// TestBadInput is the list of what users get wrong and what breaks around Mayfly. In each case there is an error that says
// what was tried, which connector, key or record it was, and what to do; what is on the disk and in the topics stays right;
// a mended configuration or part goes on without loss; and none of the planted secrets is printed anywhere.
//
// Closer to the parts: sinks/file (a damaged sidecar), sinks/gcs and sinks/s3 (a busy service, lost answers, an upload that fails
// half-way), sinks/object (objects that exist with other bytes), tests/objects (a missing partition field, times before 1970
// and after 2262), tasks/convert (nesting, declared lengths), coordinator/broker (a full
// disk at each file), tasks/exec (a broker that does not answer, records that are too large), tasks (damaged invitations).
func TestBadInput(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"broken files", brokenFiles},
		{"broken request", brokenRequest},
		{"unknown connector class", unknownClass},
		{"missing and wrong keys", wrongKeys},
		{"bucket that does not exist", missingBucket},
		{"bucket that may not be written", forbiddenBucket},
		{"record larger than a part", recordLargerThanAPart},
		{"odd records", oddRecords},
		{"record of 50 MB", largeRecord},
		{"registry down", registryDown},
		{"registry that misbehaves", registryMisbehaves},
		{"broken schema", brokenSchema},
		{"schema that changes", schemaChanges},
		{"unknown schema id", unknownSchema},
		{"broker down at the start", brokerDownAtStart},
		{"broker down later", brokerDownLater},
		{"disk full under a file", diskFull},
		{"disk full under the broker", diskFullUnderTheBroker},
		{"topic deleted and created again", topicCreatedAgain},
		{"damaged lease", damagedLease},
	} {
		t.Run(c.name, c.run)
	}
}

// secret is in every configuration here, and must not be printed.
const secret = "hunter2-is-never-printed"

// planted is a configuration with secrets in it, where users have them.
func planted(config map[string]string) map[string]string {
	config["value.converter.basic.auth.user.info"] = "user:" + secret
	config["gcs.credentials.json"] = `{"private_key":"` + secret + `"}`
	config["my.password"] = secret
	return config
}

// guarded is a site on a broker of its own which at its end has printed no secret.
func guarded(t *testing.T) *site {
	t.Helper()
	t.Parallel()
	b, err := broker.Start(broker.Config{Log: logger(t)})
	must(t, err)
	t.Cleanup(func() { must(t, b.Close()) })
	s := newSite(t, b.Addr())
	t.Cleanup(s.noSecret)
	s.start(true, "CONNECT_VALUE_CONVERTER_BASIC_AUTH_USER_INFO=user:"+secret)
	return s
}

// noSecret searches what was logged and answered, and all topics but that of the configurations.
func (s *site) noSecret() {
	if strings.Contains(s.said.String(), secret) {
		s.t.Errorf("the secret was printed:\n%s", s.said)
	}
	for _, r := range s.everything() {
		if strings.Contains(string(r.Key)+string(r.Value), secret) {
			s.t.Errorf("the secret is in topic %s: %s", r.Topic, r.Value)
		}
	}
}

// everything returns the records of all topics but the configurations'.
func (s *site) everything() (out []*kgo.Record) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	look, err := kgo.NewClient(kgo.SeedBrokers(s.addr))
	must(s.t, err)
	defer look.Close()
	starts, err := kadm.NewClient(look).ListStartOffsets(ctx)
	must(s.t, err)
	ends, err := kadm.NewClient(look).ListEndOffsets(ctx)
	must(s.t, err)
	from, left := map[string]map[int32]kgo.Offset{}, map[string]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		start, _ := starts.Lookup(o.Topic, o.Partition)
		if o.Offset <= start.Offset || strings.HasSuffix(o.Topic, "configs") { // nothing is there, or what was there is purged
			return
		}
		if from[o.Topic] == nil {
			from[o.Topic] = map[int32]kgo.Offset{}
		}
		from[o.Topic][o.Partition] = kgo.NewOffset().AtStart()
		left[fmt.Sprint(o.Topic, o.Partition)] = o.Offset
	})
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.addr), kgo.ConsumePartitions(from), kgo.KeepControlRecords())
	must(s.t, err)
	defer cl.Close()
	for len(left) > 0 {
		fs := cl.PollFetches(ctx)
		must(s.t, fs.Err())
		fs.EachRecord(func(r *kgo.Record) {
			out = append(out, r)
			if p := fmt.Sprint(r.Topic, r.Partition); r.Offset+1 >= left[p] {
				delete(left, p)
			}
		})
	}
	return out
}

// says waits until the log says all of it in one line.
func (s *site) says(parts ...string) {
	s.t.Helper()
	eventually(s.t, "the log says "+strings.Join(parts, ", "), func() string {
		for line := range strings.Lines(s.said.String()) {
			all := true
			for _, p := range parts {
				all = all && strings.Contains(line, p)
			}
			if all {
				return ""
			}
		}
		return "not yet"
	})
}

// contains checks that a text says all of it.
func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is missing in: %s", p, text)
		}
	}
}
