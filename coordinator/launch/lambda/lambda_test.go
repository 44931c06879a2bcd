package lambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/coordinator/launch/lambda"
	"github.com/mayfly-connect/mayfly/coordinator/launch/launchtest"
	"github.com/mayfly-connect/mayfly/functions/boot"
	standin "github.com/mayfly-connect/mayfly/localstack/lambda"
	"github.com/mayfly-connect/mayfly/tasks"
)

// TestMain gives AWS's default chain credentials, and hides those of whoever runs the tests.
func TestMain(m *testing.M) {
	for k, v := range map[string]string{"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "", "AWS_DEFAULT_REGION": ""} {
		if err := os.Setenv(k, v); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// function answers as functions/lambda does, over the suite's executors.
func function(ctx context.Context, payload []byte) (out []byte, err error) {
	inv, err := boot.Admit(payload, "", time.Now())
	if err != nil {
		return json.Marshal(boot.Ending{Error: err.Error()})
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	if err := launchtest.RunAll(context.WithoutCancel(ctx), inv); err != nil {
		return nil, err
	}
	return json.Marshal(boot.Ending{Done: true})
}

func serve(t *testing.T, s *standin.Server) string {
	t.Helper()
	s.Open(context.WithoutCancel(t.Context()))
	server := httptest.NewServer(s)
	t.Cleanup(func() { server.Close(); s.Wait() })
	return server.URL
}

func launcher(t *testing.T, endpoint string, props map[string]string) *lambda.Launcher {
	t.Helper()
	full := map[string]string{"mayfly.launcher.lambda.endpoint": endpoint, "mayfly.launcher.lambda.region": "eu-central-1"}
	for k, v := range props {
		full["mayfly.launcher.lambda."+k] = v
	}
	c, mistakes := lambda.Keys().Parse(full)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	l, err := lambda.New(t.Context(), c, func(tasks.Lease) tasks.Family { return tasks.CoreFamily })
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestSuite(t *testing.T) {
	functions := map[string]standin.Function{"mayfly-core": function}
	url := serve(t, &standin.Server{Functions: functions, Denied: map[string]bool{"mayfly-denied": true}})
	launchtest.Suite(t, launchtest.UnderTest{
		New: func(t *testing.T) launch.Launcher { return launcher(t, url, nil) },
		Broken: []launchtest.Broken{
			{Why: "no such function", New: func(t *testing.T) launch.Launcher {
				return launcher(t, url, map[string]string{"function": "other-{family}"})
			},
				Says: []string{"start", "other-core", "ResourceNotFoundException", "mayfly.launcher.lambda.function"}},
			{Why: "no permission", New: func(t *testing.T) launch.Launcher {
				return launcher(t, url, map[string]string{"function": "mayfly-denied"})
			},
				Says: []string{"mayfly-denied", "AccessDeniedException", "lambda:InvokeFunction"}},
			{Why: "nobody there", New: func(t *testing.T) launch.Launcher { return launcher(t, "http://127.0.0.1:1", nil) },
				Says: []string{"mayfly-core", "refused", "mayfly.launcher.lambda.endpoint"}},
		},
		Apart: true,
		Limit: 8192,
	})
}

func one() tasks.Invitation {
	return tasks.Invitation{Version: tasks.WireVersion, Leases: []tasks.Lease{{Version: tasks.WireVersion, ID: "lease", Connector: "c", Kind: tasks.SinkKind,
		Slice: tasks.Slice{Stream: tasks.Stream{Topic: "orders"}, From: 1, To: 2}, Epoch: 1, Attempt: 1, TTL: 60_000, Config: map[string]string{"a": "b"},
		Bootstrap: []string{"localhost:9092"}, ResultTopic: "results"}}}
}

func TestAsync(t *testing.T) {
	t.Parallel()
	ran := make(chan []byte, 1)
	url := serve(t, &standin.Server{Functions: map[string]standin.Function{"mayfly-core": func(_ context.Context, b []byte) ([]byte, error) {
		ran <- b
		return nil, errors.New("nobody hears of this")
	}}})
	l := launcher(t, url, map[string]string{"invocation": "async", "start.ms": "50"})
	defer l.Close(t.Context())
	gone := make(chan error, 1)
	if err := l.Launch(t.Context(), one(), func(err error) { gone <- err }); err != nil {
		t.Fatal(err)
	}
	if inv, err := tasks.DecodeInvitation(<-ran); err != nil || inv.Leases[0].ID != "lease" {
		t.Errorf("the function got %v (%v)", inv, err)
	}
	if err := <-gone; err != nil { // it should have been heard of by then
		t.Error(err)
	}
}

// TestThrottled is a function without room: the start waits for it, or says why it could not.
func TestThrottled(t *testing.T) {
	t.Parallel()
	begun, end := make(chan struct{}, 2), make(chan struct{})
	url := serve(t, &standin.Server{Concurrency: 1, Functions: map[string]standin.Function{"mayfly-core": func(context.Context, []byte) ([]byte, error) {
		begun <- struct{}{}
		<-end
		return json.Marshal(boot.Ending{Done: true})
	}}})
	l := launcher(t, url, nil)
	defer l.Close(t.Context())
	gone := make(chan error, 2)
	launchOne := func(ctx context.Context) error { return l.Launch(ctx, one(), func(err error) { gone <- err }) }
	if err := launchOne(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-begun
	soon, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err := launchOne(soon)
	if !errors.Is(err, launch.ErrBusy) || !strings.Contains(err.Error(), "throttles") || !strings.Contains(err.Error(), "mayfly.executors.max") {
		t.Errorf("a throttled start answers %v", err)
	}
	time.AfterFunc(50*time.Millisecond, func() { close(end) })
	if err := launchOne(t.Context()); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := <-gone; err != nil {
			t.Error(err)
		}
	}
}

func TestNoRegion(t *testing.T) {
	t.Parallel()
	c, _ := lambda.Keys().Parse(nil)
	_, err := lambda.New(t.Context(), c, nil)
	if err == nil || !strings.Contains(err.Error(), "mayfly.launcher.lambda.region") {
		t.Errorf("got %v", err)
	}
}
