package cli

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

type taskState struct {
	ID     int    `json:"id"`
	State  string `json:"state"`
	Worker string `json:"worker_id"`
	Trace  string `json:"trace,omitempty"`
}

type connectorState struct {
	Name      string `json:"name"`
	Connector struct {
		State  string `json:"state"`
		Worker string `json:"worker_id"`
		Trace  string `json:"trace,omitempty"`
	} `json:"connector"`
	Tasks []taskState `json:"tasks"`
	Type  string      `json:"type"`
}

// Connector is the command connector.
func Connector(ctx context.Context, env Env, args []string) error {
	var tasks, failed, dry, prune bool
	var every time.Duration
	actions := []action{
		{"list", "", "all connectors with their states", 0, list},
		{"get", "NAME", "configuration and status", 1, get},
		{"create", "FILE ...", "create connectors from files; one that exists is an error", 1, func(ctx context.Context, r *run, args []string) error {
			return each(args, func(d desired) error { return r.create(ctx, d) })
		}},
		{"apply", "FILE|DIR ...", "bring connectors to what files say (-dry-run shows it, -prune deletes the others)", 1, func(ctx context.Context, r *run, args []string) error {
			return r.apply(ctx, args, dry, prune)
		}},
		{"diff", "FILE|DIR ...", "what apply would change; exit code 1 when something", 1, func(ctx context.Context, r *run, args []string) error {
			return r.apply(ctx, args, true, prune)
		}},
		{"pause", "NAME ...", "pause", 1, put("/pause", "paused")},
		{"resume", "NAME ...", "resume", 1, put("/resume", "resumed")},
		{"stop", "NAME ...", "stop: no tasks, offsets can be moved", 1, put("/stop", "stopped")},
		{"restart", "NAME ...", "restart the connector (-tasks: its tasks too; -failed: only what failed)", 1, func(ctx context.Context, r *run, args []string) error {
			query := url.Values{}
			if tasks || failed {
				query = url.Values{"includeTasks": {strconv.FormatBool(tasks)}, "onlyFailed": {strconv.FormatBool(failed)}}
			}
			return eachName(args, func(name string) error {
				if err := r.client.call(ctx, "POST", at(name, "/restart?", query.Encode()), nil, nil); err != nil {
					return err
				}
				return r.say("%s restarted", name)
			})
		}},
		{"delete", "NAME ...", "delete", 1, func(ctx context.Context, r *run, args []string) error {
			return eachName(args, func(name string) error {
				if err := r.client.call(ctx, "DELETE", at(name), nil, nil); err != nil {
					return err
				}
				return r.say("%s deleted", name)
			})
		}},
		{"watch", "[NAME ...]", "print each change of a state until interrupted (-every)", 0, func(ctx context.Context, r *run, args []string) error {
			return r.watch(ctx, args, every)
		}},
	}
	return execute(ctx, env, "connector", actions, args, func(f *flag.FlagSet) {
		f.BoolVar(&tasks, "tasks", false, "restart the tasks too")
		f.BoolVar(&failed, "failed", false, "restart only what failed")
		f.BoolVar(&dry, "dry-run", false, "show what would change")
		f.BoolVar(&prune, "prune", false, "delete connectors that no file names")
		f.DurationVar(&every, "every", time.Second, "how often to look")
	})
}

func eachName(names []string, do func(name string) error) error {
	for _, name := range names {
		if err := do(name); err != nil {
			return fmt.Errorf("connector %s: %w", name, err)
		}
	}
	return nil
}

func put(path, done string) func(context.Context, *run, []string) error {
	return func(ctx context.Context, r *run, args []string) error {
		return eachName(args, func(name string) error {
			if err := r.client.call(ctx, "PUT", at(name, path), nil, nil); err != nil {
				return err
			}
			return r.say("%s %s", name, done)
		})
	}
}

// states returns the status of all connectors, by name.
func (r *run) states(ctx context.Context) (map[string]connectorState, error) {
	var all map[string]struct {
		Status connectorState `json:"status"`
	}
	if err := r.client.call(ctx, "GET", "/connectors?expand=status", nil, &all); err != nil {
		return nil, err
	}
	out := map[string]connectorState{}
	for name, c := range all {
		out[name] = c.Status
	}
	return out, nil
}

func list(ctx context.Context, r *run, _ []string) error {
	all, err := r.states(ctx)
	if err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(all))
	if r.json {
		out := []connectorState{}
		for _, name := range names {
			out = append(out, all[name])
		}
		return r.print(out)
	}
	var rows [][]string
	for _, name := range names {
		s := all[name]
		rows = append(rows, []string{name, s.Type, s.Connector.State, s.tasks(), s.Connector.Worker})
	}
	return r.table("NAME TYPE STATE TASKS WORKER", rows)
}

// tasks counts the tasks by state.
func (s connectorState) tasks() string {
	n := map[string]int{}
	for _, t := range s.Tasks {
		n[t.State]++
	}
	var parts []string
	for _, state := range slices.Sorted(maps.Keys(n)) {
		parts = append(parts, fmt.Sprintf("%d %s", n[state], state))
	}
	return strings.Join(parts, ", ")
}

func get(ctx context.Context, r *run, args []string) error {
	return eachName(args, func(name string) error {
		var out struct {
			Config map[string]*string `json:"config"`
			Status *connectorState    `json:"status,omitempty"`
		}
		if err := r.client.call(ctx, "GET", at(name, "/config"), nil, &out.Config); err != nil {
			return err
		}
		var s connectorState
		err := r.client.call(ctx, "GET", at(name, "/status"), nil, &s)
		if err != nil && !notFound(err) {
			return err
		}
		if err == nil {
			out.Status = &s
		}
		if r.json {
			return r.print(out)
		}
		for _, k := range slices.Sorted(maps.Keys(out.Config)) {
			if v := out.Config[k]; v != nil {
				fmt.Fprintf(r.Out, "%s=%s\n", k, *v)
			}
		}
		if out.Status == nil {
			return nil
		}
		fmt.Fprintf(r.Out, "\n%s %s\n%s", s.Type, s.Connector.State, indented(s.Connector.Trace))
		for _, t := range s.Tasks {
			fmt.Fprintf(r.Out, "task %d %s %s\n%s", t.ID, t.State, t.Worker, indented(t.Trace))
		}
		return nil
	})
}

func indented(trace string) string {
	var b strings.Builder
	for line := range strings.Lines(trace) {
		b.WriteString("    " + strings.TrimRight(line, "\n") + "\n")
	}
	return b.String()
}

// watch prints the states, and each change of one.
func (r *run) watch(ctx context.Context, names []string, every time.Duration) error {
	seen := map[string]string{}
	tick := time.NewTicker(max(every, 10*time.Millisecond))
	defer tick.Stop()
	for {
		all, err := r.states(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		for name := range seen {
			if _, ok := all[name]; !ok {
				delete(seen, name)
				fmt.Fprintf(r.Out, "%s gone\n", name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(all)) {
			now := all[name].Connector.State + " " + all[name].tasks()
			if len(names) > 0 && !slices.Contains(names, name) || seen[name] == now {
				continue
			}
			seen[name] = now
			fmt.Fprintf(r.Out, "%s %s\n", name, now)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}
