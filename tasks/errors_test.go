package tasks_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tasks"
)

func TestTrace(t *testing.T) {
	t.Parallel()
	const frame = "\n\tat mayfly(executor)\n"
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"an exception", tasks.DataException("bad"), tasks.DataExceptionClass + ": bad" + frame},
		{"without a message", &tasks.Exception{Class: "java.lang.NullPointerException"}, "java.lang.NullPointerException" + frame},
		{"with a cause", tasks.DataException("bad").WithCause(errors.New("why")),
			tasks.DataExceptionClass + ": bad" + frame + "Caused by: " + tasks.ConnectException + ": why" + frame},
		{"any error", errors.New("why"), tasks.ConnectException + ": why" + frame},
		{"an exception with its place around it", fmt.Errorf("connector c: %w", tasks.Fatal(tasks.DataException("bad").WithCause(errors.New("why")))),
			tasks.DataExceptionClass + ": bad\n\tat mayfly(executor): connector c: bad\nCaused by: " + tasks.ConnectException + ": why" + frame},
		{"a place around a cause", tasks.DataException("bad").WithCause(fmt.Errorf("field f: %w", tasks.ConfigException("not set"))),
			tasks.DataExceptionClass + ": bad" + frame + "Caused by: " + tasks.ConfigExceptionClass + ": not set\n\tat mayfly(executor): field f: not set\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, tasks.Trace(c.err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
