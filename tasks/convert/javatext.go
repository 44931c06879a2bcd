package convert

import (
	"fmt"
	"strconv"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javatime"
)

// JavaClass returns the class name of the Java object that v stands for, as Class.getName writes it.
func JavaClass(v tasks.Value) string {
	switch v.Kind() {
	case tasks.KindInt8:
		return "java.lang.Byte"
	case tasks.KindInt16:
		return "java.lang.Short"
	case tasks.KindInt32:
		return "java.lang.Integer"
	case tasks.KindInt64:
		return "java.lang.Long"
	case tasks.KindFloat32:
		return "java.lang.Float"
	case tasks.KindFloat64:
		return "java.lang.Double"
	case tasks.KindBoolean:
		return "java.lang.Boolean"
	case tasks.KindString:
		return "java.lang.String"
	case tasks.KindBytes:
		if v.IsBuffer() {
			return bufferClass
		}
		return "[B"
	case tasks.KindDecimal:
		return "java.math.BigDecimal"
	case tasks.KindTime:
		return "java.util.Date"
	case tasks.KindList:
		return "java.util.ArrayList"
	case tasks.KindMap:
		return "java.util.HashMap"
	case tasks.KindStruct:
		return "org.apache.kafka.connect.data.Struct"
	}
	return "null"
}

const bufferClass = "java.nio.HeapByteBuffer"

// AppendJava appends what Java's toString writes for v, in the time zone UTC and the locale en_US. Bytes, whose text in
// Java is an identity, are written as an identity of zero.
func AppendJava(dst []byte, v tasks.Value) []byte {
	switch v.Kind() {
	case tasks.KindNull:
		return append(dst, "null"...)
	case tasks.KindFloat32:
		return AppendFloat(dst, float32(v.Float()))
	case tasks.KindFloat64:
		return AppendDouble(dst, v.Float())
	case tasks.KindBoolean:
		return strconv.AppendBool(dst, v.Bool())
	case tasks.KindString:
		return append(dst, v.Bytes()...)
	case tasks.KindBytes:
		if v.IsBuffer() {
			n := strconv.Itoa(len(v.Bytes()))
			return append(dst, bufferClass+"[pos=0 lim="+n+" cap="+n+"]"...)
		}
		return append(dst, "[B@0"...)
	case tasks.KindDecimal:
		return append(dst, v.Decimal().String()...)
	case tasks.KindTime:
		return append(dst, dateText(v.Time())...)
	case tasks.KindList:
		dst = append(dst, '[')
		for i, e := range v.List() {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = AppendJava(dst, e)
		}
		return append(dst, ']')
	case tasks.KindMap:
		return appendJavaMap(dst, v.Map())
	case tasks.KindStruct:
		return appendJavaStruct(dst, v.Struct())
	}
	return strconv.AppendInt(dst, v.Int(), 10)
}

func appendJavaMap(dst []byte, m *tasks.Map) []byte {
	dst = append(dst, '{')
	for i, e := range Ordered(m) {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = AppendJava(append(AppendJava(dst, e.Key), '='), e.Value)
	}
	return append(dst, '}')
}

func appendJavaStruct(dst []byte, s *tasks.Struct) []byte {
	dst = append(dst, "Struct{"...)
	first := true
	for i, e := range s.Slots {
		if e.IsNull() {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = AppendJava(append(append(dst, s.Schema.Fields[i].Name...), '='), e)
	}
	return append(dst, '}')
}

// dateText is java.util.Date.toString: the Julian calendar before 1582, years before Christ without a sign.
func dateText(t time.Time) string {
	y, m, d := civil(t)
	if y <= 0 {
		y = 1 - y
	}
	return fmt.Sprintf("%s %s %02d %02d:%02d:%02d UTC %d", t.Weekday().String()[:3], time.Month(m).String()[:3], d,
		t.Hour(), t.Minute(), t.Second(), y)
}

// civil returns the date of t in Java's calendar, which is Julian before 1582-10-15.
func civil(t time.Time) (year, month, day int) {
	y, m, d := javatime.Date(floorDiv(t.UnixMilli(), dayMillis))
	return int(y), int(m), int(d)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
