package broker_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestCompactionAtStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := startUntil(t, dir)
	createTopic(t, b.Addr(), "lease", 1, "cleanup.policy", "compact")
	cl := client(t, b.Addr(), kgo.TransactionalID("w"), kgo.ProducerBatchCompression(kgo.NoCompression()))
	pad := strings.Repeat(".", 20<<10)
	turn := func(end kgo.TransactionEndTry, rs ...*kgo.Record) {
		t.Helper()
		must(t, cl.BeginTransaction())
		produce(t, cl, rs...)
		must(t, cl.EndTransaction(t.Context(), end))
	}
	for i := range 40 {
		turn(kgo.TryCommit, record("lease", 0, "a", fmt.Sprint(i, pad)), record("lease", 0, "b", fmt.Sprint(i, pad)), record("lease", 0, fmt.Sprint("once ", i%20), "x"))
		turn(kgo.TryAbort, record("lease", 0, "a", "aborted"))
	}
	turn(kgo.TryCommit, &kgo.Record{Topic: "lease", Key: []byte("b")}) // a fresh tombstone
	turn(kgo.TryCommit, &kgo.Record{Topic: "lease", Key: []byte("once 0"), Timestamp: time.Now().Add(-48 * time.Hour)})
	turn(kgo.TryCommit, record("lease", 0, "last", "x"))
	cl.Close()
	want := newest(read(t, b.Addr(), "lease", 0, kgo.ReadCommitted()))
	end := endOffset(t, b.Addr(), "lease")
	before := size(t, dir)
	must(t, b.Close())

	if _, there := want["once 0"]; !there {
		t.Fatal("the old tombstone is not readable before compaction")
	}
	delete(want, "once 0")
	for range 2 { // the second start reads what the first one wrote
		b = startUntil(t, dir)
		if got := endOffset(t, b.Addr(), "lease"); got != end {
			t.Errorf("the log ends at %d and did at %d", got, end)
		}
		if diff := cmp.Diff(want, newest(read(t, b.Addr(), "lease", 0, kgo.ReadCommitted()))); diff != "" {
			t.Error(diff)
		}
		if n := len(read(t, b.Addr(), "lease", 0, kgo.ReadUncommitted())); n != len(want) {
			t.Errorf("%d records are left for %d keys", n, len(want))
		}
		checkStable(t, b.Addr(), "lease")
		must(t, b.Close())
	}
	if after := size(t, dir); after > before/10 {
		t.Errorf("%d bytes became %d", before, after)
	}
	// A reader that stood inside goes on, and the log can be written.
	b = start(t, dir)
	produce(t, client(t, b.Addr()), record("lease", 0, "new", "x"))
	reader := client(t, b.Addr(), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{"lease": {0: kgo.NewOffset().At(7)}}))
	fetches := reader.PollFetches(t.Context())
	must(t, fetches.Err())
	got := newest(fetches.Records())
	if got["new"] != "x" || got["a"] == "" {
		t.Errorf("reading on from offset 7 gave the keys %v", slices.Sorted(maps.Keys(got)))
	}
}

// A compaction moves two directories; a death may come between.
func TestInterruptedCompaction(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := startUntil(t, dir)
	createTopic(t, b.Addr(), "lease", 1, "cleanup.policy", "compact")
	produce(t, client(t, b.Addr()), record("lease", 0, "k", "v"))
	must(t, b.Close())
	at := filepath.Join(dir, "partitions", "lease-0")
	for _, tt := range []struct {
		name string
		do   func()
	}{
		{"while writing the new one", func() { must(t, os.Mkdir(at+".new", 0o755)) }},
		{"after the old one stepped aside", func() { must(t, os.CopyFS(at+".new", os.DirFS(at))); must(t, os.Rename(at, at+".old")) }},
		{"before the old one was removed", func() { must(t, os.CopyFS(at+".old", os.DirFS(at))) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.do()
			b := startUntil(t, dir)
			if diff := cmp.Diff([]string{"v"}, values(read(t, b.Addr(), "lease", 0, kgo.ReadCommitted()))); diff != "" {
				t.Error(diff)
			}
			must(t, b.Close())
			left, err := filepath.Glob(filepath.Join(dir, "partitions", "*"))
			must(t, err)
			if diff := cmp.Diff([]string{at}, left); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRetentionAtStart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		configs []string
		kept    int // of 10 segments with a record each
	}{
		{"no limit", nil, 10},
		{"by age", []string{"retention.ms", "3600000"}, 4},
		{"by size", []string{"retention.bytes", "250000"}, 3},
		{"all too old", []string{"retention.ms", "0"}, 1},
		{"compacted alone", []string{"retention.ms", "0", "cleanup.policy", "compact"}, 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			b := startUntil(t, dir)
			createTopic(t, b.Addr(), "result", 1, append(tt.configs, "segment.bytes", "1000")...)
			cl := client(t, b.Addr(), kgo.ProducerBatchCompression(kgo.NoCompression()))
			for i := range 10 {
				r := record("result", 0, fmt.Sprint(i), strings.Repeat(".", 100_000))
				r.Timestamp = time.Now().Add(-time.Minute)
				if i < 6 {
					r.Timestamp = time.Now().Add(-2 * time.Hour)
				}
				produce(t, cl, r)
			}
			cl.Close()
			must(t, b.Close())
			b = start(t, dir)
			if n := len(read(t, b.Addr(), "result", 0, kgo.ReadCommitted())); n != tt.kept {
				t.Errorf("%d records are left, want %d", n, tt.kept)
			}
			starts := admin(t, b.Addr(), func(adm *kadm.Client) (kadm.ListedOffsets, error) {
				return adm.ListStartOffsets(t.Context(), "result")
			})
			if o, _ := starts.Lookup("result", 0); o.Offset != int64(10-tt.kept) {
				t.Errorf("the log starts at %d", o.Offset)
			}
			if got := endOffset(t, b.Addr(), "result"); got != 10 {
				t.Errorf("the log ends at %d", got)
			}
		})
	}
}

func endOffset(t *testing.T, addr, topic string) int64 {
	t.Helper()
	ends := admin(t, addr, func(adm *kadm.Client) (kadm.ListedOffsets, error) { return adm.ListEndOffsets(t.Context(), topic) })
	o, _ := ends.Lookup(topic, 0)
	return o.Offset
}

func newest(rs []*kgo.Record) map[string]string {
	m := map[string]string{}
	for _, r := range rs {
		m[string(r.Key)] = string(r.Value)
	}
	return m
}

func size(t *testing.T, dir string) (n int64) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		n += info.Size()
		return err
	}))
	return n
}
