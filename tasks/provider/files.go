package provider

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javaproperties"
)

// paths are the ones that the parameter allowed.paths admits; nil admits all.
type paths []string

func newPaths(s Settings) (paths, error) {
	text := s.Params["allowed.paths"]
	if text == "" {
		return nil, nil
	}
	var p paths
	for part := range strings.SplitSeq(text, ",") {
		clean := filepath.Clean(part)
		if !filepath.IsAbs(clean) {
			return nil, tasks.ConfigException("Path %s is not absolute", clean)
		}
		if _, err := os.Stat(clean); err != nil {
			return nil, tasks.ConfigException("Path %s does not exist", clean)
		}
		p = append(p, clean)
	}
	return p, nil
}

// admit returns the path to use; false when it is not allowed.
func (p paths) admit(path string) (string, bool) {
	if p == nil {
		return path, true
	}
	clean := filepath.Clean(path)
	for _, allowed := range p {
		if rest, ok := strings.CutPrefix(clean, allowed); ok && (rest == "" || rest[0] == filepath.Separator || strings.HasSuffix(allowed, "/")) {
			return clean, true
		}
	}
	return "", false
}

// file reads properties files: the path is the file's, the key the property's.
type file struct {
	settings Settings
	allowed  paths
}

func newFile(s Settings) (Provider, error) {
	allowed, err := newPaths(s)
	return &file{s, allowed}, err
}

// Get implements [Provider].
func (f *file) Get(_ context.Context, path string, keys []string) (Data, error) {
	if path == "" {
		return Data{}, nil
	}
	name, ok := f.allowed.admit(path)
	if !ok {
		f.settings.Log.Warn("config provider: the path is not allowed; add it to the parameter allowed.paths", "path", path)
		return Data{}, nil
	}
	b, err := os.ReadFile(name)
	if err == nil && utf8.Valid(b) {
		props, err := javaproperties.Parse(string(b))
		if err != nil {
			return Data{}, tasks.NewException("java.lang.IllegalArgumentException", "%s", err)
		}
		return Data{Values: only(props, keys)}, nil
	}
	return Data{}, tasks.ConfigException("Could not read properties from file %s", path)
}

// only returns the keys of m that are asked for.
func only(m map[string]string, keys []string) map[string]string {
	out := map[string]string{}
	for _, k := range keys {
		if v, ok := m[k]; ok {
			out[k] = v
		}
	}
	return out
}

// directory reads files whole: the path is the directory's, the key the file's name. That is how Kubernetes mounts secrets.
type directory struct {
	settings Settings
	allowed  paths
}

func newDirectory(s Settings) (Provider, error) {
	allowed, err := newPaths(s)
	return &directory{s, allowed}, err
}

// Get implements [Provider].
func (d *directory) Get(_ context.Context, path string, keys []string) (Data, error) {
	if path == "" {
		return Data{}, nil
	}
	dir, ok := d.allowed.admit(path)
	if !ok {
		d.settings.Log.Warn("config provider: the path is not allowed; add it to the parameter allowed.paths", "path", path)
		return Data{}, nil
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		d.settings.Log.Warn("config provider: the path is not a directory", "path", path)
		return Data{}, nil
	}
	data := Data{Values: map[string]string{}}
	for _, key := range keys {
		if key != filepath.Base(key) { // it cannot be a file's name
			continue
		}
		name := filepath.Join(dir, key)
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil || !utf8.Valid(b) {
			return Data{}, tasks.ConfigException("Could not read file %s for property %s", name, key)
		}
		data.Values[key] = string(b)
	}
	return data, nil
}
