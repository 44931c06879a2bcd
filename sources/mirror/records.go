package mirror

import (
	"encoding/binary"
	"errors"
)

// MirrorMaker's records are in Kafka's own encoding: numbers big-endian, texts behind their length in two bytes.

func appendText(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

var errCutOff = errors.New("the record is cut off")

// fields reads what the appenders wrote. After an error everything is zero.
type fields struct {
	b   []byte
	err error
}

func (f *fields) take(n int) []byte {
	if f.err != nil || n > len(f.b) {
		f.err = errCutOff
		return make([]byte, min(n, 8))
	}
	b := f.b[:n]
	f.b = f.b[n:]
	return b
}

func (f *fields) int16() int16 { return int16(binary.BigEndian.Uint16(f.take(2))) }
func (f *fields) int32() int32 { return int32(binary.BigEndian.Uint32(f.take(4))) }
func (f *fields) int64() int64 { return int64(binary.BigEndian.Uint64(f.take(8))) }
func (f *fields) text() string {
	n := int(f.int16())
	if n < 0 {
		f.err = errCutOff
		return ""
	}
	b := f.take(n)
	if f.err != nil {
		return ""
	}
	return string(b)
}

// partition is a topic-partition.
type partition struct {
	topic     string
	partition int32
}

// offsetSync says that a record of the source cluster is at an offset of the target cluster.
type offsetSync struct {
	partition            // of the source cluster
	upstream, downstream int64
}

func (s offsetSync) key() []byte {
	return binary.BigEndian.AppendUint32(appendText(nil, s.topic), uint32(s.partition.partition))
}

func (s offsetSync) value() []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(s.upstream)), uint64(s.downstream))
}

func readOffsetSync(key, value []byte) (offsetSync, error) {
	k, v := fields{b: key}, fields{b: value}
	s := offsetSync{partition: partition{k.text(), k.int32()}, upstream: v.int64(), downstream: v.int64()}
	return s, errors.Join(k.err, v.err)
}

// recordVersion is the version of checkpoints and heartbeats.
const recordVersion = 0

// checkpoint says where a group of the source cluster would stand in the target cluster.
type checkpoint struct {
	group                string
	partition            // of the target cluster
	upstream, downstream int64
	metadata             string
}

func (c checkpoint) key() []byte {
	return binary.BigEndian.AppendUint32(appendText(appendText(nil, c.group), c.topic), uint32(c.partition.partition))
}

func (c checkpoint) value() []byte {
	b := binary.BigEndian.AppendUint16(nil, recordVersion)
	b = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, uint64(c.upstream)), uint64(c.downstream))
	return appendText(b, c.metadata)
}

func readCheckpoint(key, value []byte) (checkpoint, error) {
	k, v := fields{b: key}, fields{b: value}
	c := checkpoint{group: k.text(), partition: partition{k.text(), k.int32()}}
	if version := v.int16(); v.err == nil && version != recordVersion {
		return c, errors.New("the checkpoint is of an unknown version")
	}
	c.upstream, c.downstream, c.metadata = v.int64(), v.int64(), v.text()
	return c, errors.Join(k.err, v.err)
}

func heartbeatKey(source, target string) []byte { return appendText(appendText(nil, source), target) }

func heartbeatValue(ms int64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint16(nil, recordVersion), uint64(ms))
}
