package gcs_test

import (
	"errors"
	"io"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"cloud.google.com/go/storage"

	"github.com/mayfly-connect/mayfly/functions/event/gcs"
	localGCS "github.com/mayfly-connect/mayfly/localstack/gcs"
	"github.com/mayfly-connect/mayfly/sources/event"
	"github.com/mayfly-connect/mayfly/tasks"
)

func TestStore(t *testing.T) {
	server, err := localGCS.New(localGCS.WithBucket("uploads"), localGCS.WithForbidden("forbidden"))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(server)
	defer srv.Close()
	t.Setenv("STORAGE_EMULATOR_HOST", strings.TrimPrefix(srv.URL, "http://"))
	ctx := t.Context()
	cl, err := storage.NewClient(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	w := cl.Bucket("uploads").Object("a b.csv").NewWriter(ctx)
	if _, err := io.WriteString(w, "0123456789"); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	ref := event.Ref{Scheme: "gs", Bucket: "uploads", Key: "a b.csv"}
	s := gcs.New()
	for _, version := range []string{"", strconv.FormatInt(w.Attrs().Generation, 10)} {
		ref.Version = version
		if n, err := s.Size(ctx, ref); n != 10 || err != nil {
			t.Errorf("size %d, %v", n, err)
		}
		body, err := s.Read(ctx, ref, 4, -1)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(body); string(got) != "456789" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	for name, r := range map[string]event.Ref{"gone": {Bucket: "uploads", Key: "gone"}, "replaced": {Bucket: "uploads", Key: "a b.csv", Version: "7"}} {
		if _, err := s.Size(ctx, r); !errors.Is(err, event.ErrGone) {
			t.Errorf("%s: size: %v", name, err)
		}
		if _, err := s.Read(ctx, r, 0, -1); !errors.Is(err, event.ErrGone) {
			t.Errorf("%s: read: %v", name, err)
		}
	}
	if _, err := s.Size(ctx, event.Ref{Bucket: "forbidden", Key: "a"}); tasks.KindOf(err) != tasks.KindFatal || !strings.Contains(err.Error(), "roles/storage.objectViewer") {
		t.Errorf("forbidden: %v", err)
	}
	if _, err := s.Size(ctx, event.Ref{Bucket: "uploads", Key: "a", Version: "x"}); tasks.KindOf(err) != tasks.KindFatal {
		t.Errorf("no generation: %v", err)
	}
}
