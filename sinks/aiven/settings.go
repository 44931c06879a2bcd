package aiven

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/sinks/object/parquet"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
	"github.com/mayfly-connect/mayfly/tasks/jodatime"
)

// Bounds of memory. Where they are reached, all open files end, and names begin anew with the next record: that depends on
// records and configuration alone.
const (
	maxBytes = 32 << 20
	// A file costs the encoder's buffers, and a compressor's tables.
	maxOpen           = 200
	maxOpenCompressed = 16
)

// Cut returns the rotation policy: each slice closes its tail, at the times at which Java would commit or when it is full. Where an
// object holds the newest record of a key, slices must come in order.
func (s Store) Cut(c tasks.Config) (tasks.Cut, error) {
	cut := tasks.Cut{CloseTail: true, Every: time.Duration(c.Int(keyCommit)) * time.Millisecond, Zone: time.UTC}
	names, err := s.names(c)
	if err != nil {
		return cut, err
	}
	if !names.grouping.latest {
		cut.Orders = []tasks.Order{tasks.OrderNone, tasks.OrderPartition}
	}
	return cut, nil
}

// Settings reads what [Store.Keys] define, from a configuration without mistakes. Part size and content type are the
// store's to say.
func (s Store) Settings(c tasks.Config) (*object.Settings, error) {
	compression := s.compression(c)
	names, err := s.names(c)
	if err != nil {
		return nil, err
	}
	output := strings.ToLower(c.String(keyOutput))
	whole := compression
	if output == "parquet" { // which is compressed inside
		whole = "none"
	}
	out := &object.Settings{
		Format: newFormat(c, output, compression), Compatibility: object.Any, Unheard: object.Unheard(c), Compress: compressor(whole), Replace: c.Bool(object.ReplaceKey),
		Partitioner: Partitioner{Names: names, MaxRecords: c.Int(keyMaxRecords), Schemas: output == "avro" || output == "parquet"},
		Rotation:    object.Rotation{FlushSize: math.MaxInt64, MaxOpen: maxOpen, MaxBytes: maxBytes},
		PartSize:    object.MaxPartSize, ContentType: "application/octet-stream",
		Whole: &object.Whole{Latest: names.grouping.latest, Serial: !names.grouping.byKey && !names.timed() && c.Props()["transforms"] == ""},
	}
	if compression != "none" || c.String(keyCodec) != "null" {
		out.Rotation.MaxOpen = maxOpenCompressed
	}
	if out.Whole.Latest {
		out.PartSize = math.MaxInt // one record can be sent again from the start, whatever is there
	}
	return out, nil
}

func fields(c tasks.Config) []Field {
	list := c.List(keyFields)
	if len(list) == 0 {
		list = c.List(keyOldFields)
	}
	if len(list) == 0 {
		return []Field{Value}
	}
	return fieldsOf(list)
}

func newFormat(c tasks.Config, output, compression string) object.Format {
	fields, envelope := fields(c), c.Bool(keyEnvelope)
	switch output {
	case "json", "jsonl":
		return JSON{Fields: fields, Envelope: envelope, Lines: output == "jsonl"}
	case "avro":
		return Avro{Fields: fields, Envelope: envelope, Codec: c.String(keyCodec), Options: avro.OptionsOf(c.Props())}
	}
	if output == "parquet" {
		return Parquet{Fields: fields, Envelope: envelope, Codec: parquet.CodecOf(compression), Options: avro.OptionsOf(c.Props())}
	}
	return CSV{Fields: fields, Plain: strings.EqualFold(c.String(keyEncoding), "none")}
}

// compression returns the compression of whole objects.
func (s Store) compression(c tasks.Config) string {
	kind := strings.ToLower(cmp.Or(c.String(keyCompression), c.String(keyOldCompression)))
	if kind == "" && s == S3 {
		return "gzip"
	}
	return cmp.Or(kind, "none")
}

// names reads how objects are named.
func (s Store) names(c tasks.Config) (*Names, error) {
	zone, err := jodatime.Zone(s.oldOr(c, keyOldTimezone, keyTimezone))
	if err != nil {
		return nil, tasks.Fatal(fmt.Errorf("%s: %w", keyTimezone, err))
	}
	n := &Names{prefix: c.String(keyPrefix), zone: zone, event: strings.EqualFold(s.oldOr(c, keyOldSource, keySource), "event")}
	suffix := ""
	if strings.EqualFold(c.String(keyOutput), "avro") {
		suffix = ".avro"
	}
	text := c.String(keyTemplate)
	if prefix := cmp.Or(c.String(keyS3Prefix), c.String(keyOldPrefix)); prefix != "" {
		text, n.atHead = prefix+"{{topic}}-{{partition}}-{{start_offset:padding=true}}"+suffix+extension(s.compression(c)), true
	} else if text == "" {
		text = "{{topic}}-{{partition}}-{{start_offset}}" + suffix + extension(strings.ToLower(c.String(keyCompression)))
	}
	if n.template, err = parse(text); err != nil {
		return nil, tasks.Fatal(fmt.Errorf("%s: %w", keyTemplate, err))
	}
	if n.atHead {
		n.grouping = grouping{bound: []string{varTopic, varPartition, varStartOffset, varTimestamp, varUTCDate, varLocalDate}}
		return n, nil
	}
	if n.grouping, err = group(n.template); err != nil {
		return nil, tasks.Fatal(fmt.Errorf("%s: %w", keyTemplate, err))
	}
	return n, nil
}

// oldOr returns the value of a key, or of its old name if only that is set.
func (s Store) oldOr(c tasks.Config, old, key string) string {
	if v := c.String(old); v != "" && c.Props()[key] == "" {
		return v
	}
	return c.String(key)
}
