package gcs

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/url"
	"time"
)

// attributes are what a client may set of an object.
type attributes struct {
	ContentType        string            `json:"contentType,omitempty"`
	ContentEncoding    string            `json:"contentEncoding,omitempty"`
	ContentDisposition string            `json:"contentDisposition,omitempty"`
	ContentLanguage    string            `json:"contentLanguage,omitempty"`
	CacheControl       string            `json:"cacheControl,omitempty"`
	StorageClass       string            `json:"storageClass,omitempty"`
	CustomTime         string            `json:"customTime,omitempty"`
	Metadata           map[string]string `json:"metadata,omitempty"`
}

// An object is one finished object. It never changes: a new one takes its
// place.
type object struct {
	attributes
	Bucket         string    `json:"bucket"`
	Name           string    `json:"name"`
	Generation     int64     `json:"generation,string"`
	Metageneration int64     `json:"metageneration,string"`
	Size           int64     `json:"size,string"`
	MD5            []byte    `json:"md5Hash"`
	CRC32C         crc       `json:"crc32c"`
	Created        time.Time `json:"timeCreated"`
	Updated        time.Time `json:"updated"`

	content []byte // in memory
}

// resource is an object as the JSON API describes it.
type resource struct {
	Kind      string `json:"kind"`
	ID        string `json:"id"`
	SelfLink  string `json:"selfLink"`
	MediaLink string `json:"mediaLink"`
	*object
	Etag      string    `json:"etag"`
	Finalized time.Time `json:"timeFinalized"`
	ClassTime time.Time `json:"timeStorageClassUpdated"`
}

// resource describes the object; base is the URL of the emulator.
func (o *object) resource(base string) resource {
	path := "b/" + url.PathEscape(o.Bucket) + "/o/" + url.PathEscape(o.Name)
	return resource{
		Kind:      "storage#object",
		ID:        fmt.Sprintf("%s/%s/%d", o.Bucket, o.Name, o.Generation),
		SelfLink:  base + jsonPrefix + path,
		MediaLink: fmt.Sprintf("%s%s%s?generation=%d&alt=media", base, downloadPrefix, path, o.Generation),
		object:    o,
		Etag:      o.etag(),
		Finalized: o.Created,
		ClassTime: o.Created,
	}
}

// etag changes with the content and with the metadata.
func (o *object) etag() string {
	b := binary.AppendVarint(binary.AppendVarint(nil, o.Generation), o.Metageneration)
	return base64.StdEncoding.EncodeToString(b)
}

// A crc is a CRC-32C checksum, written as base64 of its big-endian bytes.
type crc uint32

// MarshalText implements encoding.TextMarshaler.
func (c crc) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *crc) UnmarshalText(text []byte) error {
	b, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil || len(b) != 4 {
		return fmt.Errorf("%q is not a CRC32C", text)
	}
	*c = crc(binary.BigEndian.Uint32(b))
	return nil
}

func (c crc) String() string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, uint32(c)))
}
