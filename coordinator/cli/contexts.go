package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// contexts are the clusters that a user has given names, in a file of the user's. Passwords are not kept.
type contexts struct {
	Current  string             `json:"current,omitempty"`
	Contexts map[string]cluster `json:"contexts"`
}

type cluster struct {
	URL  string `json:"url"`
	User string `json:"user,omitempty"`
}

func (e Env) contextsFile() (string, error) {
	if e.Contexts != "" {
		return e.Contexts, nil
	}
	dir, err := os.UserConfigDir()
	return filepath.Join(dir, "mayfly", "contexts.json"), err
}

func (e Env) contexts() (contexts, error) {
	out := contexts{Contexts: map[string]cluster{}}
	path, err := e.contextsFile()
	if err != nil {
		return out, nil //nolint:nilerr // a user without a home has no contexts
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		return out, fmt.Errorf("read the contexts in %s: %w", path, err)
	}
	return out, nil
}

func (e Env) saveContexts(c contexts) error {
	path, err := e.contextsFile()
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o600)
}

// Cluster is the command cluster.
func Cluster(ctx context.Context, env Env, args []string) error {
	return execute(ctx, env, "cluster", []action{
		{"info", "", "the worker's version and Kafka cluster", 0, func(ctx context.Context, r *run, _ []string) error {
			var info struct {
				Version string `json:"version"`
				Commit  string `json:"commit"`
				Cluster string `json:"kafka_cluster_id"`
			}
			if err := r.client.call(ctx, "GET", "/", nil, &info); err != nil {
				return err
			}
			if r.json {
				return r.print(info)
			}
			return r.table("URL VERSION COMMIT KAFKA-CLUSTER", [][]string{{r.client.URL, info.Version, info.Commit, info.Cluster}})
		}},
		{"contexts", "", "the clusters that have names", 0, func(_ context.Context, r *run, _ []string) error {
			all, err := r.contexts()
			if err != nil {
				return err
			}
			if r.json {
				return r.print(all)
			}
			var rows [][]string
			for _, name := range slices.Sorted(maps.Keys(all.Contexts)) {
				mark := map[bool]string{true: "*", false: ""}[name == all.Current]
				rows = append(rows, []string{name, all.Contexts[name].URL, all.Contexts[name].User, mark})
			}
			return r.table("NAME URL USER CURRENT", rows)
		}},
		{"set-context", "NAME URL [USER]", "give a cluster a name; the password comes from MAYFLY_PASSWORD", 2, func(_ context.Context, r *run, args []string) error {
			all, err := r.contexts()
			if err != nil {
				return err
			}
			c := cluster{URL: args[1]}
			if len(args) > 2 {
				c.User = args[2]
			}
			all.Contexts[args[0]] = c
			if all.Current == "" {
				all.Current = args[0]
			}
			return r.saveContexts(all)
		}},
		{"use-context", "NAME", "the cluster of the commands that name none", 1, func(_ context.Context, r *run, args []string) error {
			all, err := r.contexts()
			if err != nil {
				return err
			}
			if _, ok := all.Contexts[args[0]]; !ok {
				return fmt.Errorf("there is no context %q: %v", args[0], slices.Sorted(maps.Keys(all.Contexts)))
			}
			all.Current = args[0]
			return r.saveContexts(all)
		}},
	}, args, nil)
}
