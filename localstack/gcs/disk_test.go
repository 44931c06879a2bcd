package gcs_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/localstack/gcs"
)

func TestObjectsSurvive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := client(t, serve(t, gcs.WithDir(dir))).Bucket(bucket)
	long := strings.Repeat("long/", 200)
	large := random(3 * mib)
	for name, content := range map[string]string{"a/b+0+0000000000.avro": "first", long: "long", "large": large, "gone": "x"} {
		must(t, put(t.Context(), b.Object(name), content, 0))
	}
	must(t, put(t.Context(), b.Object("a/b+0+0000000000.avro"), "second", 0))
	must(t, b.Object("gone").Delete(t.Context()))
	before, err := b.Object("large").Attrs(t.Context())
	must(t, err)

	// A death in the middle of a write leaves a content without a line in the
	// log, and a part of a line.
	must(t, os.WriteFile(filepath.Join(dir, bucket, "content", "half@1"), []byte("half"), 0o644))
	log, err := os.OpenFile(filepath.Join(dir, bucket, "objects.log"), os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = log.WriteString(`{"put":{"name":"half"`)
	must(t, errors.Join(err, log.Close()))

	b = client(t, serve(t, gcs.WithDir(dir))).Bucket(bucket)
	for name, content := range map[string]string{"a/b+0+0000000000.avro": "second", long: "long", "large": large} {
		if get(t, b.Object(name)) != content {
			t.Errorf("%.20s has another content", name)
		}
	}
	for _, name := range []string{"gone", "half"} {
		if _, err := b.Object(name).Attrs(t.Context()); status(err) != 404 {
			t.Errorf("%s is there: %v", name, err)
		}
	}
	after, err := b.Object("large").Attrs(t.Context())
	must(t, err)
	if diff := cmp.Diff(before.Generation, after.Generation); diff != "" || !before.Created.Equal(after.Created) {
		t.Errorf("%+v was %+v", after, before)
	}
	must(t, put(t.Context(), b.Object("new"), "x", 0))
	if attrs, err := b.Object("new").Attrs(t.Context()); err != nil || attrs.Generation <= after.Generation {
		t.Errorf("%v %v", attrs, err)
	}
	contents, err := os.ReadDir(filepath.Join(dir, bucket, "content"))
	must(t, err)
	if len(contents) != 4 {
		t.Errorf("%d files for 4 objects", len(contents))
	}
}

func TestDamagedDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "some-bucket", "objects.log")
	mkdir(t, filepath.Dir(file))
	must(t, os.WriteFile(file, []byte("{\n"), 0o644))
	if _, err := gcs.New(gcs.WithDir(dir)); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("%v does not name %s", err, file)
	}
	if _, err := gcs.New(gcs.WithDir(file)); err == nil {
		t.Error("took a file for a directory")
	}
	if _, err := gcs.New(gcs.WithBucket("Not A Bucket")); err == nil || !strings.Contains(err.Error(), "Not A Bucket") {
		t.Errorf("%v does not name the bucket", err)
	}
}
