package aiven

import (
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"github.com/mayfly-connect/mayfly/sinks/object"
)

// compressor returns what makes compressors of a file.compression.type; nil for none.
func compressor(kind string) func(out io.Writer) (object.Compressor, error) {
	switch kind {
	case "gzip":
		return object.Gzip(-1)
	case "snappy":
		return func(out io.Writer) (object.Compressor, error) { return newXerial(out), nil }
	case "zstd":
		return func(out io.Writer) (object.Compressor, error) {
			return zstd.NewWriter(out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
		}
	}
	return nil
}

// extension is what a compression adds to a name.
func extension(kind string) string {
	return map[string]string{"gzip": ".gz", "snappy": ".snappy", "zstd": ".zst"}[kind]
}

// xerial writes the stream format of snappy-java: a header, then blocks with their lengths.
type xerial struct {
	out    io.Writer
	block  []byte
	packed []byte
	begun  bool
}

const (
	xerialMagic = "\x82SNAPPY\x00\x00\x00\x00\x01\x00\x00\x00\x01"
	xerialBlock = 32 << 10
)

func newXerial(out io.Writer) *xerial { return &xerial{out: out, block: make([]byte, 0, xerialBlock)} }

func (x *xerial) Reset(out io.Writer) { x.out, x.block, x.begun = out, x.block[:0], false }

func (x *xerial) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		some := min(len(p), xerialBlock-len(x.block))
		x.block, p = append(x.block, p[:some]...), p[some:]
		if len(x.block) == xerialBlock {
			if err := x.flush(); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

func (x *xerial) Close() error { return x.flush() }

func (x *xerial) flush() error {
	p := x.packed[:0]
	if !x.begun {
		p, x.begun = append(p, xerialMagic...), true
	}
	if len(x.block) > 0 {
		data := s2.EncodeSnappy(nil, x.block)
		p = append(binary.BigEndian.AppendUint32(p, uint32(len(data))), data...)
	}
	x.block, x.packed = x.block[:0], p
	_, err := x.out.Write(p)
	return err
}
