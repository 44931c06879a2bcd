package transform

import (
	"strconv"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// recordText is the toString of Java's SinkRecord and SourceRecord.
func recordText(r *tasks.Record, kind tasks.ConnectorKind) string {
	b := []byte("SourceRecord{sourcePartition=null, sourceOffset=null} ")
	if kind == tasks.SinkKind {
		offset := strconv.AppendInt(nil, r.Offset, 10)
		b = append(append(b[:0], "SinkRecord{kafkaOffset="...), offset...)
		b = append(b, ", timestampType="+[...]string{"NoTimestampType", "CreateTime", "LogAppendTime"}[r.TimestampType]...)
		if r.Raw != nil {
			b = append(b, ", originalTopic="+r.Raw.Topic+", originalKafkaPartition="+partitionText(r.Raw.Partition)+", originalKafkaOffset="...)
			b = strconv.AppendInt(b, r.Raw.Offset, 10)
		}
		b = append(b, "} "...)
	}
	b = append(b, "ConnectRecord{topic='"+r.Topic+"', kafkaPartition="+partitionText(r.Partition)+", key="...)
	b = append(convert.AppendJava(b, r.Key), ", keySchema="+schemaText(r.KeySchema)+", value="...)
	b = append(convert.AppendJava(b, r.Value), ", valueSchema="+schemaText(r.ValueSchema)+", timestamp="...)
	if r.Timestamp == tasks.NoTimestamp {
		b = append(b, "null"...)
	} else {
		b = strconv.AppendInt(b, r.Timestamp, 10)
	}
	b = append(b, ", headers=ConnectHeaders(headers="...)
	for i, h := range r.Headers {
		open := "["
		if i > 0 {
			open = ", "
		}
		b = append(convert.AppendJava(append(b, open+"ConnectHeader(key="+h.Key+", value="...), h.Value), ", schema="+schemaText(h.Schema)+")"...)
	}
	if len(r.Headers) > 0 {
		b = append(b, ']')
	}
	return string(append(b, ")}"...))
}

func partitionText(p int32) string {
	if p == tasks.NoPartition {
		return "null"
	}
	return strconv.Itoa(int(p))
}
