package avro_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/mayfly-connect/mayfly/localstack/registry"
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
