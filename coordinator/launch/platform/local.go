package platform

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/tasks"
)

const (
	executorDir = "mayfly.executor.dir"
	idleKey     = "mayfly.launcher.process.idle.ms"
	memoryKey   = "mayfly.launcher.process.memory.bytes"
)

func process() Kind {
	return Kind{Name: "process", Keys: tasks.ConfigDef{
		{Name: executorDir, Type: tasks.TypeString, Default: tasks.DefaultTo(""), Importance: tasks.Medium,
			Doc: "The folder of the binaries `mayfly-process-<family>`; where `mayfly` itself is, if it is empty."},
		{Name: idleKey, Type: tasks.TypeLong, Default: tasks.DefaultTo("1000"), Check: tasks.AtLeast(0), Importance: tasks.Low,
			Doc: "Milliseconds for which a process that is done waits for another invitation of its plugin family, so that a busy connector does not pay a start for each; 0 ends each after one."},
		{Name: memoryKey, Type: tasks.TypeLong, Default: tasks.DefaultTo("1073741824"), Check: tasks.AtLeast(0), Importance: tasks.Medium,
			Doc: "Bytes of memory that a process may use (Linux). One that uses more is killed, and its slice is granted again; one that has used more than half of them does not wait for another invitation. 0 for no limit."},
	}, New: func(_ context.Context, c tasks.Config, o Options) (launch.Launcher, error) {
		dir := c.String(executorDir)
		if dir == "" {
			if self, err := os.Executable(); err == nil {
				dir = filepath.Dir(self)
			}
		}
		p := &launch.Process{Dir: dir, Family: o.Family, Kafka: o.Kafka, Most: o.Most, Idle: time.Duration(c.Int(idleKey)) * time.Millisecond,
			Memory: c.Int(memoryKey)}
		return launch.Limit(p, o.Most), nil
	}}
}

func inProcess() Kind {
	return Kind{Name: "inproc", New: func(ctx context.Context, _ tasks.Config, o Options) (launch.Launcher, error) {
		return launch.NewInProcess(ctx, o.Run), nil
	}}
}
