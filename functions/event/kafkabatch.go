package event

import (
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
)

// kafkaBatch is a batch of records of Kafka as an event source mapping delivers it.
type kafkaBatch struct {
	// Brokers is what the event says of where it comes from, host:port,….
	Brokers    string
	Source     string // the cluster's ARN, "" for a self-managed one
	Partitions []kafkaPartition
}

// kafkaPartition is the records of one partition, in the order of their offsets.
type kafkaPartition struct {
	// Name is the partition as a partial answer names it: topic-partition.
	Name    string
	Records []tasks.Raw
}

// decodeKafka reads an event of an event source mapping for MSK or a self-managed cluster. Keys and values are decoded into one piece of
// memory, names alias the payload; both live as long as the batch.
func decodeKafka(payload []byte) (*kafkaBatch, error) {
	d := &kafkaDecoder{scanner: scanner{b: payload}, batch: &kafkaBatch{}, names: map[string]string{}}
	err := d.object(func(name []byte) error {
		switch string(name) {
		case "bootstrapServers":
			return d.string(&d.batch.Brokers)
		case "eventSourceArn":
			return d.string(&d.batch.Source)
		case "records":
			return d.object(d.partition)
		}
		_, err := d.value()
		return err
	})
	if err == nil {
		err = d.end()
	}
	if err != nil {
		return nil, fmt.Errorf("read the event of Kafka: %w", err)
	}
	return d.batch, nil
}

type kafkaDecoder struct {
	scanner
	batch *kafkaBatch
	free  []byte // for keys and values
	topic string // of the record before, mostly that of this one too
	all   []tasks.RawHeader
	names map[string]string // of headers
}

func (d *kafkaDecoder) string(to *string) error {
	text, err := d.plain()
	*to = string(text)
	return err
}

func (d *kafkaDecoder) partition(name []byte) error {
	p := kafkaPartition{Name: string(name)}
	begin := d.i
	err := d.array(func() error {
		n := len(p.Records)
		if n == 1 { // the others are mostly as long as the first, and the partitions share what is left
			p.Records = slices.Grow(p.Records, min((len(d.b)-d.i)/(d.i-begin), guess))
		}
		p.Records = append(p.Records, tasks.Raw{Partition: -1, Offset: -1, Timestamp: tasks.NoTimestamp})
		r := &p.Records[n]
		if err := d.record(r); err != nil {
			return fmt.Errorf("record %d of %s: %w", n, p.Name, err)
		}
		if n > 0 {
			if l := &p.Records[n-1]; l.Topic != r.Topic || l.Partition != r.Partition || l.Offset >= r.Offset {
				return fmt.Errorf("record %d of %s is %s/%d at offset %d, behind %s/%d at offset %d", n, p.Name, r.Topic, r.Partition, r.Offset, l.Topic, l.Partition, l.Offset)
			}
		}
		return nil
	})
	if err == nil && len(p.Records) > 0 {
		d.batch.Partitions = append(d.batch.Partitions, p)
	}
	return err
}

// guess bounds how many records a partition is expected to have, before they are there.
const guess = 4096

func (d *kafkaDecoder) record(r *tasks.Raw) error {
	err := d.object(func(name []byte) (err error) {
		switch string(name) {
		case "topic":
			var topic []byte
			if topic, err = d.plain(); string(topic) != d.topic {
				d.topic = string(topic)
			}
			r.Topic = d.topic
		case "partition":
			var n int64
			n, err = d.number()
			r.Partition = int32(n)
		case "offset":
			r.Offset, err = d.number()
		case "timestamp":
			r.Timestamp, err = d.number()
		case "timestampType":
			var t []byte
			if t, err = d.plain(); string(t) == "LOG_APPEND_TIME" {
				r.TimestampType = tasks.LogAppendTime
			} else if string(t) == "CREATE_TIME" {
				r.TimestampType = tasks.CreateTime
			}
		case "key":
			r.Key, err = d.base64()
		case "value":
			r.Value, err = d.base64()
		case "headers":
			r.Headers, err = d.headers()
		default:
			_, err = d.value()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
	if err == nil && (r.Topic == "" || r.Partition < 0 || r.Offset < 0) {
		err = fmt.Errorf("it has no topic, partition or offset")
	}
	return err
}

// base64 reads a key or value.
func (d *kafkaDecoder) base64() ([]byte, error) {
	text, err := d.plain()
	if text == nil || err != nil {
		return nil, err
	}
	n := base64.StdEncoding.DecodedLen(len(text))
	d.room(n)
	m, err := base64.StdEncoding.Decode(d.free[:n], text)
	if err != nil {
		return nil, err
	}
	return d.take(m), nil
}

// room makes sure that n bytes are free. All keys, values and headers share one piece of memory: together they cannot have more than
// three quarters of what is left of the payload.
func (d *kafkaDecoder) room(n int) {
	if d.free == nil || n > len(d.free) {
		d.free = make([]byte, max(n, base64.StdEncoding.DecodedLen(len(d.b)-d.i)))
	}
}

func (d *kafkaDecoder) take(n int) []byte {
	out := d.free[:n:n]
	d.free = d.free[n:]
	return out
}

// headers reads a list of objects, each with one member: a name, and its bytes as numbers, which Java has signed.
func (d *kafkaDecoder) headers() ([]tasks.RawHeader, error) {
	if c, err := d.peek(); err == nil && c == 'n' {
		_, err := d.value()
		return nil, err
	}
	start := len(d.all)
	err := d.array(func() error { return d.object(d.header) })
	if len(d.all) == start {
		return nil, err
	}
	return d.all[start:len(d.all):len(d.all)], err
}

func (d *kafkaDecoder) header(name []byte) error {
	key, ok := d.names[string(name)]
	if !ok {
		key = string(name)
		d.names[key] = key
	}
	if c, err := d.peek(); err == nil && c == 'n' {
		_, err := d.value()
		d.all = append(d.all, tasks.RawHeader{Key: key})
		return err
	}
	d.room(1)
	n := 0
	err := d.array(func() error {
		b, err := d.number()
		if err == nil && (b < -128 || b > 255) {
			err = fmt.Errorf("header %s has %d, which is no byte", key, b)
		}
		if n == len(d.free) { // never: a number takes more text than a byte
			return errTruncated
		}
		d.free[n] = byte(b)
		n++
		return err
	})
	d.all = append(d.all, tasks.RawHeader{Key: key, Value: d.take(n)})
	return err
}
