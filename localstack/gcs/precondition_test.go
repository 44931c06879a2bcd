package gcs_test

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/storage"

	"github.com/mayfly-connect/mayfly/localstack/gcs"
)

// Of several writers that create an object if it is absent, one wins.
func TestCreateRace(t *testing.T) {
	t.Parallel()
	media(t, func(t *testing.T, opts ...gcs.Option) {
		url := serve(t, opts...)
		for _, tt := range []struct {
			name  string
			chunk int
		}{{"without chunks", 0}, {"one request", 16 * mib}, {"resumable", 256 << 10}} {
			for round := range 5 {
				var winners atomic.Int32
				var winner atomic.Value
				var group sync.WaitGroup
				name := fmt.Sprint(tt.name, round)
				for i := range 8 {
					group.Go(func() {
						o := client(t, url).Bucket(bucket).Object(name)
						content := fmt.Sprint(i, random(600_000))
						switch err := put(t.Context(), o.If(storage.Conditions{DoesNotExist: true}), content, tt.chunk); {
						case err == nil:
							winners.Add(1)
							winner.Store(content)
						case status(err) != 412:
							t.Errorf("%s: %v", name, err)
						}
					})
				}
				group.Wait()
				if n := winners.Load(); n != 1 {
					t.Fatalf("%s: %d winners", name, n)
				}
				if get(t, client(t, url).Bucket(bucket).Object(name)) != winner.Load() {
					t.Errorf("%s: not the winner's content", name)
				}
			}
		}
	})
}

// An upload that was begun while the object was absent fails at its end if
// another writer was faster.
func TestLoserAtTheEndOfAnUpload(t *testing.T) {
	t.Parallel()
	media(t, func(t *testing.T, opts ...gcs.Option) {
		b := client(t, serve(t, opts...)).Bucket(bucket)
		for _, chunk := range []int{0, 256 << 10} {
			o := b.Object(fmt.Sprint(chunk))
			slow := o.If(storage.Conditions{DoesNotExist: true}).NewWriter(t.Context())
			slow.ChunkSize = chunk
			if _, err := io.WriteString(slow, random(mib)); err != nil { // the server has taken a part of it
				t.Fatal(err)
			}
			must(t, put(t.Context(), o.If(storage.Conditions{DoesNotExist: true}), "fast", 0))
			if err := slow.Close(); status(err) != 412 || !strings.Contains(err.Error(), "conditionNotMet") {
				t.Errorf("chunk size %d: %v", chunk, err)
			}
			if got := get(t, o); got != "fast" {
				t.Errorf("chunk size %d: read %q", chunk, got[:10])
			}
		}
	})
}

func TestPreconditions(t *testing.T) {
	t.Parallel()
	b := client(t, serve(t)).Bucket(bucket)
	there, absent := b.Object("there"), b.Object("absent")
	w := there.NewWriter(t.Context())
	must(t, w.Close())
	live := w.Attrs().Generation
	write := func(o *storage.ObjectHandle) error { return put(t.Context(), o, "x", 0) }
	read := func(o *storage.ObjectHandle) error { _, err := o.Attrs(t.Context()); return err }
	remove := func(o *storage.ObjectHandle) error { return o.Delete(t.Context()) }
	for _, tt := range []struct {
		name   string
		do     func(*storage.ObjectHandle) error
		object *storage.ObjectHandle
		when   storage.Conditions
		status int
	}{
		{"create what is there", write, there, storage.Conditions{DoesNotExist: true}, 412},
		{"replace another generation", write, there, storage.Conditions{GenerationMatch: live - 1}, 412},
		{"replace what is absent", write, absent, storage.Conditions{GenerationMatch: live}, 412},
		{"replace all but this generation", write, there, storage.Conditions{GenerationNotMatch: live}, 412},
		{"replace another metageneration", write, there, storage.Conditions{MetagenerationMatch: 2}, 412},
		{"replace a metageneration of what is absent", write, absent, storage.Conditions{MetagenerationMatch: 1}, 412},
		{"replace all but this metageneration", write, there, storage.Conditions{MetagenerationNotMatch: 1}, 412},
		{"read another generation", read, there, storage.Conditions{GenerationMatch: live - 1}, 412},
		{"read if it changed", read, there, storage.Conditions{GenerationNotMatch: live}, 304},
		{"read if its metadata changed", read, there, storage.Conditions{MetagenerationNotMatch: 1}, 304},
		{"delete another generation", remove, there, storage.Conditions{GenerationMatch: live - 1}, 412},
		{"delete all but this generation", remove, there, storage.Conditions{GenerationNotMatch: live}, 412},
		{"read this generation", read, there, storage.Conditions{GenerationMatch: live}, 0},
		{"replace this generation", write, there, storage.Conditions{GenerationMatch: live, MetagenerationMatch: 1}, 0},
		{"replace the one before", write, there, storage.Conditions{GenerationMatch: live}, 412},
		{"replace if it changed", write, there, storage.Conditions{GenerationNotMatch: live}, 0},
		{"create what is absent", write, absent, storage.Conditions{DoesNotExist: true}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.do(tt.object.If(tt.when)); status(err) != tt.status {
				t.Errorf("%v, want %d", err, tt.status)
			}
		})
	}
	if err := remove(there.Generation(live)); status(err) != 404 {
		t.Errorf("deletion of a generation that was replaced: %v", err)
	}
}

func TestChecksums(t *testing.T) {
	t.Parallel()
	b := client(t, serve(t)).Bucket(bucket)
	for _, chunk := range []int{0, 16 * mib, 256 << 10} {
		for _, tt := range []struct {
			name  string
			state func(w *storage.Writer)
		}{
			{"crc", func(w *storage.Writer) { w.SendCRC32C, w.CRC32C = true, 12345 }},
			{"md5", func(w *storage.Writer) { w.MD5 = make([]byte, 16) }},
		} {
			o := b.Object(fmt.Sprint(tt.name, chunk))
			w := o.NewWriter(t.Context())
			w.ChunkSize = chunk
			tt.state(w)
			_, _ = io.WriteString(w, random(mib)) // the end tells
			if err := w.Close(); status(err) != 400 {
				t.Errorf("%s, chunk size %d: %v", tt.name, chunk, err)
			}
			if _, err := o.Attrs(t.Context()); status(err) != 404 {
				t.Errorf("%s, chunk size %d: a damaged object is there: %v", tt.name, chunk, err)
			}
		}
	}
}
