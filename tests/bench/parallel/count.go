package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
)

// count looks at the objects of a connector: each record is there once.
func (s *site) count(ctx context.Context, dir string) error {
	cl, err := storage.NewClient(ctx, option.WithEndpoint(s.storage.URL+"/storage/v1/"), option.WithoutAuthentication(), storage.WithJSONReads())
	if err != nil {
		return err
	}
	defer cl.Close()
	times := map[string]int{}
	lines := int64(0)
	for it := cl.Bucket(bucket).Objects(ctx, &storage.Query{Prefix: dir + "/"}); ; {
		o, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			return err
		}
		r, err := cl.Bucket(bucket).Object(o.Name).NewReader(ctx)
		if err != nil {
			return err
		}
		b, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		for line := range bytes.Lines(b) {
			n, _, _ := bytes.Cut(line, []byte(" "))
			times[string(n)]++
			lines++
		}
	}
	if lines != s.records || int64(len(times)) != s.records {
		return fmt.Errorf("the objects hold %d records, %d of them different, want %d", lines, len(times), s.records)
	}
	return nil
}
