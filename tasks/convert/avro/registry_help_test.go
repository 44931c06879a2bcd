package avro_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/mayfly-connect/mayfly/localstack/registry"
	"github.com/mayfly-connect/mayfly/tasks"
)

// httptestGet returns the text that the registry has under want's id.
func httptestGet(t *testing.T, url string, want registry.Schema) (string, error) {
	t.Helper()
	resp, err := http.Get(fmt.Sprintf("%s/schemas/ids/%d", url, want.ID))
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	var got registry.Schema
	if err := json.Unmarshal(b, &got); err != nil || got.Text == "" {
		return "", fmt.Errorf("answer %s: %v", b, err)
	}
	return got.Text, nil
}

// rawHeader decodes a recorded header, whose value is base64 or null.
func rawHeader(t *testing.T, h [2]*string) tasks.RawHeader {
	t.Helper()
	out := tasks.RawHeader{Key: *h[0]}
	if h[1] != nil {
		var err error
		if out.Value, err = base64.StdEncoding.DecodeString(*h[1]); err != nil {
			t.Fatal(err)
		}
	}
	return out
}
