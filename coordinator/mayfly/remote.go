package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/coordinator/cli"
)

// remote makes a command of one that talks to a worker's REST API.
func remote(do func(context.Context, cli.Env, []string) error) func(context.Context, []string) error {
	return func(ctx context.Context, args []string) error {
		err := do(ctx, cli.Default(), args)
		switch {
		case errors.Is(err, cli.ErrUsage):
			return errUsage
		case errors.Is(err, cli.ErrDiffers):
			return &exit{code: 1}
		}
		return err
	}
}

// completion prints a script that completes commands, their verbs, and files.
func completion(_ context.Context, args []string) error {
	if len(args) != 1 {
		return errUsage
	}
	var names []string
	verbs := map[string][]string{"dlq": slices.Sorted(maps.Keys(dlqVerbs()))}
	for _, c := range commands() {
		names = append(names, c.name)
	}
	for name, list := range cli.Verbs() {
		verbs[name] = list
	}
	all := strings.Join(names, " ")
	var cases strings.Builder
	switch args[0] {
	case "bash", "zsh":
		for _, name := range names {
			if list := verbs[name]; list != nil {
				fmt.Fprintf(&cases, "    %s) words=%q ;;\n", name, strings.Join(list, " "))
			}
		}
		if args[0] == "zsh" {
			fmt.Println("autoload -U +X bashcompinit && bashcompinit")
		}
		fmt.Printf(`_mayfly() {
  local words=""
  if [ "$COMP_CWORD" -eq 1 ]; then words=%q; else case "${COMP_WORDS[1]}" in
%s  esac; fi
  if [ "$COMP_CWORD" -gt 2 ] || [ -z "$words" ]; then COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
  else COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}")); fi
}
complete -F _mayfly mayfly
`, all, cases.String())
	case "fish":
		fmt.Printf("complete -c mayfly -n __fish_use_subcommand -f -a %q\n", all)
		for _, name := range names {
			if list := verbs[name]; list != nil {
				fmt.Printf("complete -c mayfly -n '__fish_seen_subcommand_from %s' -a %q\n", name, strings.Join(list, " "))
			}
		}
	default:
		fmt.Fprintf(os.Stderr, "mayfly: there is no completion for %q: bash, zsh, fish\n", args[0])
		return errUsage
	}
	return nil
}
