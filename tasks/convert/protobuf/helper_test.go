package protobuf

import (
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
)

// defaults are the converter's settings without configuration.
func defaults() Options {
	return Options{OptionalProto2: true, WrapRaw: true, UnionIndex: true}
}

// everything has a field of each kind, nested and repeated ones, and all that has a meaning to Connect.
const everything = `syntax = "proto3";
package com.x;
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
import "google/protobuf/struct.proto";
import "google/type/date.proto";
import "google/type/timeofday.proto";
import "confluent/type/decimal.proto";
import "confluent/meta.proto";

message R {
  int32 a = 1; int64 b = 2; uint32 c = 3; uint64 d = 4; sint32 e = 5; sint64 f = 6; fixed32 g = 7; fixed64 h = 8;
  sfixed32 i = 9; sfixed64 j = 10; float k = 11; double l = 12; bool m = 13; string n = 14; bytes o = 15;
  optional int32 p = 16;
  int32 q = 17 [(confluent.field_meta) = { params: [{ key: "connect.type", value: "int8" }] }];
  repeated int64 r = 18;
  repeated string s = 19;
  map<string, In> t = 20;
  map<int32, double> u = 21;
  E v = 22;
  repeated E w = 23;
  oneof choice { int32 x = 24; In y = 25; string z = 26; }
  google.protobuf.Timestamp at = 27;
  google.protobuf.StringValue name = 28;
  google.type.Date day = 29;
  google.type.TimeOfDay clock = 30;
  confluent.type.Decimal price = 31 [(confluent.field_meta).params = { key: "scale", value: "2" }];
  repeated In list = 200;
  google.protobuf.Struct any = 1000;
  R next = 33;
  message In { int32 x = 1; string y = 2; repeated In below = 3; }
  enum E { ZERO = 0; ONE = 1; TWO = 2; }
}
`

func mustParse(t testing.TB, text string) *file {
	t.Helper()
	f, err := parseSchema(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// readerOf compiles the first message of a text.
func readerOf(t testing.TB, text string, o Options) *reading {
	t.Helper()
	rd := newReading(mustParse(t, text).messages[0], o, 1, "1")
	if rd.err != nil {
		t.Fatal(rd.err)
	}
	return rd
}

// decodeOne returns the value of a body.
func decodeOne(t testing.TB, rd *reading, body []byte) (tasks.Value, error) {
	t.Helper()
	return new(decoder).decode(&tasks.Arena{}, rd, body)
}
