package rest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/coordinator/api"
	"github.com/mayfly-connect/mayfly/coordinator/api/apitest"
	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/sinks/file"
	source "github.com/mayfly-connect/mayfly/sources/file"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// reached is how many exchanges of each recording are answered as Connect does. What is missing: offsets, loggers, the
// full list of transforms, stored nulls, the topics that a task used.
var reached = map[string]int{
	"01-root": 41, "02-create": 36, "03-create-bodies": 27, "04-list": 29, "05-put-patch": 26, "07-lifecycle": 56, "10-plugins": 12, "13-validate": 29,
}

type line struct {
	Scenario string
	Profile  string
	Request  *struct {
		Method, Path string
		Headers      map[string]string
		Body         json.RawMessage
	}
	Response struct {
		Status  int
		Headers map[string]string
		Body    any
	}
	Compare   string
	Normalize [][2]string
}

const version, worker = "4.3.1", "worker:8083"

func TestReplay(t *testing.T) {
	t.Parallel()
	for _, name := range slices.Sorted(maps.Keys(reached)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			passed, total := 0, 0
			var server *httptest.Server
			for _, text := range read(t, name) {
				var l line
				parse(t, text, &l)
				if l.Request == nil {
					server = httptest.NewServer(handler())
					t.Cleanup(server.Close)
					continue
				}
				parse(t, fill(text, server.URL), &l)
				total++
				if diff := exchange(t, server.URL, l); diff != "" {
					t.Logf("%s: %s %s %s\n%s", l.Scenario, l.Request.Method, l.Request.Path, l.Request.Body, diff)
				} else {
					passed++
				}
			}
			t.Logf("%s: %d of %d exchanges", name, passed, total)
			if passed < reached[name] || total == 0 {
				t.Errorf("%d of %d exchanges are as recorded, were %d", passed, total, reached[name])
			}
		})
	}
}

func read(t *testing.T, name string) []string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	s := bufio.NewScanner(bytes.NewReader(b))
	s.Buffer(nil, 1<<22)
	for s.Scan() {
		lines = append(lines, s.Text())
	}
	return lines
}

func parse(t *testing.T, text string, into *line) {
	t.Helper()
	*into = line{}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}

func fill(text, base string) string {
	return strings.NewReplacer("{run}", "r1", "{tmp}", "/scratch", "{topic}", "topic1", "{base}", base, "{worker}", worker,
		"{cluster}", "cluster1", "{connect_version}", version).Replace(text)
}

// exchange sends the recorded request and returns how the answer differs from the recorded one.
func exchange(t *testing.T, base string, l line) string {
	t.Helper()
	body := []byte(l.Request.Body)
	var text string
	switch {
	case string(body) == "null":
		body = nil
	case json.Unmarshal(body, &text) == nil:
		body = []byte(text)
	}
	req, err := http.NewRequestWithContext(t.Context(), l.Request.Method, base+l.Request.Path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range l.Request.Headers {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var got any
	if len(raw) > 0 && json.Unmarshal(raw, &got) != nil {
		got = string(raw)
	}
	headers := map[string]string{}
	for _, h := range []string{"Content-Type", "Location"} {
		if v := res.Header.Get(h); v != "" {
			headers[h] = v
		}
	}
	if v, ok := l.Response.Headers["Allow"]; ok && v != "" {
		headers["Allow"] = res.Header.Get("Allow")
	}
	want := l.Response.Body
	for part := range strings.SplitSeq(l.Compare, ";") {
		switch rule, arg, _ := strings.Cut(part, ":"); {
		case rule == "ignore-body":
			want, got = nil, nil
			delete(headers, "Content-Type")
			delete(l.Response.Headers, "Content-Type")
		case rule == "ignore" && arg == "$.message":
			for _, v := range []any{want, got} {
				if m, ok := v.(map[string]any); ok {
					m["message"] = ""
				}
			}
		case rule == "unordered":
			want, got = unordered(want), unordered(got)
		}
	}
	return cmp.Diff([]any{l.Response.Status, l.Response.Headers, clean(want, l.Normalize)}, []any{res.StatusCode, headers, clean(got, l.Normalize)})
}

// unordered sorts all arrays by their text.
func unordered(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = unordered(v[i])
		}
		sort.Slice(v, func(i, j int) bool { return textOf(v[i]) < textOf(v[j]) })
	case map[string]any:
		for k := range v {
			v[k] = unordered(v[k])
		}
	}
	return v
}

func textOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// clean removes what differs between two runs of the same server.
func clean(v any, normalize [][2]string) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			// The documentation is in our own words.
			if text, ok := v[k].(string); ok && text != "" && (k == "commit" || k == "documentation") {
				v[k] = k
				continue
			}
			v[k] = clean(v[k], normalize)
		}
	case []any:
		for i := range v {
			v[i] = clean(v[i], normalize)
		}
	case string:
		for _, n := range normalize {
			v = regexp.MustCompile(n[0]).ReplaceAllString(v, n[1])
		}
		return v
	}
	return v
}

func handler() http.Handler {
	sink, src := file.Plugin(), source.Plugin()
	sink.Version, src.Version = version, version
	plugins := tasks.Plugins{Sinks: []tasks.SinkPlugin{sink}, Sources: []tasks.SourcePlugin{src}}
	// The recorded worker had these installed; nothing here runs them.
	for _, name := range []string{"Checkpoint", "Heartbeat", "Source"} {
		plugins.Sources = append(plugins.Sources, tasks.SourcePlugin{Plugin: tasks.Plugin{
			Class: "org.apache.kafka.connect.mirror.Mirror" + name + "Connector", Type: tasks.SourcePluginType, Version: version}})
	}
	converter := func(class string) bool {
		return slices.ContainsFunc(convert.Plugins(), func(p tasks.Plugin) bool { return slices.Contains(p.Names(), class) })
	}
	validate := func(props map[string]string) connector.Report {
		return connector.Validate(plugins, nil, converter, props)
	}
	backend := &apitest.Memory{Version: version, WorkerID: worker,
		Kind: func(c map[string]string) tasks.ConnectorKind { return validate(c).Kind },
		Tasks: func(c map[string]string) []map[string]string {
			n, class := 1, src.Class
			if validate(c).Kind == tasks.SinkKind {
				class = sink.Class
				if limit, err := strconv.Atoi(c["tasks.max"]); err == nil {
					n = limit
				}
			}
			config := maps.Clone(c)
			config["task.class"] = strings.TrimSuffix(class, "Connector") + "Task"
			return slices.Repeat([]map[string]string{config}, n)
		},
	}
	defaults := map[string]string{"header.converter": convert.SimpleHeaderClass, "header.converter.plugin.version": version}
	for _, key := range []string{"key.converter", "value.converter"} {
		defaults[key], defaults[key+".plugin.version"] = convert.JSONClass, version
	}
	return api.New(api.Options{Backend: backend, Defaults: defaults, Plugins: plugins, OtherPlugins: convert.Plugins(), Validate: validate,
		ClusterID: "cluster1", Version: version, Commit: "0123456789abcdef", Leader: func() (string, bool) { return "", true }})
}
