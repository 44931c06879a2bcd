package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"

	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/linkedin/goavro/v2"

	"github.com/mayfly-connect/mayfly/localstack/registry"
	"github.com/mayfly-connect/mayfly/tests/bench/rows"
)

// delivered is what a bucket holds.
type delivered struct{ objects, bytes, records int64 }

type bucket struct{ url, name string }

func (b bucket) create(ctx context.Context) error {
	body, err := json.Marshal(map[string]string{"name": b.name})
	if err != nil {
		return err
	}
	resp, err := do(ctx, http.MethodPost, b.url+"/storage/v1/b?project=bench", bytes.NewReader(body))
	if err != nil {
		return err
	}
	return resp.Close()
}

// count reads every object.
func (b bucket) count(ctx context.Context) (delivered, error) {
	var sum delivered
	for token, more := "", true; more; more = token != "" {
		list, err := do(ctx, http.MethodGet, b.url+"/storage/v1/b/"+b.name+"/o?pageToken="+url.QueryEscape(token), nil)
		if err != nil {
			return sum, err
		}
		var page struct {
			Items         []struct{ Name string }
			NextPageToken string
		}
		err = errors.Join(json.NewDecoder(list).Decode(&page), list.Close())
		if err != nil {
			return sum, fmt.Errorf("list %s: %w", b.name, err)
		}
		for _, item := range page.Items {
			size, records, err := b.read(ctx, item.Name)
			if err != nil {
				return sum, fmt.Errorf("read %s/%s: %w", b.name, item.Name, err)
			}
			sum.objects, sum.bytes, sum.records = sum.objects+1, sum.bytes+size, sum.records+records
		}
		token = page.NextPageToken
	}
	return sum, nil
}

// read returns the size of an object and how many records it has: lines, the items of an Avro file, or the rows of a Parquet file.
func (b bucket) read(ctx context.Context, object string) (size, records int64, err error) {
	body, err := do(ctx, http.MethodGet, b.url+"/storage/v1/b/"+b.name+"/o/"+url.PathEscape(object)+"?alt=media", nil)
	if err != nil {
		return 0, 0, err
	}
	defer body.Close()
	counting := &counter{r: body}
	switch path.Ext(object) {
	case ".avro":
		records, err = avroItems(counting)
		return counting.size, records, err
	case ".parquet":
		records, err = parquetRows(counting)
		return counting.size, records, err
	}
	_, err = io.Copy(io.Discard, counting)
	return counting.size, counting.lines, err
}

func avroItems(r io.Reader) (items int64, err error) {
	ocf, err := goavro.NewOCFReader(bufio.NewReader(r))
	if err != nil {
		return 0, err
	}
	for ocf.Scan() {
		items += ocf.RemainingBlockItems()
		ocf.SkipThisBlockAndReset()
	}
	return items, ocf.Err()
}

func parquetRows(r io.Reader) (int64, error) {
	all, err := io.ReadAll(r)
	if err != nil {
		return 0, err
	}
	f, err := file.NewParquetReader(bytes.NewReader(all))
	if err != nil {
		return 0, err
	}
	return f.NumRows(), f.Close()
}

// counter counts the bytes and line feeds that are read through it.
type counter struct {
	r           io.Reader
	size, lines int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.size += int64(n)
	c.lines += int64(bytes.Count(p[:n], []byte("\n")))
	return n, err
}

func do(ctx context.Context, method, url string, body io.Reader) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, fmt.Errorf("%s %s answered %s", method, url, resp.Status)
	}
	return resp.Body, nil
}

// serveRegistry serves a registry that holds the schemas of the topic's records, until the server is closed.
func serveRegistry(topic string) (url string, s *http.Server, err error) {
	r, err := registry.New()
	if err != nil {
		return "", nil, err
	}
	err = r.Preload([]registry.Schema{
		{ID: rows.AvroSchemaID, Subject: topic + "-value", Version: 1, Type: registry.Avro, Text: rows.AvroSchema},
		{ID: rows.ProtobufSchemaID, Subject: topic + "-value", Version: 2, Type: registry.Protobuf, Text: rows.ProtobufSchema},
	})
	if err != nil {
		return "", nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	s = &http.Server{Handler: r}
	go func() { _ = s.Serve(l) }() // Close ends it.
	return "http://" + l.Addr().String(), s, nil
}
