package cli

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/coordinator/worker"
)

// desired is a connector as a file has it.
type desired = worker.Connector

// each reads the connectors of files and directories (their .json and .properties files) before it does anything with them.
func each(paths []string, do func(desired) error) error {
	all, err := readAll(paths)
	if err != nil {
		return err
	}
	for _, d := range all {
		if err := do(d); err != nil {
			return fmt.Errorf("connector %s: %w", d.Name, err)
		}
	}
	return nil
}

func readAll(paths []string) ([]desired, error) {
	var files []string
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, p)
			continue
		}
		for _, pattern := range []string{"*.json", "*.properties"} {
			found, err := filepath.Glob(filepath.Join(p, pattern))
			if err != nil {
				return nil, err
			}
			files = append(files, found...)
		}
	}
	slices.Sort(files)
	var out []desired
	from := map[string]string{}
	for _, path := range files {
		d, err := worker.LoadConnector(path)
		if err != nil {
			return nil, err
		}
		if other, twice := from[d.Name]; twice {
			return nil, fmt.Errorf("connector %s is in %s and in %s", d.Name, other, path)
		}
		from[d.Name] = path
		out = append(out, d)
	}
	return out, nil
}

func (r *run) create(ctx context.Context, d desired) error {
	body := map[string]any{"name": d.Name, "config": d.Config}
	if d.InitialState != "" {
		body["initial_state"] = d.InitialState
	}
	if err := r.client.call(ctx, "POST", "/connectors", body, nil); err != nil {
		return err
	}
	return r.say("%s created", d.Name)
}

// apply brings the cluster to what the files say, or only shows it. Shown differences are [ErrDiffers].
func (r *run) apply(ctx context.Context, paths []string, dry, prune bool) error {
	wanted := map[string]bool{}
	differs := false
	err := each(paths, func(d desired) error {
		wanted[d.Name] = true
		var have map[string]string
		err := r.client.call(ctx, "GET", at(d.Name, "/config"), nil, &have)
		exists := !notFound(err)
		if err != nil && exists {
			return err
		}
		want := maps.Clone(d.Config)
		want["name"] = d.Name
		changes := difference(have, want)
		switch {
		case len(changes) == 0 && exists:
			return nil
		case dry:
			differs = true
			return r.say("%s\n%s", d.Name, strings.Join(changes, "\n"))
		case !exists:
			return r.create(ctx, d)
		}
		if err := r.client.call(ctx, "PUT", at(d.Name, "/config"), want, nil); err != nil {
			return err
		}
		return r.say("%s changed: %s", d.Name, strings.Join(changes, "; "))
	})
	if err != nil || !prune {
		return differing(err, differs)
	}
	all, err := r.states(ctx)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if wanted[name] {
			continue
		}
		if dry {
			differs = true
			if err := r.say("%s\n- all of it", name); err != nil {
				return err
			}
			continue
		}
		if err := r.client.call(ctx, "DELETE", at(name), nil, nil); err != nil {
			return fmt.Errorf("connector %s: %w", name, err)
		}
		if err := r.say("%s deleted", name); err != nil {
			return err
		}
	}
	return differing(nil, differs)
}

func differing(err error, differs bool) error {
	if err == nil && differs {
		return ErrDiffers
	}
	return err
}

// difference lists the keys that differ: what goes with -, what comes with +. Values that may be secrets stay out.
func difference(have, want map[string]string) []string {
	keys := map[string]bool{}
	for _, m := range []map[string]string{have, want} {
		for k := range m {
			keys[k] = true
		}
	}
	var out []string
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		old, had := have[k]
		now, wants := want[k]
		if had && wants && old == now {
			continue
		}
		if had {
			out = append(out, "- "+k+"="+shown(k, old))
		}
		if wants {
			out = append(out, "+ "+k+"="+shown(k, now))
		}
	}
	return out
}

func shown(key, value string) string {
	if worker.Secret(key) && !strings.HasPrefix(value, "${") {
		return "[hidden]"
	}
	return value
}
