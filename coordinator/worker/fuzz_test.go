package worker_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mayfly-connect/mayfly/coordinator/worker"
)

// FuzzReadConnector reads connector files: what is taken has a configuration of texts.
func FuzzReadConnector(f *testing.F) {
	for _, s := range []string{`{"name":"a","config":{"connector.class":"FileStreamSink","tasks.max":1,"x":true,"y":null}}`, "name=a\nconnector.class=x\n",
		`{"name":"a","file":"x"}`, "\xef\xbb\xbf{\"name\":\"a\",\"config\":{},\"initial_state\":\"paused\"}", `{"config":{"name":1}}`, `{"config":[]}`, "{", "a\\u00e9:b\\\n c"} {
		f.Add([]byte(s))
	}
	path := filepath.Join(f.TempDir(), "connector")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := worker.ReadConnector(path)
		if err == nil && c.Name != "" && c.Config["name"] != c.Name {
			t.Errorf("the name is %q, in the configuration %q", c.Name, c.Config["name"])
		}
		_, _ = worker.Load(path, nil, true)
	})
}
