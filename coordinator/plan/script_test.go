package plan_test

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
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
	st     *plan.State
	now    time.Time
	epoch  int64
	specs  map[string]plan.ConnectorSpec
	leases map[string]tasks.Lease // the newest of each stream, by connector and stream
	old    map[string]tasks.Lease // the one before
}

func newScript(t *testing.T) *script {
	return &script{t: t, st: plan.NewState(tasks.Lease{}, plan.Limits{}), now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		specs: map[string]plan.ConnectorSpec{}, leases: map[string]tasks.Lease{}, old: map[string]tasks.Lease{}}
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
		if g, ok := a.(plan.Grant); ok {
			s.epoch++
			l := g.Lease
			l.Epoch = s.epoch
			s.st.Granted(l)
			key := l.Connector + " " + l.Slice.Stream.String()
			s.old[key] = s.leases[key]
			s.leases[key] = l
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
//	limits [executors=N] [bytes=N]
//	connector NAME [kind=source] [tasks=N] [flush=N] [close] [every=D] [zone=Z] [pause=D] [version=N] [target=T] [restarts=N]
//	remove NAME | restart NAME [TASK]
//	at NAME STREAM OFFSET [EPOCH]
//	observe NAME STREAM END [start=N] [id=ID]   a partition; for a split END is its position, with pending=N
//	next [D]                              time passes
//	result NAME STREAM POSITION [read=N] [tail=N] [bytes=N] [kind=K] [offset=N] [of=old]
//	gone NAME STREAM [of=old]
//	progress NAME STREAM [of=old] | ended NAME STREAM [of=old]
//	failover                              a new coordinator with the old one's checkpoints and grants
func (s *script) run(cmd string, args []string) string {
	m := opts(args)
	switch cmd {
	case "limits":
		s.st = plan.NewState(tasks.Lease{}, plan.Limits{MaxExecutors: int(s.num(m, "executors", 0)), SliceBytes: s.num(m, "bytes", 0)})
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
	case "at":
		n, _ := strconv.ParseInt(args[2], 10, 64)
		s.st.Restore(plan.Checkpoint{Connector: args[0], Stream: stream(args[1]), Position: n, Epoch: s.epoch})
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
	default:
		s.t.Fatalf("no command %q", cmd)
	}
	return ""
}

func (s *script) connector(name string, m map[string]string) {
	spec := plan.ConnectorSpec{Name: name, Kind: tasks.SinkKind, Target: plan.Started, Tasks: int(s.num(m, "tasks", 1)),
		ConfigVersion: s.num(m, "version", 1), Cut: tasks.Cut{FlushSize: s.num(m, "flush", 0)}}
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
	s.st = plan.NewState(tasks.Lease{}, plan.Limits{})
	for name, spec := range s.specs {
		s.st.ConnectorChanged(spec)
		for _, l := range s.leases {
			if l.Connector != name {
				continue
			}
			if cp, ok := old.Position(name, l.Slice.Stream); ok {
				s.st.Restore(cp)
			}
			s.st.Resume(l, s.now)
		}
	}
}
