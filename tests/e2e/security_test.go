package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// vault are secrets in all the places that people have for them. Each holds the word planted.
type vault struct{ file, users string }

func newVault(t *testing.T) vault {
	t.Helper()
	dir := t.TempDir()
	v := vault{filepath.Join(dir, "vault.properties"), filepath.Join(dir, "users.properties")}
	must(t, os.WriteFile(v.file, []byte("pw=planted-in-file\nnumber=planted-7\n"), 0o600))
	must(t, os.WriteFile(v.users, []byte("ann=planted-of-ann\n"), 0o600))
	return v
}

// environ gives a worker the secrets.
func (v vault) environ() []string {
	return []string{"MAYFLY_REST_USERS_FILE=" + v.users, "CONNECT_ADMIN_LISTENERS=http://127.0.0.1:0", "TOKEN=planted-in-environment",
		"CONNECT_VALUE_CONVERTER_BASIC_AUTH_USER_INFO=me:planted-in-worker",
		"CONNECT_PRODUCER_SASL_JAAS_CONFIG=x required username=\"u\" password=\"planted-in-jaas\";", "CONNECT_SSL_KEY_PASSWORD=planted-in-ssl",
		"CONNECT_CONFIG_PROVIDERS=file,env", "CONNECT_CONFIG_PROVIDERS_FILE_CLASS=org.apache.kafka.common.config.provider.FileConfigProvider",
		"CONNECT_CONFIG_PROVIDERS_ENV_CLASS=org.apache.kafka.common.config.provider.EnvVarConfigProvider",
		"CONNECT_CONFIG_PROVIDERS_ENV_PARAM_SECRET_TOKEN=planted-in-provider"}
}

// TestSecretsAreNowhere plants secrets in worker properties, the environment, files of providers and users, has connectors work with
// them, fail with them and be refused with them, and searches each topic, the log and the answers of all that can be asked. (The keys
// that hold no secrets, the class, the topics and tasks.max, are shown as they are resolved, as in Connect.)
func TestSecretsAreNowhere(t *testing.T) {
	v := newVault(t)
	s := embedded(t, v.environ()...)
	answers := map[string]string{}
	ask := func(method, url, body string) string {
		req, err := http.NewRequest(method, url, strings.NewReader(body))
		must(t, err)
		req.Header.Set("Content-Type", "application/json")
		req.SetBasicAuth("ann", "planted-of-ann")
		resp, err := http.DefaultClient.Do(req)
		must(t, err)
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		must(t, err)
		answer := fmt.Sprint(resp.Status, resp.Header, string(b))
		answers[method+" "+url+" "+body] = answer
		return answer
	}
	create := func(name string, config map[string]string) string {
		b, err := json.Marshal(config)
		must(t, err)
		ask("PUT", s.node.URL()+"/connector-plugins/"+config["connector.class"]+"/config/validate", string(b))
		return ask("PUT", s.node.URL()+"/connectors/"+name+"/config", string(b))
	}
	pw, token, number := "${file:"+v.file+":pw}", "${env:TOKEN}", "${file:"+v.file+":number}"
	s.topic("lines", 1)
	jsons := []string{"value.converter", "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable", "false"}
	letters := []string{"errors.tolerance", "all", "errors.deadletterqueue.topic.name", "letters", "errors.deadletterqueue.topic.replication.factor", "1",
		"errors.deadletterqueue.context.headers.enable", "true", "errors.log.enable", "true", "errors.log.include.messages", "true", "my.token", token}
	for name, config := range map[string]map[string]string{
		"works":     fileSink("lines", s.file("works"), "my.password", pw, "my.token", token),
		"letters":   fileSink("lines", s.file("letters"), append(jsons, letters...)...),
		"fails":     fileSink("lines", s.file("fails"), append(jsons, "my.token", token)...),
		"transform": fileSink("lines", s.file("transform"), "transforms", "a", "transforms.a.type", "org.apache.kafka.connect.transforms.InsertField$Value", "transforms.a.static.field", token, "transforms.a.static.value", pw),
		"nowhere":   fileSink("lines", filepath.Join(s.dir, "none", pw)),
		"login":     fileSink("lines", s.file("login"), "consumer.override.security.protocol", "SASL_PLAINTEXT", "consumer.override.sasl.mechanism", "PLAIN", "consumer.override.sasl.jaas.config", `x required username="u" password="`+pw+`";`),
		"mechanism": fileSink("lines", s.file("mechanism"), "consumer.override.security.protocol", "SASL_SSL", "consumer.override.sasl.mechanism", pw),
		"source":    {"connector.class": "FileStreamSource", "topic": "out", "file": filepath.Join(s.dir, "none", token)},
		"number":    fileSink("lines", s.file("number"), "errors.retry.timeout", number),
		"regex":     fileSink("lines", s.file("regex"), "transforms", "r", "transforms.r.type", "org.apache.kafka.connect.transforms.RegexRouter", "transforms.r.regex", "("+pw, "transforms.r.replacement", token),
		"alias":     fileSink("lines", s.file("alias"), "transforms", token, "predicates", pw+","+pw),
		"converter": fileSink("lines", s.file("converter"), "value.converter", token),
		"unknown":   fileSink("lines", s.file("unknown"), "my.password", "${file:"+v.file+":none}", "errors.tolerance", pw),
	} {
		create(name, config)
	}
	s.send("lines", "{", `{"a":1}`)
	s.filled(s.file("works"), "{", `{"a":1}`)
	eventually(t, "the other connectors have failed or worked", func() string {
		all := ask("GET", s.node.URL()+"/connectors?expand=status&expand=info", "")
		if n := strings.Count(all, `"trace"`); n < 4 {
			return fmt.Sprint(n, " have failed: ", all)
		}
		return ""
	})
	for _, name := range []string{"works", "letters", "fails", "transform", "nowhere", "login", "mechanism", "source"} {
		for _, path := range []string{"", "/config", "/status", "/tasks", "/tasks/0/status", "/topics", "/offsets"} {
			ask("GET", s.node.URL()+"/connectors/"+name+path, "")
		}
		ask("POST", s.node.URL()+"/connectors/"+name+"/restart?includeTasks=true", "")
		ask("PATCH", s.node.URL()+"/connectors/"+name+"/config", `{"errors.retry.timeout":"`+number+`"}`)
	}
	for _, url := range []string{s.node.URL() + "/", s.node.URL() + "/health", s.node.URL() + "/openapi.json", s.node.URL() + "/connector-plugins?connectorsOnly=false",
		s.node.AdminURL() + "/admin/loggers", s.node.AdminURL() + "/metrics", s.node.AdminURL() + "/debug/pprof/cmdline", s.node.AdminURL() + "/debug/pprof/goroutine?debug=2"} {
		if answer := ask("GET", url, ""); !strings.HasPrefix(answer, "200") {
			t.Errorf("%s: %s", url, answer)
		}
	}
	for what, answer := range answers {
		if strings.Contains(answer, "planted") {
			t.Errorf("%s\nis answered with a secret: %s", what, answer)
		}
	}
	if i := strings.Index(s.said.String(), "planted"); i >= 0 {
		t.Errorf("a secret is in the log: …%s", s.said.String()[max(0, i-300):i+50])
	}
	records := append(s.everything(), s.raw("mayfly-standalone-configs")...)
	for _, r := range records {
		text := string(r.Key) + string(r.Value)
		for _, h := range r.Headers {
			text += h.Key + string(h.Value)
		}
		if strings.Contains(text, "planted") {
			t.Errorf("a secret is in topic %s: %s", r.Topic, text)
		}
	}
	if len(records) < 30 {
		t.Errorf("only %d records were searched", len(records))
	}
}

// TestEveryEndpointIsKnown has the table of endpoints, with which users are tested, name all that the API's description has.
func TestEveryEndpointIsKnown(t *testing.T) {
	s := embedded(t)
	var doc struct{ Paths map[string]map[string]any }
	must(t, json.Unmarshal([]byte(s.do(http.StatusOK, "GET", "/openapi.json", nil)), &doc))
	known := map[string]bool{"POST /connectors/{c}/tasks": true, "PUT /connectors/{c}/fence": true} // which workers sign
	for _, e := range endpoints {
		segments := strings.Split(e.path, "/")
		for i := 2; i < len(segments); i++ {
			switch {
			case segments[1] == "connectors" && i == 2:
				segments[i] = "{c}"
			case segments[1] == "connectors" && segments[i-1] == "tasks" && i > 3:
				segments[i] = "{t}"
			case segments[1] == "connector-plugins" && i == 2:
				segments[i] = "{p}"
			case segments[1] == "admin" && i == 3:
				segments[i] = "{l}"
			}
		}
		known[e.method+" "+strings.Join(segments, "/")] = true
	}
	for path, methods := range doc.Paths {
		for method := range methods {
			if !known[strings.ToUpper(method)+" "+path] {
				t.Errorf("%s %s is in no test of users", strings.ToUpper(method), path)
			}
		}
	}
}
