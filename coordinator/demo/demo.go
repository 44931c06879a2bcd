// Package demo is `mayfly demo`: the main job, on the embedded broker, with real rows, and a proof at the end.
package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/term"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/node"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/localstack/gcs"
	"github.com/mayfly-connect/mayfly/localstack/registry"
	"github.com/mayfly-connect/mayfly/tasks"
)

const (
	bucket       = "mayfly-demo"
	topic        = "gcs_topic"
	deadLetters  = "dlq-gcs-sink-01"
	registryPort = "8081"
	// patience is how long the demo waits for its data.
	patience = 90 * time.Second
)

// sinkJSON is the connector as a user pastes it; only the bucket's name is filled in and the context headers are on.
const sinkJSON = `{"name": "gcs-sink-01", "config": {
  "connector.class": "io.confluent.connect.gcs.GcsSinkConnector", "tasks.max": "1", "topics": "gcs_topic",
  "gcs.bucket.name": "mayfly-demo", "gcs.part.size": "5242880", "flush.size": "3",
  "storage.class": "io.confluent.connect.gcs.storage.GcsStorage",
  "format.class": "io.confluent.connect.gcs.format.avro.AvroFormat",
  "partitioner.class": "io.confluent.connect.storage.partitioner.DefaultPartitioner",
  "value.converter": "io.confluent.connect.avro.AvroConverter",
  "value.converter.schema.registry.url": "http://localhost:8081",
  "schema.compatibility": "NONE",
  "confluent.topic.bootstrap.servers": "localhost:9092", "confluent.topic.replication.factor": "1",
  "errors.tolerance": "all", "errors.deadletterqueue.topic.name": "dlq-gcs-sink-01",
  "errors.deadletterqueue.context.headers.enable": "true"}}`

// Run shows the demo on standard output. It returns an error unless the proof held.
func Run(ctx context.Context, plugins tasks.Plugins, version string) error {
	dir, err := os.MkdirTemp("", "mayfly-demo-")
	if err != nil {
		return fmt.Errorf("make the demo's directory: %w", err)
	}
	defer os.RemoveAll(dir)
	d := &stage{dir: dir, plugins: plugins, version: version, out: os.Stdout, live: term.IsTerminal(int(os.Stdout.Fd()))}
	defer d.close()
	if err := d.start(ctx); err != nil {
		return err
	}
	if err := d.play(ctx); err != nil {
		return err
	}
	if !d.live {
		return nil
	}
	fmt.Fprintf(d.out, "\nThe REST API stays up at %s until Ctrl-C.\n", d.node.URL())
	<-ctx.Done()
	return nil
}

// stage is all that the demo runs.
type stage struct {
	dir, version string
	plugins      tasks.Plugins
	out          io.Writer
	live         bool

	broker      *broker.Broker
	node        *node.Node
	nodeDone    chan error
	registryURL string
	started     time.Time
	closers     []func()
}

func (d *stage) close() {
	for i := len(d.closers) - 1; i >= 0; i-- {
		d.closers[i]()
	}
}

// start brings up broker, registry, bucket and node.
func (d *stage) start(ctx context.Context) (err error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	d.started = time.Now()
	if d.broker, err = broker.Start(broker.Config{Dir: filepath.Join(d.dir, "broker"), Log: log}); err != nil {
		return err
	}
	d.closers = append(d.closers, func() { _ = d.broker.Close() })
	schemas, err := registry.New()
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:"+registryPort)
	if err != nil {
		if ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return fmt.Errorf("open the schema registry's port: %w", err)
		}
		fmt.Fprintf(d.out, "Port %s is taken; the schema registry is at %s instead, the only change to the connector's JSON.\n", registryPort, ln.Addr())
	}
	d.registryURL = strings.Replace("http://"+ln.Addr().String(), "127.0.0.1", "localhost", 1)
	d.serve(ln, schemas)
	objects, err := gcs.New(gcs.WithBucket(bucket))
	if err != nil {
		return err
	}
	if ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return fmt.Errorf("open the GCS emulator's port: %w", err)
	}
	d.serve(ln, objects)
	if err := os.Setenv("STORAGE_EMULATOR_HOST", ln.Addr().String()); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "broker    %s\nregistry  %s\nGCS       http://%s\n", d.broker.Addr(), d.registryURL, ln.Addr())
	return d.startNode(ctx, log)
}

func (d *stage) serve(ln net.Listener, h http.Handler) {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = srv.Serve(ln) }()
	d.closers = append(d.closers, func() { _ = srv.Close() })
}

func (d *stage) startNode(ctx context.Context, log *slog.Logger) error {
	w, err := worker.Load("", []string{"CONNECT_LISTENERS=http://127.0.0.1:0",
		"CONNECT_KEY_CONVERTER=org.apache.kafka.connect.storage.StringConverter"}, true)
	if err != nil {
		return err
	}
	w.UseEmbedded(d.broker.Addr())
	if d.node, err = node.New(node.Config{Worker: w, Plugins: d.plugins, Commit: d.version, Log: log}); err != nil {
		return err
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	d.nodeDone = make(chan error, 1)
	go func() { d.nodeDone <- d.node.Run(run) }()
	d.closers = append(d.closers, func() {
		stop()
		if err := <-d.nodeDone; err != nil {
			log.Warn("end the coordinator", "err", err)
		}
	})
	select {
	case err := <-d.nodeDone:
		d.nodeDone <- err
		return err
	case <-d.node.Ready():
	}
	fmt.Fprintf(d.out, "REST      %s\n\n", d.node.URL())
	return nil
}

// play loads rows, adds bad records, runs the sink, and proves.
func (d *stage) play(ctx context.Context) error {
	in, err := loadRows()
	if err != nil {
		return err
	}
	if err := d.source(ctx, in); err != nil {
		return err
	}
	bad := badValues()
	if err := d.spoil(ctx, bad); err != nil {
		return err
	}
	body := strings.Replace(sinkJSON, "http://localhost:8081", d.registryURL, 1)
	if err := d.create(ctx, body); err != nil {
		return err
	}
	total := int64(len(in.want) + len(bad))
	m, err := d.wait(ctx, "gcs-sink-01", func(c control.ConnectorMetrics) bool { return c.Counts.Delivered+c.Counts.DeadLetters >= total })
	if err != nil {
		return err
	}
	took := time.Since(d.started)
	p, err := check(ctx, bucket, in, bad, d.broker.Addr(), topic, deadLetters)
	if err != nil {
		return fmt.Errorf("the proof failed: %w", err)
	}
	fmt.Fprintf(d.out, "\nProved: every good row is in exactly one object, every bad record in the dead letter topic with its headers.\n\n")
	fmt.Fprintf(d.out, "  records       %d in, %d in objects\n  objects       %d, %d bytes, as topics/%s/partition=0/...\n  dead letters  %d in %s\n  rate          %.0f records/s over %.1f s, start-up included\n\n",
		total, p.records, p.objects, p.bytes, topic, p.deadLetters, deadLetters, float64(total)/took.Seconds(), took.Seconds())
	fmt.Fprintf(d.out, "  leases        %d\n", m.Leases)
	fmt.Fprintf(d.out, "\nTry next: bin/mayfly standalone worker.properties connector.json; curl %s/connectors?expand=status; bin/mayfly help.\n", d.node.URL())
	return nil
}

// source runs the CSV source until all rows are in the topic.
func (d *stage) source(ctx context.Context, in *rows) error {
	input, done := filepath.Join(d.dir, "input"), filepath.Join(d.dir, "finished")
	if err := errors.Join(os.Mkdir(input, 0o755), os.Mkdir(done, 0o755), os.WriteFile(filepath.Join(input, "birdstrikes.csv"), in.text, 0o600)); err != nil {
		return fmt.Errorf("write the demo's rows: %w", err)
	}
	body, err := json.Marshal(map[string]any{"name": "birdstrikes", "config": map[string]string{
		"connector.class": "com.github.jcustenborder.kafka.connect.spooldir.SpoolDirCsvSourceConnector", "tasks.max": "1", "topic": topic,
		"input.path": input, "finished.path": done, "error.path": done, "input.file.pattern": `.*\.csv`, "csv.first.row.as.header": "true",
		"csv.header.normalize": "true", "csv.null.field.indicator": "NEITHER", "file.minimum.age.ms": "0",
		"key.schema": `{"name":"demo.Key","type":"STRUCT","isOptional":true,"fieldSchemas":{}}`, "value.schema": in.valueSchema(),
		"value.converter": "io.confluent.connect.avro.AvroConverter", "value.converter.schema.registry.url": d.registryURL}})
	if err != nil {
		return err
	}
	if err := d.create(ctx, string(body)); err != nil {
		return err
	}
	_, err = d.wait(ctx, "birdstrikes", func(c control.ConnectorMetrics) bool { return c.Counts.Delivered >= int64(len(in.want)) })
	return err
}

// spoil adds records that are not Avro.
func (d *stage) spoil(ctx context.Context, bad [][]byte) error {
	cl, err := kgo.NewClient(kgo.SeedBrokers(d.broker.Addr()))
	if err != nil {
		return err
	}
	defer cl.Close()
	var records []*kgo.Record
	for _, b := range bad {
		records = append(records, &kgo.Record{Topic: topic, Value: b})
	}
	if err := cl.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return fmt.Errorf("write the bad records: %w", err)
	}
	fmt.Fprintf(d.out, "added %d records that are not Avro\n", len(bad))
	return nil
}

func (d *stage) create(ctx context.Context, body string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.node.URL()+"/connectors", bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	for {
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return fmt.Errorf("create a connector: %w", err)
		}
		answer, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			return fmt.Errorf("create a connector: %w", err)
		}
		if resp.StatusCode == http.StatusCreated {
			return nil
		}
		if resp.StatusCode != http.StatusConflict || ctx.Err() != nil {
			return fmt.Errorf("create a connector: %s: %s", resp.Status, answer)
		}
		req.Body = io.NopCloser(strings.NewReader(body))
		select { // the node is about to lead
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}
