package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/storage"
	"github.com/linkedin/goavro/v2"
	"github.com/twmb/franz-go/pkg/kgo"
	"google.golang.org/api/iterator"
)

// proof is what was found at the destinations.
type proof struct {
	objects, records, deadLetters int
	bytes                         int64
}

// check reads every object and every dead letter back and compares them with what went in: each good row in exactly one
// object, in order and flushSize to an object, and each bad record in the dead letter topic with its context headers. The
// objects are read with Google's client and goavro, neither of which wrote them.
func check(ctx context.Context, bucket string, in *rows, bad [][]byte, broker, topic, dlq string) (proof, error) {
	var p proof
	cl, err := storage.NewClient(ctx)
	if err != nil {
		return p, fmt.Errorf("open the bucket: %w", err)
	}
	defer cl.Close()
	var got []string
	objects := cl.Bucket(bucket).Objects(ctx, &storage.Query{Prefix: "topics/" + topic + "/"})
	for {
		o, err := objects.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			return p, fmt.Errorf("list the objects: %w", err)
		}
		n, err := readObject(ctx, cl, o, in.columns, &got)
		if err != nil {
			return p, err
		}
		if n != flushSize {
			return p, fmt.Errorf("object %s holds %d records, want %d", o.Name, n, flushSize)
		}
		p.objects++
		p.bytes += o.Size
	}
	p.records = len(got)
	if len(got) != len(in.want) {
		return p, fmt.Errorf("the objects hold %d records, want %d", len(got), len(in.want))
	}
	for i, row := range in.want {
		if want := strings.Join(canonical(in.columns, row), "|"); got[i] != want {
			return p, fmt.Errorf("record %d is\n%s\nwant\n%s", i, got[i], want)
		}
	}
	p.deadLetters, err = checkDeadLetters(ctx, bad, broker, topic, dlq)
	return p, err
}

// canonical is a row as text that both sides agree on: numbers without leading zeros, empty cells as null.
func canonical(columns, row []string) []string {
	out := make([]string, len(row))
	for i, cell := range row {
		out[i] = cell
		if isNumber(columns[i]) {
			n, err := strconv.ParseInt(strings.TrimSpace(cell), 10, 64)
			if err != nil {
				out[i] = "null"
			} else {
				out[i] = strconv.FormatInt(n, 10)
			}
		}
	}
	return out
}

func isNumber(column string) bool {
	for _, n := range numbers {
		if n == column {
			return true
		}
	}
	return false
}

func readObject(ctx context.Context, cl *storage.Client, o *storage.ObjectAttrs, columns []string, got *[]string) (int, error) {
	r, err := cl.Bucket(o.Bucket).Object(o.Name).NewReader(ctx)
	if err != nil {
		return 0, fmt.Errorf("read object %s: %w", o.Name, err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return 0, fmt.Errorf("read object %s: %w", o.Name, err)
	}
	ocf, err := goavro.NewOCFReader(bytes.NewReader(b))
	if err != nil {
		return 0, fmt.Errorf("object %s is no Avro container: %w", o.Name, err)
	}
	n := 0
	for ocf.Scan() {
		v, err := ocf.Read()
		if err != nil {
			return n, fmt.Errorf("object %s, record %d: %w", o.Name, n, err)
		}
		rec, ok := v.(map[string]any)
		if !ok {
			return n, fmt.Errorf("object %s, record %d is no record", o.Name, n)
		}
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = cellText(rec[c])
		}
		*got = append(*got, strings.Join(cells, "|"))
		n++
	}
	return n, ocf.Err()
}

// cellText is a field as goavro gives it: a union as a map of one.
func cellText(v any) string {
	if m, ok := v.(map[string]any); ok {
		for _, inner := range m {
			return fmt.Sprint(inner)
		}
	}
	if v == nil {
		return "null"
	}
	return fmt.Sprint(v)
}

// checkDeadLetters reads the dead letter topic to its end and compares it with the bad records as a multiset.
func checkDeadLetters(ctx context.Context, bad [][]byte, broker, topic, dlq string) (int, error) {
	cl, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumeTopics(dlq), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		return 0, fmt.Errorf("read the dead letters: %w", err)
	}
	defer cl.Close()
	want := map[string]int{}
	for _, b := range bad {
		want[string(b)]++
	}
	n := 0
	for idle := 0; idle < 2; {
		poll, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
		fetches := cl.PollFetches(poll)
		cancel()
		if ctx.Err() != nil {
			return n, ctx.Err()
		}
		if fetches.NumRecords() == 0 && n >= len(bad) {
			idle++ // look once more for one too many
		}
		var bad error
		fetches.EachRecord(func(r *kgo.Record) {
			n++
			if want[string(r.Value)]--; want[string(r.Value)] < 0 {
				bad = fmt.Errorf("dead letter %d (%q) is there twice or was never sent", r.Offset, r.Value)
			}
			if missing := missingHeader(r, topic); missing != "" {
				bad = fmt.Errorf("dead letter %d lacks the header %s", r.Offset, missing)
			}
		})
		if bad != nil {
			return n, bad
		}
	}
	return n, nil
}

func missingHeader(r *kgo.Record, topic string) string {
	have := map[string]string{}
	for _, h := range r.Headers {
		have[h.Key] = string(h.Value)
	}
	for _, h := range []string{"topic", "partition", "offset", "connector.name", "task.id", "stage", "class.name", "exception.class.name", "exception.message", "exception.stacktrace"} {
		if _, ok := have["__connect.errors."+h]; !ok {
			return "__connect.errors." + h
		}
	}
	if have["__connect.errors.topic"] != topic || have["__connect.errors.stage"] != "VALUE_CONVERTER" {
		return fmt.Sprintf("__connect.errors.topic=%s and stage=VALUE_CONVERTER", topic)
	}
	return ""
}
