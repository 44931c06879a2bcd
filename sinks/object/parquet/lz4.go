package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/pierrec/lz4/v4"
)

// hadoopLZ4 is Parquet's codec LZ4, which is Hadoop's framing: the length of a block before and after compression, big-endian,
// then the block. Parquet's documentation of compression describes it as deprecated; parquet-java still writes it.
type hadoopLZ4 struct{}

func (hadoopLZ4) CompressBound(n int64) int64 { return int64(lz4.CompressBlockBound(int(n))) + 8 }

func (c hadoopLZ4) Encode(dst, src []byte) []byte {
	dst = dst[:cap(dst)]
	if need := int(c.CompressBound(int64(len(src)))); len(dst) < need {
		dst = make([]byte, need)
	}
	var compressor lz4.Compressor
	n, err := compressor.CompressBlock(src, dst[8:])
	if err != nil || n == 0 && len(src) > 0 { // it cannot be made smaller: a block of literals alone
		n = copy(dst[8:], literals(src))
	}
	binary.BigEndian.PutUint32(dst, uint32(len(src)))
	binary.BigEndian.PutUint32(dst[4:], uint32(n))
	return dst[:8+n]
}

// literals is an LZ4 block that holds src as it is.
func literals(src []byte) []byte {
	n := len(src)
	if n < 15 {
		return append([]byte{byte(n) << 4}, src...)
	}
	out := []byte{0xf0}
	for n -= 15; n >= 255; n -= 255 {
		out = append(out, 255)
	}
	return append(append(out, byte(n)), src...)
}

func (c hadoopLZ4) EncodeLevel(dst, src []byte, _ int) []byte { return c.Encode(dst, src) }

func (c hadoopLZ4) Decode(dst, src []byte) []byte {
	out, err := c.DecodeWithError(dst, src)
	if err != nil {
		return nil
	}
	return out
}

func (hadoopLZ4) DecodeWithError(dst, src []byte) ([]byte, error) {
	out := dst[:0] // callers look into the memory that they gave
	for len(src) > 0 {
		if len(src) < 8 {
			return nil, io.ErrUnexpectedEOF
		}
		plain, packed := binary.BigEndian.Uint32(src), binary.BigEndian.Uint32(src[4:])
		if int64(packed) > int64(len(src)-8) || plain > 1<<30 {
			return nil, errors.New("an LZ4 block has wrong lengths")
		}
		block := make([]byte, plain)
		n, err := lz4.UncompressBlock(src[8:8+packed], block)
		if err != nil {
			return nil, err
		}
		out, src = append(out, block[:n]...), src[8+packed:]
	}
	return out, nil
}

func (hadoopLZ4) NewReader(r io.Reader) io.ReadCloser {
	b, err := io.ReadAll(r)
	if err == nil {
		b, err = hadoopLZ4{}.DecodeWithError(nil, b)
	}
	if err != nil {
		return io.NopCloser(failing{err})
	}
	return io.NopCloser(bytes.NewReader(b))
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
