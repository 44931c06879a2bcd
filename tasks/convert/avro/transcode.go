package avro

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"unicode/utf8"

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

// scanner walks over a body.
type scanner struct {
	b     []byte
	depth int
}

// value reports whether the next datum is in the one form that the encoder writes.
func (s *scanner) value(p *scanPlan) bool {
	switch p.step {
	case scanNull:
		return true
	case scanBoolean:
		b := s.take(1)
		return b != nil && b[0] <= 1
	case scanInteger:
		n, ok := s.long()
		return ok && n >= p.low && n <= p.high
	case scanFloat:
		// A float's NaN may lose its payload on the way through a double.
		b := s.take(4)
		return b != nil && binary.LittleEndian.Uint32(b)&0x7fffffff <= 0x7f800000
	case scanFixed:
		return p.size == 0 || s.take(p.size) != nil
	case scanString:
		b, ok := s.bytes()
		return ok && utf8.Valid(b)
	case scanBytes:
		_, ok := s.bytes()
		return ok
	case scanNever:
		return false
	}
	if s.depth++; s.depth > maxDepth {
		return false
	}
	ok := s.nested(p)
	s.depth--
	return ok
}

func (s *scanner) nested(p *scanPlan) bool {
	switch p.step {
	case scanRecord:
		for _, part := range p.parts {
			if !s.value(part) {
				return false
			}
		}
		return true
	case scanUnion:
		i, ok := s.long()
		return ok && i >= 0 && i < int64(len(p.parts)) && int(i) != p.null && s.value(p.parts[i])
	}
	n, ok := s.long()
	if !ok || n < 0 || n > int64(maxItems+len(s.b)) {
		return false
	}
	if n == 0 {
		return true
	}
	if p.step == scanMap {
		if !s.entries(p, int(n)) {
			return false
		}
	} else {
		for range n {
			if !s.value(p.parts[0]) {
				return false
			}
		}
	}
	end, ok := s.long()
	return ok && end == 0
}

// maxScanKeys is up to how many keys of a map are compared with each other; a larger map is decoded.
const maxScanKeys = 32

func (s *scanner) entries(p *scanPlan, n int) bool {
	var keys [maxScanKeys][]byte
	if n > maxScanKeys {
		return false
	}
	for i := range n {
		k, ok := s.bytes()
		if !ok || !utf8.Valid(k) {
			return false
		}
		for _, other := range keys[:i] {
			if bytes.Equal(other, k) {
				return false
			}
		}
		keys[i] = k
		if !s.value(p.parts[0]) {
			return false
		}
	}
	return true
}

func (s *scanner) take(n int) []byte {
	if n > len(s.b) {
		return nil
	}
	b := s.b[:n]
	s.b = s.b[n:]
	return b
}

func (s *scanner) bytes() ([]byte, bool) {
	n, ok := s.long()
	if !ok || n < 0 || n > int64(len(s.b)) {
		return nil, false
	}
	b := s.b[:n]
	s.b = s.b[n:]
	return b, true
}

// long reads a number in its shortest form.
func (s *scanner) long() (int64, bool) {
	if len(s.b) > 0 && s.b[0] < 0x80 { // most are
		u := s.b[0]
		s.b = s.b[1:]
		return int64(u>>1) ^ -int64(u&1), true
	}
	u, n := binary.Uvarint(s.b)
	if n <= 0 || n > 1 && s.b[n-1] == 0 {
		return 0, false
	}
	s.b = s.b[n:]
	return int64(u>>1) ^ -int64(u&1), true
}
