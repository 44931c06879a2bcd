package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
)

type offset struct {
	Partition json.RawMessage `json:"partition"`
	Offset    json.RawMessage `json:"offset"`
}

type offsetList struct {
	Offsets []offset `json:"offsets"`
}

// Offsets is the command offsets.
func Offsets(ctx context.Context, env Env, args []string) error {
	return execute(ctx, env, "offsets", []action{
		{"show", "NAME", "where a connector stands", 1, func(ctx context.Context, r *run, args []string) error {
			var all offsetList
			if err := r.client.call(ctx, "GET", at(args[0], "/offsets"), nil, &all); err != nil {
				return err
			}
			if r.json {
				return r.print(all)
			}
			var rows [][]string
			for _, o := range all.Offsets {
				rows = append(rows, []string{string(o.Partition), string(o.Offset)})
			}
			return r.table("PARTITION OFFSET", rows)
		}},
		{"alter", "NAME FILE", `move a stopped connector: a file with {"offsets":[{"partition":{…},"offset":{…}}]}, as show -json prints it`, 2,
			func(ctx context.Context, r *run, args []string) error {
				b, err := os.ReadFile(args[1])
				if err != nil {
					return err
				}
				var all offsetList
				if err := json.Unmarshal(b, &all); err != nil {
					return fmt.Errorf("%s: %w", args[1], err)
				}
				return r.message(ctx, "PATCH", at(args[0], "/offsets"), all)
			}},
		{"reset", "NAME", "forget where a stopped connector stands", 1, func(ctx context.Context, r *run, args []string) error {
			return r.message(ctx, "DELETE", at(args[0], "/offsets"), nil)
		}},
	}, args, nil)
}

// message makes a call and prints the message that it answers.
func (r *run) message(ctx context.Context, method, path string, body any) error {
	var m struct {
		Message string `json:"message"`
	}
	if err := r.client.call(ctx, method, path, body, &m); err != nil {
		return err
	}
	if r.json {
		return r.print(m)
	}
	return r.say("%s", m.Message)
}
