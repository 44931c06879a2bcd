package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/coordinator/node"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/tasks/provider"
)

// judgement is what connector files are held against.
type judgement struct {
	validator connector.Validator
	resolver  *provider.Resolver
}

// newJudgement takes the worker's converters and config providers.
func newJudgement(w *worker.Config) judgement {
	return judgement{node.Validator(w, plugins(), node.Others()), w.Resolver}
}

// usual defines Kafka's own config providers under the names that everybody gives them, where the worker's properties define
// none: whoever tries a configuration at home has no worker's properties.
func (j judgement) usual(w *worker.Config) (judgement, error) {
	if w.Props[provider.Key] != "" {
		return j, nil
	}
	props := map[string]string{provider.Key: "file,directory,env"}
	for name, class := range map[string]string{"file": provider.FileClass, "directory": provider.DirectoryClass, "env": provider.EnvironmentClass} {
		props[provider.Key+"."+name+".class"] = class
	}
	var err error
	j.resolver, err = provider.New(props, os.Environ(), slog.New(slog.DiscardHandler), provider.Kafka()...)
	return j, err
}

// resolve replaces the placeholders of a configuration; those that stay are warned of.
func (j judgement) resolve(ctx context.Context, config map[string]string) (r provider.Resolved, warnings []mistake, err error) {
	if r, err = j.resolver.Resolve(ctx, config); err != nil {
		return r, nil, err
	}
	for key, value := range r.Props {
		if left := provider.Placeholders(value); len(left) > 0 {
			warnings = append(warnings, mistake{Key: key, Message: fmt.Sprintf("%s stays as it is: the worker's properties (-worker) define no such config provider, or it has no such value",
				strings.Join(left, ", "))})
		}
	}
	slices.SortFunc(warnings, func(a, b mistake) int { return cmp.Compare(a.Key, b.Key) })
	return r, warnings, nil
}
