// Package protobuf reads and writes Protobuf as Confluent's ProtobufConverter does: .proto texts, the mapping between
// messages and Connect schemas, and a compiled binary codec.
//
// The texts are parsed, and written, by this package itself: what is registered must be the text of the Java converter to
// the letter, and its lenient parser takes what protoc would refuse. Only the registry's client, which a [Converter]
// holds, does I/O and blocks; everything else is pure.
package protobuf
