package protobuf

import (
	"encoding/binary"
	"math/big"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// appendLogical appends the content of a message with a meaning.
func appendLogical(dst []byte, p *valuePlan, v tasks.Value) ([]byte, error) {
	if p.class == classDecimal {
		d := v.Decimal()
		if d == nil {
			return dst, tasks.DataException("Invalid type for Decimal, expected BigDecimal but was class %s", convert.JavaClass(v))
		}
		return appendDecimal(dst, d), nil
	}
	if v.Kind() != tasks.KindTime {
		name := map[class]string{classDate: "Date", classTime: "Time", classTimestamp: "Timestamp"}[p.class]
		return dst, tasks.DataException("Invalid type for %s, expected Date but was class %s", name, convert.JavaClass(v))
	}
	switch p.class {
	case classDate:
		return appendDate(dst, v.Int())
	case classTime:
		return appendTime(dst, v.Int())
	}
	return appendTimestamp(dst, v.Int())
}

// part appends a varint field unless it is zero.
func part(dst []byte, number int32, v int64) []byte {
	if v == 0 {
		return dst
	}
	return binary.AppendUvarint(appendTag(dst, number, wireVarint), uint64(v))
}

func appendDecimal(dst []byte, d *tasks.Decimal) []byte {
	unscaled := twos(&d.Unscaled)
	dst = binary.AppendUvarint(appendTag(dst, 1, wireLen), uint64(len(unscaled)))
	dst = append(dst, unscaled...)
	digits := len(new(big.Int).Abs(&d.Unscaled).Text(10))
	return part(part(dst, 2, int64(digits)), 3, int64(d.Scale))
}

// twos returns the shortest big-endian two's complement of n.
func twos(n *big.Int) []byte {
	if n.Sign() >= 0 {
		b := n.Bytes()
		if len(b) == 0 || b[0] >= 0x80 {
			b = append([]byte{0}, b...)
		}
		return b
	}
	size := new(big.Int).Not(n).BitLen()/8 + 1
	return new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size))).FillBytes(make([]byte, size))
}

func appendDate(dst []byte, ms int64) ([]byte, error) {
	if ms%dayMillis != 0 {
		return dst, tasks.DataException("Kafka Connect Date type should not have any time fields set to non-zero values.")
	}
	year, month, day := calendarDate(ms / dayMillis)
	return part(part(part(dst, 1, int64(int32(year))), 2, month), 3, day), nil
}

func appendTime(dst []byte, ms int64) ([]byte, error) {
	if ms < 0 || ms > dayMillis {
		return dst, tasks.DataException("Time values must use number of millis greater than 0 and less than 86400000")
	}
	ms %= dayMillis
	seconds := ms / 1000
	dst = part(part(dst, 1, seconds/3600), 2, seconds/60%60)
	return part(part(dst, 3, seconds%60), 4, ms%1000*1e6), nil
}

func appendTimestamp(dst []byte, ms int64) ([]byte, error) {
	seconds := floorDiv(ms, 1000)
	nanos := (ms - seconds*1000) * 1e6
	if seconds < firstSecond || seconds > lastSecond {
		return dst, invalidTimestamp(seconds, nanos)
	}
	return part(part(dst, 1, seconds), 2, nanos), nil
}
