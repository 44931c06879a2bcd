package boot_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/functions/boot"
)

func TestReadEnvironment(t *testing.T) {
	t.Setenv("MAYFLY_KAFKA", `{"sasl.mechanism":"PLAIN"}`)
	e, err := boot.ReadEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(boot.Properties{"sasl.mechanism": "PLAIN"}, e.Kafka); d != "" {
		t.Error(d)
	}
	t.Setenv("MAYFLY_KAFKA", `{"password":"hidden"`)
	if _, err = boot.ReadEnvironment(); err == nil || !strings.Contains(err.Error(), "MAYFLY_KAFKA") || strings.Contains(err.Error(), "hidden") {
		t.Errorf("got %v, want an error that names the variable and not its value", err)
	}
}
