package provider_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider"
)

// three are worker properties with Kafka's three providers.
func three(more ...string) map[string]string {
	m := map[string]string{"config.providers": "file, env,dir,bare",
		"config.providers.file.class": provider.FileClass, "config.providers.env.class": provider.EnvironmentClass, "config.providers.dir.class": provider.DirectoryClass}
	for i := 0; i < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	return m
}

// written makes a directory with s.properties and the files user and sub/x.
func written(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"s.properties": "pw = hush-hush\nempty=\nn=2\nü=ä\n", "user": "alice\n", "sub/x": "y"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func newResolver(t *testing.T, props map[string]string, environ ...string) *provider.Resolver {
	t.Helper()
	r, err := provider.New(props, environ, slog.New(slog.DiscardHandler), provider.Kafka()...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestResolve(t *testing.T) {
	t.Parallel()
	dir := written(t)
	s := dir + "/s.properties"
	r := newResolver(t, three(), "USER=bob", "EMPTY=", "A=b=c")
	for _, c := range []struct{ name, in, want string }{
		{"plain", "x$y{z}", "x$y{z}"},
		{"file", "${file:" + s + ":pw}", "hush-hush"},
		{"several in one text", "a-${file:" + s + ":pw}-${env:USER}-${env:USER}", "a-hush-hush-bob-bob"},
		{"empty value", "[${file:" + s + ":empty}${env:EMPTY}]", "[]"},
		{"unknown key", "${file:" + s + ":no}${env:NO}${dir:" + dir + ":no}", "${file:" + s + ":no}${env:NO}${dir:" + dir + ":no}"},
		{"unknown provider", "${vault:a:b} ${bare:x}", "${vault:a:b} ${bare:x}"},
		{"no key", "${env}", "${env}"},
		{"file without a path", "${file:pw}", "${file:pw}"},
		{"directory", "u=${dir:" + dir + ":user};", "u=alice\n;"},
		{"not a file's name", "${dir:" + dir + ":sub/x}${dir:" + dir + ":sub}${dir:" + dir + ":..}", "${dir:" + dir + ":sub/x}${dir:" + dir + ":sub}${dir:" + dir + ":..}"},
		{"no directory", "${dir:" + dir + "/none:user}", "${dir:" + dir + "/none:user}"},
		{"not nested", "${vault:${env:USER}}", "${vault:${env:USER}}"},
		{"value with =", "${env:A}", "b=c"},
		{"beyond ASCII", "${file:" + s + ":ü}", "ä"},
		{"dollars of the value stay", "$${env:USER}$1", "$bob$1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := map[string]string{"k": c.in, "other": "1"}
			got, err := r.Resolve(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(map[string]string{"k": c.want, "other": "1"}, got.Props); d != "" {
				t.Error(d)
			}
			if in["k"] != c.in {
				t.Error("what was submitted has changed")
			}
		})
	}
}

func TestResolveErrors(t *testing.T) {
	t.Parallel()
	dir := written(t)
	r := newResolver(t, three())
	for in, want := range map[string]string{
		"${file:/none/x:k}":     "org.apache.kafka.common.config.ConfigException: Could not read properties from file /none/x",
		"${env:p:k}":            "org.apache.kafka.common.config.ConfigException: Path is not supported for EnvVarConfigProvider, invalid value 'p'",
		"${file:" + dir + ":k}": "org.apache.kafka.common.config.ConfigException: Could not read properties from file " + dir,
	} {
		_, err := r.Resolve(t.Context(), map[string]string{"k": in})
		if err == nil || !strings.HasPrefix(tasks.Trace(err), want+"\n") {
			t.Errorf("%s: got %v, want %s", in, err, want)
		}
	}
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	dir := written(t)
	r := newResolver(t, three("config.providers.file.param.allowed.paths", dir+"/sub,"+dir+"/s.properties", "config.providers.dir.param.allowed.paths", dir+"/./sub/",
		"config.providers.env.param.allowlist.pattern", "US.*|X"), "USER=bob", "XX=no", "NOUS=no")
	in := map[string]string{"a": "${file:" + dir + "/sub/../s.properties:n}", "b": "${file:" + dir + "/user:alice}", "c": "${file:" + dir + "/s.propertiesx:n}",
		"d": "${dir:" + dir + "/sub:x}", "e": "${dir:" + dir + ":user}", "f": "${dir:" + dir + "/sub/..:user}", "g": "${env:USER}${env:XX}${env:NOUS}"}
	got, err := r.Resolve(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a": "2", "b": in["b"], "c": in["c"], "d": "y", "e": in["e"], "f": in["f"], "g": "bob${env:XX}${env:NOUS}"}
	if d := cmp.Diff(want, got.Props); d != "" {
		t.Error(d)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, key, value, want string }{
		{"unknown class", "config.providers.env.class", "no.such.Class",
			"Invalid value no.such.Class for configuration config.providers.env.class: Could not load config provider class or one of its dependencies"},
		{"relative", "config.providers.file.param.allowed.paths", "x", "Path x is not absolute"},
		{"missing", "config.providers.dir.param.allowed.paths", "/none/a/../b", "Path /none/b does not exist"},
		{"pattern", "config.providers.env.param.allowlist.pattern", "(", "Unclosed group near index 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := provider.New(three(c.key, c.value), nil, slog.New(slog.DiscardHandler), provider.Kafka()...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestAbsent(t *testing.T) {
	t.Parallel()
	r := newResolver(t, three("config.providers.bare.class", provider.ParameterStoreClass))
	if _, err := r.Resolve(t.Context(), map[string]string{"k": "${env:X}"}); err != nil {
		t.Errorf("who does not use it is not to be hurt: %v", err)
	}
	_, err := r.Resolve(t.Context(), map[string]string{"k": "${bare::x}"})
	if err == nil || !strings.Contains(err.Error(), "family s3") || tasks.KindOf(err) != tasks.KindFatal {
		t.Errorf("got %v, want a fatal error that names the family", err)
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	r := newResolver(t, three(), "PW=a b/c&d", "KEY=-----BEGIN-----\nabcdef\n", "TOPIC=orders", "N=2", "LONG=a b/c&d-and-more")
	got, err := r.Resolve(t.Context(), map[string]string{"pw": "${env:PW}", "key": "${env:KEY}", "topics": "${env:TOPIC}", "n": "${env:N}", "long": "${env:LONG}"})
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"password a b/c&d is wrong":   "password ${env:PW} is wrong",
		"http://u:a%20b%2Fc&d@h/":     "http://u:${env:PW}@h/",
		"?pw=a+b%2Fc%26d":             "?pw=${env:PW}",
		"line abcdef, and all of it":  "line ${env:KEY}, and all of it",
		"orders/2 at offset 2":        "orders/2 at offset 2",
		"a b/c&d-and-more":            "${env:LONG}",
		`"-----BEGIN-----\nabcdef\n"`: `"${env:KEY}"`,
	} {
		if text := got.Mask(in); text != want {
			t.Errorf("%s: got %s, want %s", in, text, want)
		}
	}
	var b bytes.Buffer
	log := got.Log(slog.New(slog.NewTextHandler(&b, nil)).With("first", "a b/c&d"))
	log.With("x", "abcdef").WithGroup("g").Error("say a b/c&d", "err", fmt.Errorf("no: %w", errors.New("a b/c&d")), slog.Group("h", "pw", "a b/c&d"), "n", 7, "d", time.Second)
	text := b.String()
	for _, secret := range []string{"abcdef", "b/c&d\" g"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log has %q: %s", secret, text)
		}
	}
	if strings.Count(text, "b/c&d") != 1 { // that of the logger's own, from before it knew
		t.Errorf("the log tells: %s", text)
	}
	if !strings.Contains(text, "g.n=7") || !strings.Contains(text, "g.d=1s") {
		t.Errorf("what is no secret is gone: %s", text)
	}
}

func FuzzResolve(f *testing.F) {
	r, err := provider.New(three(), []string{"X=secret-value"}, slog.New(slog.DiscardHandler), provider.Kafka()...)
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{"${env:X}", "${env:X:}", "${", "${a:b:c:d}", "${env:${env:X}}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := r.Resolve(t.Context(), map[string]string{"k": text})
		if err != nil {
			return
		}
		if strings.Contains(got.Props["k"], "secret-value") && strings.Contains(got.Mask(got.Props["k"]), "secret-value") && !strings.Contains(text, "secret-value") {
			t.Errorf("%q: the value is not hidden", text)
		}
	})
}
