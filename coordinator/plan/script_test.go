package plan_test

import (
	"bufio"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

var update = flag.Bool("update", false, "write what the scripts print into testdata")

// TestScripts runs lease histories. A script is commands, each followed by the lines it prints, which start with a tab; see
// the cases of run for the commands. After each command the planner is asked, and its actions and next wake are printed.
func TestScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("find scripts: %v (%d files)", err, len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := newScript(t).play(string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("%s (-want +got):\n%s", file, d)
			}
		})
	}
}

type script struct {
	t      *testing.T
	limits plan.Limits
	st     *plan.State
	now    time.Time
	epoch  int64
	specs  map[string]plan.ConnectorSpec
	leases map[string]tasks.Lease // the newest of each stream, by connector and stream, and of each slice, with its start
	old    map[string]tasks.Lease // the one before
	// What a store holds: grants by connector, stream and lane, checkpoints by connector and stream.
	grants map[string]tasks.Lease
	points map[string]plan.Checkpoint
}

func newScript(t *testing.T) *script {
	return &script{t: t, st: plan.NewState(tasks.Lease{}, plan.Limits{}), now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		specs: map[string]plan.ConnectorSpec{}, leases: map[string]tasks.Lease{}, old: map[string]tasks.Lease{},
		grants: map[string]tasks.Lease{}, points: map[string]plan.Checkpoint{}}
}

func (s *script) play(text string) string {
	var out strings.Builder
	sc := bufio.NewScanner(strings.NewReader(text))
	for sc.Scan() {
		line := sc.Text()
		if strings.HasPrefix(line, "\t") {
			continue
		}
		out.WriteString(line + "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		if note := s.run(fields[0], fields[1:]); note != "" {
			out.WriteString("\t" + note + "\n")
		}
		out.WriteString(s.next())
	}
	return out.String()
}

// next asks the planner, writes epochs as the store would, and prints.
func (s *script) next() string {
	var b strings.Builder
	actions, wake := plan.Next(s.st, s.now)
	for _, a := range actions {
		switch a := a.(type) {
		case plan.Commit:
			s.points[a.Checkpoint.Connector+" "+a.Checkpoint.Stream.String()] = a.Checkpoint
		case plan.Grant:
			s.epoch++
			l := a.Lease
			l.Epoch = s.epoch
			s.st.Granted(l)
			stream := l.Connector + " " + l.Slice.Stream.String()
			for _, key := range []string{stream, fmt.Sprint(stream, "@", l.Slice.From)} {
				s.old[key] = s.leases[key]
				s.leases[key] = l
			}
			s.grants[fmt.Sprint(stream, "#", l.Lane)] = l
		}
		fmt.Fprintf(&b, "\t%s\n", a)
	}
	if !wake.IsZero() {
		fmt.Fprintf(&b, "\twake in %s\n", wake.Sub(s.now))
	}
	return b.String()
}

// opts reads key=value arguments.
func opts(args []string) map[string]string {
	m := map[string]string{}
	for _, a := range args {
		k, v, _ := strings.Cut(a, "=")
		m[k] = v
	}
	return m
}

func (s *script) num(m map[string]string, key string, def int64) int64 {
	v, ok := m[key]
	if !ok {
		return def
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		s.t.Fatalf("%s=%s: %v", key, v, err)
	}
	return n
}

func stream(text string) tasks.Stream {
	if strings.HasPrefix(text, "{") {
		return tasks.Stream{Split: text}
	}
	topic, p, _ := strings.Cut(text, "/")
	n, _ := strconv.Atoi(p)
	return tasks.Stream{Topic: topic, Partition: int32(n)}
}

// run does one command:
//
//	limits [executors=N] [bytes=N] [rate=N] [cost=N]    each second of an executor costs 1
//	connector NAME [kind=source] [order=none] [tasks=N] [flush=N] [close] [every=D] [zone=Z] [pause=D] [version=N] [target=T] [restarts=N]
//	remove NAME | restart NAME [TASK]
//	at NAME STREAM OFFSET | reset NAME STREAM OFFSET [reach=N]
//	observe NAME STREAM END [start=N] [id=ID]   a partition; for a split END is its position, with pending=N
//	next [D]                              time passes
//	result NAME STREAM POSITION [read=N] [tail=N] [bytes=N] [kind=K] [offset=N] [from=N] [of=old]
//	gone NAME STREAM [from=N] [of=old]
//	progress NAME STREAM [from=N] [of=old] | ended NAME STREAM [from=N] [of=old]
//	stored NAME STREAM                    prints the checkpoint that the store holds
//	failover                              a new coordinator with the old one's checkpoints and grants
func (s *script) run(cmd string, args []string) string {
	m := opts(args)
	switch cmd {
	case "limits":
		t := s.t
		now, epoch := s.now, s.epoch
		*s = *newScript(t)
		s.now, s.epoch = now, epoch
		s.limits = plan.Limits{MaxExecutors: int(s.num(m, "executors", 0)), SliceBytes: s.num(m, "bytes", 0), LaunchRate: int(s.num(m, "rate", 0)),
			SecondCost: 1, DayCost: float64(s.num(m, "cost", 0))}
		s.st = plan.NewState(tasks.Lease{}, s.limits)
	case "connector":
		s.connector(args[0], m)
	case "remove":
		s.st.Removed(args[0])
	case "restart":
		task := -1
		if len(args) > 1 {
			task, _ = strconv.Atoi(args[1])
		}
		s.st.Restart(args[0], task)
	case "at", "reset":
		n, _ := strconv.ParseInt(args[2], 10, 64)
		s.st.Restore(plan.Checkpoint{Connector: args[0], Stream: stream(args[1]), Position: n, Epoch: s.epoch, Reach: s.num(m, "reach", 0)})
	case "observe":
		o := plan.Observation{Connector: args[0], Stream: stream(args[1]), LogStart: s.num(m, "start", 0), Pending: s.num(m, "pending", 0),
			TopicID: tasks.TopicID(m["id"])}
		if o.Stream.Split != "" {
			o.Until = tasks.Position(args[2])
			if cp, ok := s.st.Position(args[0], o.Stream); ok {
				o.Since = cp.SourcePosition
			}
		} else {
			o.End, _ = strconv.ParseInt(args[2], 10, 64)
		}
		s.st.Observed(o, s.now)
	case "next":
		if len(args) > 0 {
			d, err := time.ParseDuration(args[0])
			if err != nil {
				s.t.Fatal(err)
			}
			s.now = s.now.Add(d)
		}
	case "result":
		return s.result(args, m)
	case "gone":
		l := s.lease(args, m)
		if !s.st.ExecutorGone(l.Connector, l.Slice.Stream, l.Epoch, s.now) {
			return "does not count"
		}
	case "progress":
		l := s.lease(args, m)
		r := tasks.NewResult(&l)
		r.Progress = true
		s.st.Progress(r, s.now)
	case "ended":
		l := s.lease(args, m)
		s.st.ExecutorEnded(l.Connector, l.Slice.Stream, l.Epoch, s.now)
	case "failover":
		s.failover()
	case "stored":
		cp := s.points[args[0]+" "+args[1]]
		return fmt.Sprintf("at %d done %v epoch %d open %v reach %d", cp.Position, cp.Done, cp.Epoch, cp.Open, cp.Reach)
	default:
		s.t.Fatalf("no command %q", cmd)
	}
	return ""
}

func (s *script) connector(name string, m map[string]string) {
	spec := plan.ConnectorSpec{Name: name, Kind: tasks.SinkKind, Target: plan.Started, Tasks: int(s.num(m, "tasks", 1)),
		ConfigVersion: s.num(m, "version", 1), Order: tasks.Order(m["order"]), Cut: tasks.Cut{FlushSize: s.num(m, "flush", 0)}}
	_, spec.Cut.CloseTail = m["close"]
	if m["kind"] == "source" {
		spec.Kind = tasks.SourceKind
	}
	if v := m["target"]; v != "" {
		spec.Target = plan.TargetState(v)
	}
	if v := m["every"]; v != "" {
		spec.Cut.Every, _ = time.ParseDuration(v)
	}
	if v := m["restarts"]; v != "" {
		spec.Restart = plan.Restart{Max: int(s.num(m, "restarts", 0)), First: time.Second, Longest: 5 * time.Second}
	}
	if v := m["pause"]; v != "" {
		spec.Cut.Pause, _ = time.ParseDuration(v)
	}
	if v := m["zone"]; v != "" {
		z, err := time.LoadLocation(v)
		if err != nil {
			s.t.Fatal(err)
		}
		spec.Cut.Zone = z
	}
	s.specs[name] = spec
	s.st.ConnectorChanged(spec)
}

func (s *script) lease(args []string, m map[string]string) tasks.Lease {
	key := args[0] + " " + args[1]
	if at := m["from"]; at != "" {
		key += "@" + at
	}
	from := s.leases
	if m["of"] == "old" {
		from = s.old
	}
	l, ok := from[key]
	if !ok {
		s.t.Fatalf("no lease of %s", key)
	}
	return l
}

func (s *script) result(args []string, m map[string]string) string {
	l := s.lease(args, m)
	r := tasks.NewResult(&l)
	if l.Kind == tasks.SourceKind {
		r.SourcePosition = tasks.Position(args[2])
	} else {
		r.Position, _ = strconv.ParseInt(args[2], 10, 64)
		r.ReadTo = s.num(m, "read", l.Slice.To)
	}
	r.Counts.TailFiled, r.Counts.Bytes, r.Counts.Records = s.num(m, "tail", 0), s.num(m, "bytes", 0), s.num(m, "records", 0)
	if k := strings.ReplaceAll(m["kind"], "-", " "); k != "" {
		r.Outcome = tasks.Failed
		r.Failure = &tasks.Failure{Kind: k, Trace: "trace of a " + k + " error", Offset: s.num(m, "offset", -1)}
	}
	if !s.st.Result(r, s.now) {
		return "does not count"
	}
	return ""
}

func (s *script) failover() {
	old := s.st
	s.st = plan.NewState(tasks.Lease{}, s.limits)
	for _, name := range slices.Sorted(maps.Keys(s.specs)) {
		s.st.ConnectorChanged(s.specs[name])
		for _, key := range slices.Sorted(maps.Keys(s.grants)) {
			l := s.grants[key]
			if l.Connector != name {
				continue
			}
			id := l.Slice.Stream
			if _, known := s.st.Position(name, id); !known {
				cp, ok := s.points[name+" "+id.String()]
				if !ok {
					cp, ok = old.Position(name, id)
				}
				if ok {
					s.st.Restore(cp)
				}
			}
			s.st.Resume(l, s.now)
		}
	}
}
