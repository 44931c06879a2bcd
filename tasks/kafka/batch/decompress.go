package batch

import (
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
)

// decompress returns the records of a batch, in memory that is used again for the next. The codecs are franz-go's, but for LZ4 frames of
// the usual kind.
func (r *Reader) decompress(b []byte, codec kgo.CompressionCodecType) ([]byte, error) {
	if codec == kgo.CodecNone {
		return b, nil
	}
	if codec == kgo.CodecLz4 {
		if out, ok := unpackLZ4(r.unpacked[:0], b); ok {
			r.unpacked = out
			return out, nil
		}
	}
	if r.decompressor == nil {
		r.decompressor = kgo.DefaultDecompressor((*buffer)(r))
	}
	out, err := r.decompressor.Decompress(b, codec)
	if cap(out) > cap(r.unpacked) {
		r.unpacked = out
	}
	return out, err
}

// buffer hands the reader's memory to franz-go's decompressor.
type buffer Reader

var _ kgo.PoolDecompressBytes = (*buffer)(nil)

// GetDecompressBytes returns the memory of the batch before, which has been read.
func (b *buffer) GetDecompressBytes([]byte, kgo.CompressionCodecType) []byte { return b.unpacked[:0] }

// PutDecompressBytes does nothing: the reader has kept it.
func (b *buffer) PutDecompressBytes([]byte) {}

// long reads all that is left by way of franz-go.
func (r *Reader) long() error {
	part := *r.part
	part.RecordBatches, r.rest = r.rest, nil
	level := kgo.ReadUncommitted()
	if r.aborted != nil {
		level = kgo.ReadCommitted()
	}
	p, _ := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{Offset: r.pos, IsolationLevel: level, Topic: r.Topic, Partition: r.Partition},
		&part, kgo.DefaultDecompressor(), nil)
	r.old = p.Records
	return p.Err
}

func (r *Reader) readOld(into []tasks.Raw) (n int) {
	for ; n < len(into) && len(r.old) > 0 && r.old[0].Offset < r.to; n++ {
		FromRecord(&into[n], r.old[0])
		r.old = r.old[1:]
	}
	if n == 0 {
		r.old = nil
	}
	return n
}

// FromRecord fills raw from a record that franz-go has read.
func FromRecord(raw *tasks.Raw, k *kgo.Record) {
	*raw = tasks.Raw{Topic: k.Topic, Partition: k.Partition, Offset: k.Offset, Timestamp: timestamp(k.Timestamp.UnixMilli()),
		TimestampType: tasks.CreateTime, Key: k.Key, Value: k.Value}
	switch k.Attrs.TimestampType() {
	case 1:
		raw.TimestampType = tasks.LogAppendTime
	case -1:
		raw.TimestampType = tasks.NoTimestampType
	}
	if len(k.Headers) > 0 {
		raw.Headers = make([]tasks.RawHeader, len(k.Headers))
		for i, h := range k.Headers {
			raw.Headers[i] = tasks.RawHeader{Key: h.Key, Value: h.Value}
		}
	}
}
