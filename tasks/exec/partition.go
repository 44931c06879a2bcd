package exec

import (
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
)

// keyed is Kafka's own choice of a partition, by the key's hash.
func keyed() kgo.Partitioner { return kgo.StickyKeyPartitioner(nil) }

// partitionOf returns the partition, of n, where keyed puts the records of a key.
func partitionOf(topic string, key []byte, n int) int32 {
	return int32(keyed().ForTopic(topic).Partition(&kgo.Record{Key: key}, n))
}

// placing sends a record to the partition that it names, and one that names none ([tasks.NoPartition]) where the partitioner
// inside puts it.
type placing struct{ kgo.Partitioner }

func (p placing) ForTopic(topic string) kgo.TopicPartitioner {
	return placingTopic{p.Partitioner.ForTopic(topic)}
}

type placingTopic struct{ kgo.TopicPartitioner }

func (p placingTopic) RequiresConsistency(r *kgo.Record) bool {
	return r.Partition != tasks.NoPartition || p.TopicPartitioner.RequiresConsistency(r)
}

func (p placingTopic) Partition(r *kgo.Record, n int) int {
	if r.Partition != tasks.NoPartition {
		return int(r.Partition)
	}
	return p.TopicPartitioner.Partition(r, n)
}

// OnNewBatch lets a sticky choice move on.
func (p placingTopic) OnNewBatch() {
	if s, ok := p.TopicPartitioner.(kgo.TopicPartitionerOnNewBatch); ok {
		s.OnNewBatch()
	}
}
