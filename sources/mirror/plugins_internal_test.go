package mirror

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tasks"
)

func TestCheckOffsets(t *testing.T) {
	t.Parallel()
	check := map[string]func(partition, offset json.RawMessage) error{}
	for _, p := range Plugins() {
		check[strings.TrimPrefix(p.Class, classes)] = p.CheckOffset
	}
	for _, tt := range []struct{ class, partition, offset, want string }{
		{"MirrorSourceConnector", `{"cluster":"A","partition":0,"topic":"t"}`, `{"offset":5}`, ""},
		{"MirrorSourceConnector", `{"cluster":"A","partition":0,"topic":"t"}`, ``, ""},
		{"MirrorSourceConnector", `null`, `{"offset":5}`, "Source partitions may not be null"},
		{"MirrorSourceConnector", `{"cluster":"A","topic":"t"}`, `{"offset":5}`, "Source partition {cluster=A, topic=t} is missing the 'partition' key, which is required"},
		{"MirrorSourceConnector", `{"cluster":1,"partition":0,"topic":"t"}`, `{"offset":5}`,
			"Source partition {cluster=1, partition=0, topic=t} has an invalid value 1 for the 'cluster' key, which must be a string"},
		{"MirrorSourceConnector", `{"cluster":"A","partition":"0","topic":"t"}`, `{"offset":5}`,
			"Source partition {cluster=A, partition=0, topic=t} has an invalid value 0 for the 'partition' key, which must be an integer"},
		{"MirrorSourceConnector", `{"cluster":"A","partition":-1,"topic":"t"}`, `{"offset":5}`,
			"Source partition {cluster=A, partition=-1, topic=t} has an invalid value -1 for the 'partition' key, which cannot be negative"},
		{"MirrorSourceConnector", `{"cluster":"A","partition":0,"topic":"t"}`, `{"offset":-1}`,
			"Source offset {offset=-1} for source partition {cluster=A, partition=0, topic=t} has an invalid value -1 for the 'offset' key, which cannot be negative"},
		{"MirrorSourceConnector", `{"cluster":"A","partition":0,"topic":"t"}`, `{}`,
			"Source offset {} for source partition {cluster=A, partition=0, topic=t} is missing the 'offset' key, which is required"},
		{"MirrorCheckpointConnector", `{"group":"g","partition":0,"topic":"t"}`, `{"offset":1}`,
			"Source offset {offset=1} for source partition {group=g, partition=0, topic=t} has an invalid value 1 for the 'offset' key; the only accepted value is 0"},
		{"MirrorHeartbeatConnector", `{"sourceClusterAlias":"A","targetClusterAlias":"B"}`, `{"offset":0}`, ""},
	} {
		var offset json.RawMessage
		if tt.offset != "" {
			offset = json.RawMessage(tt.offset)
		}
		got := ""
		if err := check[tt.class](json.RawMessage(tt.partition), offset); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s %s %s:\n got %s\nwant %s", tt.class, tt.partition, tt.offset, got, tt.want)
		}
	}
}

func TestDeal(t *testing.T) {
	t.Parallel()
	s := Source{config: config{source: "A"}}
	var splits []tasks.Split
	for _, p := range []partition{{"t", 0}, {"t", 1}, {"u", 0}} {
		splits = append(splits, tasks.Split{Split: s.split(p)})
	}
	want := []map[string]string{{"task.index": "0", "task.assigned.partitions": "t-0,u-0"}, {"task.index": "1", "task.assigned.partitions": "t-1"}}
	if d := cmp.Diff(want, deal(splits, 2)); d != "" {
		t.Error(d)
	}
	if splits[0].Task != 0 || splits[1].Task != 1 || splits[2].Task != 0 {
		t.Errorf("splits %+v", splits)
	}
	if got := deal(nil, 2); len(got) != 0 {
		t.Errorf("tasks without partitions: %v", got)
	}
	groups := []tasks.Split{{Split: `{"group":"a"}`}, {Split: `{"group":"b"}`}, {Split: `{"group":"c"}`}, {Split: `{"partition":0,"topic":"t","group":"c"}`}}
	want = []map[string]string{{"task.index": "0", "task.assigned.groups": "a,b"}, {"task.index": "1", "task.assigned.groups": "c"}}
	if d := cmp.Diff(want, dealGroups(groups, 2)); d != "" {
		t.Error(d)
	}
	if groups[1].Task != 0 || groups[3].Task != 1 {
		t.Errorf("splits %+v", groups)
	}
}

func TestResume(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ at, start, end, want int64 }{
		"nothing yet":             {-1, 3, 10, 3},
		"goes on":                 {5, 0, 10, 6},
		"at the end":              {9, 0, 10, 10},
		"overtaken by retention":  {2, 5, 10, 5},
		"another, shorter log":    {20, 0, 10, 0},
		"of which nothing is yet": {20, 0, 0, 0},
	} {
		if got := resume(tt.at, tt.start, tt.end); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	parse := func(more ...string) error {
		props := map[string]string{sourceAliasKey: "A"}
		for i := 0; i < len(more); i += 2 {
			props[more[i]] = more[i+1]
		}
		c, errs := sourceKeys().Parse(props)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		_, err := newConfig(c)
		return err
	}
	if err := parse(); err != nil {
		t.Error(err)
	}
	for _, key := range []string{policyKey, topicFilterKey, propertyFilterKey} {
		if err := parse(key, "x.Mine"); err == nil || tasks.KindOf(err) != tasks.KindFatal || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
	}
	f, err := newFilter([]string{"a.*", "b"}, []string{"ab"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"a": true, "ac": true, "ab": false, "b": true, "bc": false, "xa": false} {
		if f.takes(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}
