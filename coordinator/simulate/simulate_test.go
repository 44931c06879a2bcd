package simulate

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

// machine is an executor that starts in a second and delivers 1,000 records a second.
var machine = Executor{Cold: time.Second, RecordsPerSecond: 1000}

func setting(t *testing.T, load string) Setting {
	t.Helper()
	l, err := ReadLoad(strings.NewReader(load))
	if err != nil {
		t.Fatal(err)
	}
	return Setting{Arrivals: l.Arrivals(), RecordBytes: l.RecordBytes, Tasks: 10, Cut: tasks.Cut{CloseTail: true}, Order: tasks.OrderPartition, Executor: machine}
}

func run(t *testing.T, s Setting) *Outcome {
	t.Helper()
	o, err := Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// The recorded lag of one partition where 5,000 records are there at once, and of one where nothing comes.
const burst = "time,topic,partition,end,committed\n1000,orders,0,5000,0\n1000,orders,1,7,7\n2000,orders,0,5000,\n2000,orders,1,7,\n"

func TestRunBurst(t *testing.T) {
	t.Parallel()
	arrivals, err := ReadLag(strings.NewReader(burst))
	if err != nil {
		t.Fatal(err)
	}
	o := run(t, Setting{Arrivals: arrivals, RecordBytes: 10, Tasks: 4, Cut: tasks.Cut{CloseTail: true}, Executor: machine})
	if o.Records != 5000 || o.Delivered != 5000 || o.Wait != 0 {
		t.Errorf("%d records, %d delivered, %d wait; want all 5000 delivered", o.Records, o.Delivered, o.Wait)
	}
	if o.Leases != 1 || o.Executors != 1 || o.Busy != 6*time.Second || o.Drained != 6*time.Second {
		t.Errorf("%d leases on %d executors, busy %s, drained at %s; want one of 6s", o.Leases, o.Executors, o.Busy, o.Drained)
	}
	if got := o.Latency.Quantile(0.5); got != 6*time.Second || o.Latency.Longest != 6*time.Second {
		t.Errorf("latency %s, longest %s; want 6s", got, o.Latency.Longest)
	}
}

func TestRunSlicesAreBounded(t *testing.T) {
	t.Parallel()
	s := setting(t, `{"recordBytes": 100, "phases": [{"for": "1ms", "recordsPerSecond": 10000000}, {"for": "1m", "recordsPerSecond": 0}]}`)
	s.Limits = plan.Limits{SliceBytes: 100 * 1000}
	if o := run(t, s); o.Delivered != 10000 || o.Leases < 10 {
		t.Errorf("%d records delivered by %d leases; want 10000 by 10 or more", o.Delivered, o.Leases)
	}
}

// In order none a backlog of one partition is carried by as many executors as there are tasks.
func TestRunOrderNone(t *testing.T) {
	t.Parallel()
	arrivals, err := ReadLag(strings.NewReader(burst))
	if err != nil {
		t.Fatal(err)
	}
	s := Setting{Arrivals: arrivals, RecordBytes: 100, Tasks: 4, Cut: tasks.Cut{FlushSize: 250}, Order: tasks.OrderNone, Executor: machine,
		Limits: plan.Limits{SliceBytes: 100 * 500}}
	none := run(t, s)
	s.Order = tasks.OrderPartition
	one := run(t, s)
	if none.Executors != 4 || one.Executors != 1 || none.Delivered != 5000 || one.Delivered != 5000 {
		t.Errorf("%d executors deliver %d records, in order %d deliver %d", none.Executors, none.Delivered, one.Executors, one.Delivered)
	}
	if none.Drained*3 > one.Drained {
		t.Errorf("four executors take %s, one takes %s", none.Drained, one.Drained)
	}
}

func TestRunFlushSize(t *testing.T) {
	t.Parallel()
	s := setting(t, `{"phases": [{"for": "10s", "recordsPerSecond": 105}]}`)
	s.Cut = tasks.Cut{FlushSize: 100}
	o := run(t, s)
	if o.Delivered != 1000 || o.Wait != 50 {
		t.Errorf("%d delivered, %d wait; want 1000 in ten files and 50 that wait", o.Delivered, o.Wait)
	}
	s.Cut = tasks.Cut{FlushSize: 100, Every: time.Minute, Zone: time.UTC}
	if o = run(t, s); o.Delivered != 1050 || o.Wait != 0 || o.Drained < time.Minute {
		t.Errorf("%d delivered, %d wait, drained at %s; want all once the minute is over", o.Delivered, o.Wait, o.Drained)
	}
}

func TestRunKeepsExecutors(t *testing.T) {
	t.Parallel()
	s := setting(t, `{"phases": [{"for": "20s", "recordsPerSecond": 100}]}`)
	cold := run(t, s)
	s.Executor.Keep = time.Minute
	warm := run(t, s)
	if cold.Reused != 0 || warm.Reused != warm.Leases-1 {
		t.Errorf("%d of %d leases reuse an executor (%d without keeping them); want all but the first", warm.Reused, warm.Leases, cold.Reused)
	}
	if warm.Latency.Quantile(0.5) >= cold.Latency.Quantile(0.5) {
		t.Errorf("warm executors take %s, cold ones %s", warm.Latency.Quantile(0.5), cold.Latency.Quantile(0.5))
	}
}

func TestRunTasksBoundExecutors(t *testing.T) {
	t.Parallel()
	s := setting(t, `{"partitions": 8, "phases": [{"for": "10s", "recordsPerSecond": 4000}]}`)
	s.Tasks = 3
	o := run(t, s)
	if o.Executors != 3 || o.Delivered != o.Records {
		t.Errorf("%d executors, %d of %d records; want 3 and all", o.Executors, o.Delivered, o.Records)
	}
	var arrived, delivered int64
	for _, b := range o.Timeline {
		arrived, delivered = arrived+b.Arrived, delivered+b.Delivered
	}
	if arrived != o.Records || delivered != o.Delivered {
		t.Errorf("the timeline has %d arrived and %d delivered; want %d and %d", arrived, delivered, o.Records, o.Delivered)
	}
}

func TestArrivalsWhenIsTheInverseOfEnd(t *testing.T) {
	t.Parallel()
	l, err := ReadLoad(strings.NewReader(`{"partitions": 3, "weights": [1, 2, 0], "repeat": 3,
		"phases": [{"for": "7s", "recordsPerSecond": 13}, {"for": "3s", "recordsPerSecond": 0}, {"for": "1s", "recordsPerSecond": 1000}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range l.Arrivals() {
		for offset := range a.total() {
			at, ok := a.when(offset)
			if !ok || a.end(at) <= offset || at > 0 && a.end(at-1) > offset {
				t.Fatalf("partition %d, offset %d: came at %s (%t), when the end is %d and a nanosecond before %d", a.Partition, offset, at, ok, a.end(at), a.end(at-1))
			}
		}
		if _, ok := a.when(a.total()); ok {
			t.Errorf("partition %d: a record comes after the last", a.Partition)
		}
	}
}

func TestReadLoadErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ load, want string }{
		{`{`, "unexpected EOF"},
		{`{"phases": []}`, "phases are missing"},
		{`{"partition": 3, "phases": [{"for": "1s"}]}`, `unknown field "partition"`},
		{`{"partitions": 0, "phases": [{"for": "1s"}]}`, "partitions cannot be 0"},
		{`{"recordBytes": -1, "phases": [{"for": "1s"}]}`, "recordBytes cannot be -1"},
		{`{"repeat": 0, "phases": [{"for": "1s"}]}`, "repeat cannot be 0"},
		{`{"partitions": 2, "weights": [1], "phases": [{"for": "1s"}]}`, "one for each of the 2 partitions"},
		{`{"weights": [0], "phases": [{"for": "1s"}]}`, "one above 0"},
		{`{"weights": [-1], "phases": [{"for": "1s"}]}`, "numbers from 0 up"},
		{`{"phases": [{"for": "1s", "recordsPerSecond": -1}]}`, "phases[0].recordsPerSecond cannot be -1"},
		{`{"phases": [{"for": "-1s"}]}`, "phases[0].for cannot be -1s"},
		{`{"phases": [{"for": 5}]}`, `such as "90s"`},
		{`{"phases": [{"for": "5 days"}]}`, "such as 90s, 15m or 24h"},
		{`{"phases": [{"for": "700h"}], "repeat": 2}`, "31 days at the most"},
		{`{"phases": [{"for": "2000000h"}], "repeat": 2000000}`, "31 days at the most"},
	} {
		if _, err := ReadLoad(strings.NewReader(c.load)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.load, err, c.want)
		}
	}
}

func TestLag(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	w, err := NewLagWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	at := time.UnixMilli(1_700_000_000_000)
	for i := range 3 {
		now := at.Add(time.Duration(i) * time.Second)
		if err := w.Write([]Sample{{now, "b,c", 0, int64(10 + 10*i), 4}, {now, "a", 1, int64(5 * i), -1}}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadLag(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Topic != "a" || got[0].Committed != 0 || got[1].Topic != "b,c" || got[1].Committed != 4 {
		t.Fatalf("read back %+v", got)
	}
	if end := got[1].end(500 * time.Millisecond); end != 15 {
		t.Errorf("the end between samples of 10 and 20 is %d, want 15", end)
	}
	o := run(t, Setting{Arrivals: got, RecordBytes: 10, Tasks: 2, Cut: tasks.Cut{CloseTail: true}, Executor: machine})
	if o.Records != 26+10 || o.Delivered != o.Records {
		t.Errorf("%d of %d records delivered, want all 36", o.Delivered, o.Records)
	}
}

func TestReadLagErrors(t *testing.T) {
	t.Parallel()
	head := strings.Join(lagHeader, ",") + "\n"
	for _, c := range []struct{ lag, want string }{
		{"", "EOF"},
		{"a,b,c,d,e\n", "the first line is"},
		{head, "there are no samples"},
		{head + "1,t,0\n", "wrong number of fields"},
		{head + "x,t,0,1,\n", `line 2: time "x"`},
		{head + "1,t,-1,1,\n", `partition "-1"`},
		{head + "1,t,0,y,\n", `end "y"`},
		{head + "1,t,0,1,z\n", `committed "z"`},
		{head + "1,t,0,1,\n9999999999999,t,0,1,\n", "more than 31 days after"},
	} {
		if _, err := ReadLag(strings.NewReader(c.lag)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want one with %q", c.lag, err, c.want)
		}
	}
}

func TestFleet(t *testing.T) {
	t.Parallel()
	s := setting(t, `{"phases": [{"for": "10m", "recordsPerSecond": 100}, {"for": "1m", "recordsPerSecond": 10000}, {"for": "1h", "recordsPerSecond": 100}]}`)
	d := newDemand(s.Arrivals)
	for _, c := range []struct {
		patience time.Duration
		want     int
	}{{0, 10}, {time.Minute, 5}, {time.Hour, 1}} { // a minute more halves the rate at which the burst's minute is to be carried
		if got := d.units(1000, c.patience); got != c.want {
			t.Errorf("%d units of 1000 records a second let nobody wait for %s, want %d", got, c.patience, c.want)
		}
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	prices, err := ListPrices()
	if err != nil {
		t.Fatal(err)
	}
	s := setting(t, `{"partitions": 4, "recordBytes": 1000, "phases": [{"for": "1m", "recordsPerSecond": 50000}, {"for": "59m", "recordsPerSecond": 0}]}`)
	r, err := Compare(t.Context(), s, prices, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Runs) != len(prices.Platforms) || len(r.Fleets) != len(prices.Fleets) || r.Records != 3_000_000 {
		t.Fatalf("%d runs, %d fleets, %d records", len(r.Runs), len(r.Fleets), r.Records)
	}
	for _, row := range slices.Concat(r.Runs, r.Fleets) {
		if row.Executors < 1 || row.Cost <= 0 || row.Month < row.Cost*729 || row.Month > row.Cost*731 {
			t.Errorf("%+v", row)
		}
	}
	var text, again, plot strings.Builder
	if err := errors.Join(r.Print(&text), r.Plot(&plot)); err != nil {
		t.Fatal(err)
	}
	if r, err = Compare(t.Context(), s, prices, nil); err != nil || r.Print(&again) != nil || text.String() != again.String() {
		t.Errorf("the same load gives another report: %v\n%s\n%s", err, &text, &again)
	}
	dec := xml.NewDecoder(strings.NewReader(plot.String()))
	shapes := 0
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the plot is no XML: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "polygon" {
			shapes++
		}
	}
	if want := len(panels) * len(prices.Platforms); shapes != want {
		t.Errorf("the plot has %d curves, want %d", shapes, want)
	}
	if _, err := Compare(t.Context(), s, prices, []string{"moon"}); err == nil || !strings.Contains(err.Error(), "it has cloudrun, fargate, lambda, process") {
		t.Errorf("an unknown platform: %v", err)
	}
}

func TestBilled(t *testing.T) {
	t.Parallel()
	o := newOutcome([]Arrivals{{points: []point{{0, 0}}}})
	o.granted(101 * time.Millisecond)
	o.granted(2500 * time.Millisecond)
	for _, c := range []struct{ unit, least, want time.Duration }{
		{time.Millisecond, 0, 2601 * time.Millisecond},
		{100 * time.Millisecond, 0, 2700 * time.Millisecond},
		{time.Second, time.Minute, 2 * time.Minute},
	} {
		if got := o.billed(c.unit, c.least); got != c.want {
			t.Errorf("in steps of %s, at least %s: %s is billed, want %s", c.unit, c.least, got, c.want)
		}
	}
}
