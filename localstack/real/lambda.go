package real

import (
	"context"
	"net"
	"testing"
)

// LambdaFunction is one function binary in AWS's runtime interface emulator.
type LambdaFunction struct {
	// URL takes invocations, one at a time.
	URL string
	*part
}

// Lambda starts the function of a plugin family, a folder of functions/lambda, in an emulator of its own, with this process's environment.
func Lambda(t testing.TB, family string) LambdaFunction {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	p, err := start("lambda", "lambda", func(ctx context.Context) error {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", "127.0.0.1:"+port)
		if err == nil {
			err = conn.Close()
		}
		return err
	}, port, family)
	if err != nil {
		t.Fatal(err)
	}
	p.logOnFailure(t)
	t.Cleanup(func() { _ = p.stop() })
	return LambdaFunction{"http://127.0.0.1:" + port + "/2015-03-31/functions/function/invocations", p}
}

// Log is what emulator and function have logged.
func (f LambdaFunction) Log() string { return f.log() }
