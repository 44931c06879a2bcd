package kafka

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// tunings are the settings of Kafka's clients, beside those of security, that this client has too. A number is bounded to what
// it takes.
var tunings = map[string]struct {
	least, most int64
	option      func(n int64) kgo.Opt
}{
	"connections.max.idle.ms":            {1000, math.MaxInt32, func(n int64) kgo.Opt { return kgo.ConnIdleTimeout(millis(n)) }},
	"metadata.max.age.ms":                {5000, math.MaxInt32, func(n int64) kgo.Opt { return kgo.MetadataMaxAge(millis(n)) }},
	"request.timeout.ms":                 {1000, 15 * 60 * 1000, func(n int64) kgo.Opt { return kgo.RequestTimeoutOverhead(millis(n)) }},
	"socket.connection.setup.timeout.ms": {100, math.MaxInt32, func(n int64) kgo.Opt { return kgo.DialTimeout(millis(n)) }},
	"linger.ms":                          {0, 60_000, func(n int64) kgo.Opt { return kgo.ProducerLinger(millis(n)) }},
	"max.request.size":                   {1024, 100 << 20, func(n int64) kgo.Opt { return kgo.ProducerBatchMaxBytes(int32(n)) }},
	"buffer.memory":                      {100 << 20, math.MaxInt32, func(n int64) kgo.Opt { return kgo.MaxBufferedBytes(int(n)) }},
	"transaction.timeout.ms":             {1000, 15 * 60 * 1000, func(n int64) kgo.Opt { return kgo.TransactionTimeout(millis(n)) }},
}

func millis(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// tuning gives the options of the settings that are there.
func (p lookup) tuning() ([]kgo.Opt, error) {
	var opts []kgo.Opt
	for name, t := range tunings {
		text := p.get(name)
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is no number", p.name(name), text)
		}
		if n >= 0 { // below, Java means without a bound, which is not wanted here
			opts = append(opts, t.option(min(max(n, t.least), t.most)))
		}
	}
	codecs := map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}
	if name := strings.ToLower(p.get("compression.type")); name != "" {
		codec, ok := codecs[name]
		if !ok {
			return nil, fmt.Errorf("%s: %q is none of none, gzip, snappy, lz4, zstd", p.name("compression.type"), name)
		}
		opts = append(opts, kgo.ProducerBatchCompression(codec))
	}
	return opts, nil
}
