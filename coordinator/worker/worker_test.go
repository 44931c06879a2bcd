package worker_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/coordinator/worker"
)

const required = `bootstrap.servers=a:1, b:2
group.id=g
config.storage.topic=c
offset.storage.topic=o
status.storage.topic=s
key.converter=org.apache.kafka.connect.json.JsonConverter
value.converter=org.apache.kafka.connect.storage.StringConverter
`

func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func fails(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one with %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, err := worker.Load(file(t, "w.properties", required), nil, false)
	must(t, err)
	equal(t, "bootstrap", c.Bootstrap, []string{"a:1", "b:2"})
	equal(t, "group", c.GroupID, "g")
	c.Topics.Settings = nil
	equal(t, "topics", c.Topics, worker.Topics{Config: "c", Offset: "o", Status: "s", Lease: "g-mayfly-leases", Result: "g-mayfly-results",
		OffsetPartitions: 25, StatusPartitions: 5, ConfigReplicas: 3, OffsetReplicas: 3, StatusReplicas: 3})
	equal(t, "times", []time.Duration{c.Heartbeat, c.Session}, []time.Duration{3 * time.Second, 10 * time.Second})
	equal(t, "addresses", []string{c.Listeners[0].Address, c.WorkerID}, []string{":8083", "localhost:8083"})
	equal(t, "ours", c.Ours, worker.Ours{Launcher: "process", LeaseTTL: 60000, DataDir: "data", OnceLimit: 10 * time.Minute})
}

func TestProperties(t *testing.T) {
	t.Parallel()
	c, err := worker.Load(file(t, "w.properties", required+`# a comment
! another
offset.storage.partitions = 7
status.storage.partitions: 2
config.storage.replication.factor=1
heartbeat.interval.ms=100
session.timeout.ms= 500 
listeners=HTTP://127.0.0.1:9000
rest.advertised.host.name=me
rest.advertised.port=80
plugin.path=/a,\
  /b
unicode=\u00e9
placeholder=${file:/x:y}
mayfly.nobody.knows=1
offset.flush.interval.ms=10000
mayfly.launcher=inproc
mayfly.executors.max=5
mayfly.slice.bytes=1000
mayfly.launch.rate.max=20
mayfly.cost.executor.second=0.00002
mayfly.cost.day.max=5.5
mayfly.lease.topic=leases
`), nil, false)
	must(t, err)
	equal(t, "partitions", []int32{c.Topics.OffsetPartitions, c.Topics.StatusPartitions}, []int32{7, 2})
	equal(t, "replicas", []int16{c.Topics.ConfigReplicas, c.Topics.OffsetReplicas}, []int16{1, 3})
	equal(t, "times", []time.Duration{c.Heartbeat, c.Session}, []time.Duration{100 * time.Millisecond, 500 * time.Millisecond})
	equal(t, "addresses", []string{c.Listeners[0].Address, c.WorkerID}, []string{"127.0.0.1:9000", "me:80"})
	equal(t, "lease topic", c.Topics.Lease, "leases")
	equal(t, "texts", []string{c.Props["plugin.path"], c.Props["unicode"], c.Props["placeholder"], c.Props["mayfly.nobody.knows"]}, []string{"/a,/b", "é", "${file:/x:y}", "1"})
	equal(t, "ours", c.Ours, worker.Ours{Launcher: "inproc", MaxExecutors: 5, SliceBytes: 1000, LeaseTTL: 60000, DataDir: "data", OnceLimit: 10 * time.Minute,
		LaunchRate: 20, SecondCost: 0.00002, DayCost: 5.5})
}

func TestMoney(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"mayfly.cost.day.max=5":                                  "mayfly.cost.day.max needs mayfly.cost.executor.second",
		"mayfly.cost.day.max=-5":                                 "Invalid value -5 for configuration mayfly.cost.day.max",
		"mayfly.cost.executor.second=cheap":                      "Invalid value cheap for configuration mayfly.cost.executor.second",
		"mayfly.cost.executor.second=NaN\nmayfly.cost.day.max=1": "Invalid value NaN",
	} {
		_, err := worker.Load(file(t, "w.properties", required+text+"\n"), nil, false)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// TestAllOfConnect has the list of its worker's properties that Kafka Connect 4.3.1 prints, with their defaults. All are accepted;
// each has its effect, or a line that says why not.
func TestAllOfConnect(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/connect-4.3.1.txt")
	must(t, err)
	all, silent := []string{}, []string{}
	var text strings.Builder
	text.WriteString(required)
	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		all = append(all, f[0])
		if len(f) == 3 && f[2] != "null" && f[2] != `""` && f[0] != "sasl.mechanism" {
			text.WriteString(f[0] + "=" + f[2] + "\n")
		} else if len(f) == 3 {
			silent = append(silent, f[0])
		}
	}
	c, err := worker.Load(file(t, "w.properties", text.String()), nil, false)
	must(t, err)
	for _, key := range silent { // which have no default
		c.Props[key] = "x"
	}
	reasons := map[string]string{}
	for _, line := range c.Ignored() {
		key, why, ok := strings.Cut(line, " has no effect: ")
		if !ok || why == "" || strings.Contains(why, "neither") {
			t.Errorf("%s", line)
		}
		reasons[key] = why
	}
	if len(all) < 130 {
		t.Errorf("the list has %d properties", len(all))
	}
	sources := ""
	for _, dir := range []string{".", "../store", "../../tasks/kafka", "../../tasks/javakeystore", "../../tasks/provider"} {
		paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
		must(t, err)
		for _, p := range paths {
			if b, err := os.ReadFile(p); err == nil && !strings.HasSuffix(p, "_test.go") && filepath.Base(p) != "ignored.go" {
				sources += string(b)
			}
		}
	}
	for _, key := range all { // what has no line is read somewhere
		last := key[strings.LastIndexByte(key, '.')+1:]
		if reasons[key] == "" && !strings.Contains(sources, `"`+key+`"`) && !strings.Contains(sources, `.`+last+`"`) && !strings.Contains(sources, `"`+last+`"`) {
			t.Errorf("%s is said to have an effect, and nobody reads it", key)
		}
	}
	equal(t, "unknown ones", []string{}, func() []string {
		c, err := worker.Load(file(t, "w.properties", required+"plugin.path=/usr\nofset.flush.interval.ms=1\nmayfly.exekutors.max=3\nconsumer.max.poll.records=5\n"), nil, false)
		must(t, err)
		return slices.DeleteFunc([]string{"plugin.path", "ofset.flush.interval.ms", "mayfly.exekutors.max"}, func(key string) bool {
			return slices.ContainsFunc(c.Ignored(), func(line string) bool { return strings.HasPrefix(line, key+" has no effect: ") })
		})
	}())
}

// TestTopicSettings has Kafka's own settings of topics below the properties of the internal topics.
func TestTopicSettings(t *testing.T) {
	t.Parallel()
	c, err := worker.Load(file(t, "w.properties", required+"config.storage.min.insync.replicas=2\noffset.storage.cleanup.policy=delete\nstatus.storage.partitions=3\n"), nil, false)
	must(t, err)
	equal(t, "settings", c.Topics.Settings, map[string]map[string]string{"config.storage.topic": {"min.insync.replicas": "2"}, "offset.storage.topic": {}, "status.storage.topic": {}})
}

func TestEnvironment(t *testing.T) {
	// The environment is the one that Load is given, not the process's.
	t.Setenv("MAYFLY_DATA_DIR", "elsewhere")
	c, err := worker.Load(file(t, "w.properties", required+"mayfly.executors.max=5\nmayfly.slice.bytes=1\n"), []string{"CONNECT_GROUP_ID=other",
		"CONNECT_REST_ADVERTISED_HOST_NAME=h=i", "CONNECT_KEY_CONVERTER_SCHEMAS_ENABLE=false", "PATH=x", "MAYFLY_EXECUTORS_MAX=9",
		"MAYFLY_LAUNCHER=inproc", "MAYFLY_LEASE_TTL_MS=70"}, false)
	must(t, err)
	equal(t, "group", c.GroupID, "other")
	equal(t, "leases", c.Topics.Lease, "other-mayfly-leases")
	equal(t, "worker", c.WorkerID, "h=i:8083")
	equal(t, "converter", c.Props["key.converter.schemas.enable"], "false")
	equal(t, "ours", c.Ours, worker.Ours{Launcher: "inproc", MaxExecutors: 9, LeaseTTL: 70, SliceBytes: 1, DataDir: "data", OnceLimit: 10 * time.Minute})
}

func TestStandaloneNeedsNothing(t *testing.T) {
	t.Parallel()
	c, err := worker.Load("", nil, true)
	must(t, err)
	equal(t, "bootstrap", len(c.Bootstrap), 0)
	c.Topics.Settings = nil
	equal(t, "topics", c.Topics, worker.Topics{Config: "mayfly-standalone-configs", Offset: "mayfly-standalone-offsets", Status: "mayfly-standalone-status",
		Lease: "mayfly-standalone-mayfly-leases", Result: "mayfly-standalone-mayfly-results",
		OffsetPartitions: 25, StatusPartitions: 5, ConfigReplicas: 1, OffsetReplicas: 1, StatusReplicas: 1})
	equal(t, "launcher", c.Ours.Launcher, "inproc")
}

func TestWrongProperties(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"group.id", "config.storage.topic", "offset.storage.topic", "status.storage.topic", "key.converter", "value.converter"} {
		_, err := worker.Load(file(t, "w.properties", strings.Replace(required, key+"=", "x"+key+"=", 1)), nil, false)
		fails(t, err, "w.properties", "Missing required configuration \""+key+"\" which has no default value.")
	}
	for line, words := range map[string][]string{
		"session.timeout.ms=soon":                 {"soon", "session.timeout.ms", "Not a number of type INT"},
		"offset.storage.partitions=99999999999":   {"99999999999", "offset.storage.partitions"},
		"config.storage.replication.factor=70000": {"70000", "config.storage.replication.factor"},
		"heartbeat.interval.ms=0":                 {"heartbeat.interval.ms"},
		"mayfly.launcher=rocket":                  {"mayfly.launcher", "rocket"},
		"listeners=http://nowhere":                {"listeners", "http://nowhere"},
		"a=\\u00zz":                               {"w.properties"},
	} {
		_, err := worker.Load(file(t, "w.properties", required+line), nil, false)
		fails(t, err, words...)
	}
	_, err := worker.Load(filepath.Join(t.TempDir(), "none"), nil, false)
	fails(t, err, "none")
	_, err = worker.Load("", []string{"MAYFLY_EXECUTORS_MAX=many"}, true)
	fails(t, err, "mayfly.executors.max", "many")
}

func TestSecretsStayOutOfLeases(t *testing.T) {
	t.Parallel()
	c, err := worker.Load("", []string{"CONNECT_BOOTSTRAP_SERVERS=a:1"}, true)
	must(t, err)
	for k, v := range map[string]string{"value.converter.schema.registry.url": "u", "value.converter.basic.auth.user.info": "me:hush",
		"key.converter.schema.registry.ssl.keystore.PASSWORD": "hush", "value.converter.bearer.auth.token": "hush", "sasl.jaas.config": "hush",
		"consumer.sasl.jaas.config": "hush", "header.converter": "H", "consumer.isolation.level": "read_committed", "other": "x", "ssl.key.password": "hush"} {
		c.Props[k] = v
	}
	const jsonConverter = "org.apache.kafka.connect.json.JsonConverter"
	equal(t, "lease", c.LeaseProps(), map[string]string{"key.converter": jsonConverter, "value.converter": jsonConverter, "header.converter": "H",
		"value.converter.schema.registry.url": "u", "consumer.isolation.level": "read_committed"})
	equal(t, "kafka", c.KafkaProps(), map[string]string{"sasl.jaas.config": "hush", "ssl.key.password": "hush",
		"consumer.isolation.level": "read_committed", "consumer.sasl.jaas.config": "hush", "key.converter.schema.registry.ssl.keystore.PASSWORD": "hush",
		"value.converter.basic.auth.user.info": "me:hush", "value.converter.bearer.auth.token": "hush"})
}

func TestConnectorFiles(t *testing.T) {
	t.Parallel()
	want := worker.Connector{Name: "a", Config: map[string]string{"name": "a", "tasks.max": "2", "big": "12345678901234567890", "on": "true"}}
	for name, content := range map[string]string{
		"properties": "name=a\ntasks.max=2\nbig=12345678901234567890\non=true\n",
		"flat":       `{"name":"a","tasks.max":2,"big":12345678901234567890,"on":true}`,
		"body":       ` {"name":"a","config":{"tasks.max":"2","big":12345678901234567890,"on":true}}`,
		"bom":        "\xef\xbb\xbf" + `{"name":"a","tasks.max":2,"big":12345678901234567890,"on":true}`,
	} {
		got, err := worker.LoadConnector(file(t, name, content))
		must(t, err)
		equal(t, name, got, want)
	}
	got, err := worker.LoadConnector(file(t, "state", `{"name":"a","config":{},"initial_state":"PAUSED"}`))
	must(t, err)
	equal(t, "state", got, worker.Connector{Name: "a", Config: map[string]string{"name": "a"}, InitialState: "PAUSED"})
	got, err = worker.LoadConnector(file(t, "text", `{"name":"a","config":"a text"}`)) // a flat map with a key config
	must(t, err)
	equal(t, "text", got.Config, map[string]string{"name": "a", "config": "a text"})
}

func TestBrokenConnectorFiles(t *testing.T) {
	t.Parallel()
	for content, words := range map[string][]string{
		"{\n\"name\": \"a\",\n\"x\" 1}": {"f.conf", "line 3"},
		"{\n\"name\": \"a\",\n":         {"f.conf", "line 3"},
		"{\"name\": \"a\"}\n}":          {"f.conf", "line 2"},
		`{"name":"a","x":{"y":1}}`:      {"f.conf", "x", "text"},
		`{"name":"a","x":null}`:         {"f.conf", "x", "null"},
		`{"name":1,"config":{}}`:        {"f.conf", "name"},
		`{"x":"y"}`:                     {"f.conf", "no name"},
		"x=y":                           {"f.conf", "no name"},
		"":                              {"f.conf", "no name"},
	} {
		_, err := worker.LoadConnector(file(t, "f.conf", content))
		fails(t, err, words...)
	}
	_, err := worker.LoadConnector(filepath.Join(t.TempDir(), "none"))
	fails(t, err, "none")
}

func TestProviders(t *testing.T) {
	t.Parallel()
	secrets := file(t, "s.properties", "pw=hush\nfactor=2\n")
	c, err := worker.Load(file(t, "w.properties", required+"config.providers=file,env\n"+
		"config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider\n"+
		"config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider\n"+
		"config.providers.env.param.a.secret=plain\n"+
		"status.storage.replication.factor=${file:"+secrets+":factor}\n"+
		"sasl.jaas.config=x password=\"${env:PW}\";\n"+
		"value.converter.basic.auth.user.info=me:${file:"+secrets+":pw}\n"), []string{"PW=hush-hush"}, false)
	if err != nil {
		t.Fatal(err)
	}
	if c.Topics.StatusReplicas != 2 {
		t.Errorf("replication factor %d, want 2", c.Topics.StatusReplicas)
	}
	lease, private := c.LeaseProps(), c.KafkaProps()
	if v := lease["value.converter.basic.auth.user.info"]; v != "me:${file:"+secrets+":pw}" {
		t.Errorf("the lease has %q, want the placeholder", v)
	}
	if v, ok := lease["config.providers.env.param.a.secret"]; ok || private["config.providers.env.param.a.secret"] != "plain" {
		t.Errorf("the lease has the provider's secret: %q", v)
	}
	if lease["config.providers"] != "file,env" {
		t.Errorf("leases do not know the providers: %v", lease)
	}
	if v := private["sasl.jaas.config"]; v != `x password="hush-hush";` {
		t.Errorf("the brokers get %q", v)
	}
	_, err = worker.Load(file(t, "w.properties", required+"config.providers=x\nconfig.providers.x.class=no.such.Class\n"), nil, false)
	if err == nil || !strings.Contains(err.Error(), "Could not load config provider class") {
		t.Errorf("unknown class: got %v", err)
	}
}
