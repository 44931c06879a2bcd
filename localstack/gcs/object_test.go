package gcs_test

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"cloud.google.com/go/storage"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"

	"github.com/mayfly-connect/mayfly/localstack/gcs"
)

const mib = 1 << 20

func random(n int) string {
	r := rand.NewChaCha8([32]byte{})
	b := make([]byte, n)
	r.Read(b)
	return string(b)
}

func TestContentRoundTrip(t *testing.T) {
	t.Parallel()
	media(t, func(t *testing.T, opts ...gcs.Option) {
		b := client(t, serve(t, opts...)).Bucket(bucket)
		for _, tt := range []struct {
			name  string
			size  int
			chunk int
		}{
			{"empty in one request", 0, 16 * mib},
			{"empty without chunks", 0, 0},
			{"small in one request", 10, 16 * mib},
			{"small without chunks", 10, 0},
			{"large without chunks", 3*mib + 1, 0},
			{"resumable", 3*mib + 1, 256 << 10},
			{"resumable to a chunk's end", 2 * mib, 256 << 10},
			{"resumable in two", 2*mib - 1, mib},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				o, content := b.Object("a/b c/"+tt.name), random(tt.size)
				must(t, put(t.Context(), o, content, tt.chunk))
				if get(t, o) != content {
					t.Error("read something else than was written")
				}
				attrs, err := o.Attrs(t.Context())
				must(t, err)
				sum := md5.Sum([]byte(content))
				if attrs.Size != int64(tt.size) || !bytes.Equal(attrs.MD5, sum[:]) || attrs.CRC32C != crc32.Checksum([]byte(content), crc32.MakeTable(crc32.Castagnoli)) {
					t.Errorf("%+v", attrs)
				}
			})
		}
	})
}

func TestReads(t *testing.T) {
	t.Parallel()
	media(t, func(t *testing.T, opts ...gcs.Option) {
		url := serve(t, opts...)
		content := random(mib)
		name := "dir//with /strange=+%2F?&#names/€..x"
		for _, c := range []struct {
			name   string
			client *storage.Client
		}{{"XML", client(t, url)}, {"JSON", client(t, url, storage.WithJSONReads())}} {
			t.Run(c.name, func(t *testing.T) {
				o := c.client.Bucket(bucket).Object(name)
				must(t, put(t.Context(), o, content, 0))
				for _, tt := range []struct {
					name           string
					offset, length int64
					want           string
				}{
					{"all", 0, -1, content},
					{"start", 0, 10, content[:10]},
					{"middle", 1000, 10, content[1000:1010]},
					{"from", 1000, -1, content[1000:]},
					{"beyond the end", mib - 5, 100, content[mib-5:]},
					{"last", -7, -1, content[mib-7:]},
					{"nothing", 5, 0, ""},
				} {
					r, err := o.NewRangeReader(t.Context(), tt.offset, tt.length)
					must(t, err)
					got, err := io.ReadAll(r)
					must(t, err)
					if string(got) != tt.want {
						t.Errorf("%s: %d bytes, want %d", tt.name, len(got), len(tt.want))
					}
					if r.Attrs.Size != mib {
						t.Errorf("%s: the size is said to be %d", tt.name, r.Attrs.Size)
					}
				}
				if _, err := o.NewRangeReader(t.Context(), mib, 1); status(err) != 416 {
					t.Errorf("a range behind the end: %v", err)
				}
				attrs, err := o.Attrs(t.Context())
				must(t, err)
				if got := get(t, o.Generation(attrs.Generation)); got != content {
					t.Error("not the live generation")
				}
				if _, err := o.Generation(attrs.Generation - 1).NewReader(t.Context()); !errors.Is(err, storage.ErrObjectNotExist) {
					t.Errorf("an older generation: %v", err)
				}
				if _, err := o.If(storage.Conditions{GenerationMatch: attrs.Generation + 1}).NewReader(t.Context()); status(err) != 412 {
					t.Errorf("another generation: %v", err)
				}
			})
		}
	})
}

func TestAbsent(t *testing.T) {
	t.Parallel()
	c := client(t, serve(t, gcs.WithForbidden("closed-bucket")))
	for _, tt := range []struct {
		name   string
		err    func() error
		status int
		is     error
	}{
		{"object", func() error { _, err := c.Bucket(bucket).Object("x").Attrs(t.Context()); return err }, 404, storage.ErrObjectNotExist},
		{"content", func() error { _, err := c.Bucket(bucket).Object("x").NewReader(t.Context()); return err }, 404, storage.ErrObjectNotExist},
		{"deletion", func() error { return c.Bucket(bucket).Object("x").Delete(t.Context()) }, 404, storage.ErrObjectNotExist},
		{"bucket", func() error { _, err := c.Bucket("no-bucket").Attrs(t.Context()); return err }, 404, storage.ErrBucketNotExist},
		{"object in no bucket", func() error { return put(t.Context(), c.Bucket("no-bucket").Object("x"), "x", 0) }, 404, nil},
		{"session in no bucket", func() error { return put(t.Context(), c.Bucket("no-bucket").Object("x"), random(mib), 256<<10) }, 404, nil},
		{"list of no bucket", func() error { _, err := c.Bucket("no-bucket").Objects(t.Context(), nil).Next(); return err }, 404, storage.ErrBucketNotExist},
		{"closed bucket", func() error { _, err := c.Bucket("closed-bucket").Attrs(t.Context()); return err }, 403, nil},
		{"object in a closed bucket", func() error { return put(t.Context(), c.Bucket("closed-bucket").Object("x"), "x", 0) }, 403, nil},
		{"content in a closed bucket", func() error { _, err := c.Bucket("closed-bucket").Object("x").NewReader(t.Context()); return err }, 403, nil},
		{"long name", func() error { return put(t.Context(), c.Bucket(bucket).Object(strings.Repeat("x", 1025)), "x", 0) }, 400, nil},
		{"name with a line break", func() error { return put(t.Context(), c.Bucket(bucket).Object("a\nb"), "x", 0) }, 400, nil},
		{"name of dots", func() error { return put(t.Context(), c.Bucket(bucket).Object(".."), "x", 0) }, 400, nil},
		{"bucket name", func() error { return c.Bucket("Bad_Name").Create(t.Context(), "p", nil) }, 400, nil},
		{"bucket that is there", func() error { return c.Bucket(bucket).Create(t.Context(), "p", nil) }, 409, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.err()
			if tt.is == nil && status(err) != tt.status || !errors.Is(err, tt.is) && tt.is != nil {
				t.Errorf("%v, want %d %v", err, tt.status, tt.is)
			}
		})
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	media(t, func(t *testing.T, opts ...gcs.Option) {
		o := client(t, serve(t, opts...)).Bucket(bucket).Object("a/b.json")
		w := o.NewWriter(t.Context())
		w.ContentType, w.ContentLanguage, w.ContentDisposition, w.CacheControl = "application/json", "de", "inline", "no-cache"
		w.Metadata = map[string]string{"topic": "orders", "from": "10"}
		_, err := io.WriteString(w, "{}")
		must(t, errors.Join(err, w.Close()))
		first, err := o.Attrs(t.Context())
		must(t, err)
		for _, attrs := range []*storage.ObjectAttrs{w.Attrs(), first} {
			got := []any{attrs.Bucket, attrs.Name, attrs.ContentType, attrs.ContentLanguage, attrs.ContentDisposition, attrs.CacheControl, attrs.Metadata, attrs.Metageneration, attrs.StorageClass}
			want := []any{bucket, "a/b.json", "application/json", "de", "inline", "no-cache", map[string]string{"topic": "orders", "from": "10"}, int64(1), "STANDARD"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
		updated, err := o.If(storage.Conditions{MetagenerationMatch: 1}).Update(t.Context(), storage.ObjectAttrsToUpdate{ContentType: "text/plain", Metadata: map[string]string{"from": "", "to": "20"}})
		must(t, err)
		if diff := cmp.Diff(map[string]string{"topic": "orders", "from": "", "to": "20"}, updated.Metadata); diff != "" {
			t.Error(diff)
		}
		if updated.ContentType != "text/plain" || updated.ContentLanguage != "de" || updated.Metageneration != 2 || updated.Generation != first.Generation {
			t.Errorf("%+v", updated)
		}
		if get(t, o) != "{}" {
			t.Error("the content changed")
		}
		if err := o.If(storage.Conditions{MetagenerationMatch: 1}).Delete(t.Context()); status(err) != 412 {
			t.Errorf("deletion of another metageneration: %v", err)
		}
		must(t, o.If(storage.Conditions{MetagenerationMatch: 2}).Delete(t.Context()))
	})
}

func TestGzipObjects(t *testing.T) {
	t.Parallel()
	o := client(t, serve(t)).Bucket(bucket).Object("x.gz")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, "hello")
	z.Close()
	w := o.NewWriter(t.Context())
	w.ContentEncoding = "gzip"
	_, err := w.Write(packed.Bytes())
	must(t, errors.Join(err, w.Close()))
	if got := get(t, o); got != "hello" {
		t.Errorf("read %q", got)
	}
	if got := get(t, o.ReadCompressed(true)); got != packed.String() {
		t.Errorf("read compressed %q", got)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	media(t, func(t *testing.T, opts ...gcs.Option) {
		b := client(t, serve(t, opts...)).Bucket(bucket)
		for _, name := range []string{"a", "a/", "a/1", "a/2", "b/1", "b/c/1", "b/c/2", "b0", "c"} {
			must(t, put(t.Context(), b.Object(name), name, 0))
		}
		for _, tt := range []struct {
			name  string
			query storage.Query
			want  string
		}{
			{"all", storage.Query{}, "a a/ a/1 a/2 b/1 b/c/1 b/c/2 b0 c"},
			{"prefix", storage.Query{Prefix: "b/"}, "b/1 b/c/1 b/c/2"},
			{"folders", storage.Query{Delimiter: "/"}, "a b0 c a/: b/:"},
			{"folder", storage.Query{Prefix: "b/", Delimiter: "/"}, "b/1 b/c/:"},
			{"folder of itself", storage.Query{Delimiter: "/", IncludeTrailingDelimiter: true}, "a a/ b0 c a/: b/:"},
			{"offsets", storage.Query{StartOffset: "a/2", EndOffset: "b0"}, "a/2 b/1 b/c/1 b/c/2"},
			{"nothing", storage.Query{Prefix: "x"}, ""},
		} {
			for _, size := range []int{0, 1, 2, 3} {
				it := b.Objects(t.Context(), &tt.query)
				it.PageInfo().MaxSize = size
				var names, prefixes []string
				for {
					o, err := it.Next()
					if errors.Is(err, iterator.Done) {
						break
					}
					must(t, err)
					if o.Prefix != "" {
						prefixes = append(prefixes, o.Prefix+":")
					} else {
						names = append(names, o.Name)
					}
				}
				if got := strings.Join(append(names, prefixes...), " "); got != tt.want {
					t.Errorf("%s in pages of %d: %s, want %s", tt.name, size, got, tt.want)
				}
			}
		}
		query := &storage.Query{}
		must(t, query.SetAttrSelection([]string{"Name"}))
		o, err := b.Objects(t.Context(), query).Next()
		must(t, err)
		if o.Name != "a" || o.Size != 0 || o.Generation != 0 {
			t.Errorf("more than the name was selected: %+v", o)
		}
	})
}

func TestBuckets(t *testing.T) {
	t.Parallel()
	media(t, func(t *testing.T, opts ...gcs.Option) {
		c := client(t, serve(t, opts...))
		for i := range 3 {
			must(t, c.Bucket(fmt.Sprint("bucket-", i)).Create(t.Context(), "project", nil))
		}
		must(t, put(t.Context(), c.Bucket("bucket-1").Object("x"), "x", 0))
		if err := c.Bucket("bucket-1").Delete(t.Context()); status(err) != 409 {
			t.Errorf("deletion of a bucket with objects: %v", err)
		}
		must(t, c.Bucket("bucket-2").Delete(t.Context()))
		var names []string
		for it := c.Buckets(t.Context(), "project"); ; {
			b, err := it.Next()
			if errors.Is(err, iterator.Done) {
				break
			}
			must(t, err)
			names = append(names, b.Name)
		}
		if diff := cmp.Diff([]string{"bucket-0", "bucket-1", bucket}, names); diff != "" {
			t.Error(diff)
		}
	})
}

func TestCopy(t *testing.T) {
	t.Parallel()
	media(t, func(t *testing.T, opts ...gcs.Option) {
		b := client(t, serve(t, opts...)).Bucket(bucket)
		content := random(3 * mib)
		w := b.Object("from").NewWriter(t.Context())
		w.Metadata = map[string]string{"k": "v"}
		_, err := io.WriteString(w, content)
		must(t, errors.Join(err, w.Close()))
		to := b.Object("to").If(storage.Conditions{DoesNotExist: true})
		attrs, err := to.CopierFrom(b.Object("from")).Run(t.Context())
		must(t, err)
		if attrs.Metadata["k"] != "v" || get(t, b.Object("to")) != content {
			t.Errorf("%+v", attrs)
		}
		if _, err := to.CopierFrom(b.Object("from")).Run(t.Context()); status(err) != 412 {
			t.Errorf("a copy over an object: %v", err)
		}
		if _, err := b.Object("to").CopierFrom(b.Object("none")).Run(t.Context()); status(err) != 404 {
			t.Errorf("a copy of nothing: %v", err)
		}
	})
}

// The environment variable is all that a program needs to be told.
func TestEmulatorHost(t *testing.T) {
	t.Setenv("STORAGE_EMULATOR_HOST", strings.TrimPrefix(serve(t), "http://"))
	c, err := storage.NewClient(t.Context(), option.WithoutAuthentication())
	must(t, err)
	defer c.Close()
	for _, size := range []int{10, 3 * unit} {
		o := c.Bucket(bucket).Object(fmt.Sprint(size))
		must(t, put(t.Context(), o, random(size), unit))
		if got := get(t, o); got != random(size) {
			t.Errorf("read %d bytes of %d", len(got), size)
		}
	}
}
