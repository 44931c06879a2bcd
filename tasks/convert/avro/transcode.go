package avro

import (
	"context"
	"math"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Transcode implements [tasks.Transcoder]: a body of Avro passes as it is when the sink would write the same, which the
// schema decides once and a scan of each body confirms.
func (c *Converter) Transcode(ctx context.Context, _ *tasks.Arena, enc tasks.Encoding, accept tasks.AcceptSchema, topic string, headers []tasks.RawHeader, data []byte) (*tasks.Schema, []byte, bool) {
	if enc != tasks.EncodingAvro || data == nil {
		return nil, nil, false
	}
	rd, body, err := c.find(ctx, topic, headers, data)
	if err != nil || rd.raw || rd.decoder.Schema == nil {
		return nil, nil, false
	}
	if !rd.asked {
		rd.asked = true
		if rd.avro.Kind == Record && accept(rd.text, rd.decoder.Schema) {
			rd.accept = true
			rd.scan = newScan(rd.decoder.root, rd.avro, map[planKey]*scanPlan{})
		}
	}
	if !rd.accept {
		return nil, nil, false
	}
	s := scanner{b: body}
	if !s.value(rd.scan) || len(s.b) != 0 {
		return nil, nil, false
	}
	return rd.decoder.Schema, body, true
}

// scanPlan is a compiled schema for the scan.
type scanPlan struct {
	step  scanStep
	size  int
	low   int64 // of integers, both inclusive
	high  int64
	null  int // index of a null branch whose value would become a default; -1 for none
	parts []*scanPlan
}

type scanStep uint8

const (
	scanNull scanStep = iota
	scanBoolean
	scanInteger
	scanFloat
	scanFixed
	scanString
	scanBytes
	scanArray
	scanMap
	scanRecord
	scanUnion
	scanNever // what may not come back as it was
)

// newScan compiles the scan of what p decodes.
func newScan(p *plan, s *Schema, done map[planKey]*scanPlan) *scanPlan {
	key := planKey{s, p.schema}
	if out, ok := done[key]; ok {
		return out
	}
	out := &scanPlan{null: -1, low: math.MinInt32, high: math.MaxInt32}
	done[key] = out
	switch p.step {
	case readNull:
		out.step = scanNull
	case readBoolean:
		out.step = scanBoolean
	case readInt8:
		out.step, out.low, out.high = scanInteger, math.MinInt8, math.MaxInt8
	case readInt16:
		out.step, out.low, out.high = scanInteger, math.MinInt16, math.MaxInt16
	case readInt32, readDate:
		out.step = scanInteger
	case readTime:
		out.step, out.low, out.high = scanInteger, 0, dayMillis
	case readEnum:
		out.step, out.low, out.high = scanInteger, 0, int64(len(p.symbols))-1
	case readInt64, readTimestamp:
		out.step, out.low, out.high = scanInteger, math.MinInt64, math.MaxInt64
	case readFloat:
		out.step = scanFloat
	case readDouble:
		out.step, out.size = scanFixed, 8
	case readFixed:
		out.step, out.size = scanFixed, s.Size
	case readString:
		out.step = scanString
	case readBytes:
		out.step = scanBytes
	case readArray, readMap:
		out.step = scanArray
		if p.step == readMap {
			out.step = scanMap
		}
		out.parts = []*scanPlan{newScan(p.parts[0], s.Items, done)}
	case readRecord:
		out.step = scanRecord
		for i, part := range p.parts {
			out.parts = append(out.parts, newScan(part, s.Fields[i].Schema, done))
		}
	case readBranch, readUnion:
		out.union(p, s, done)
	default:
		out.step = scanNever
	}
	return out
}

func (out *scanPlan) union(p *plan, s *Schema, done map[planKey]*scanPlan) {
	out.step = scanUnion
	for i, part := range p.parts {
		if s.Branches[i].Kind == Null && p.schema.HasDefault {
			out.null = i
		}
		if s.Branches[i].Kind == Null {
			out.parts = append(out.parts, &scanPlan{})
			continue
		}
		out.parts = append(out.parts, newScan(part, s.Branches[i], done))
	}
}
