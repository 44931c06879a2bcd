// Package platform lists the launchers that worker properties can name, each with its keys.
package platform

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Key is the worker property that names the launcher, FallbackKey one that launches what that cannot.
const (
	Key         = "mayfly.launcher"
	FallbackKey = "mayfly.launcher.fallback"
)

// Kind is one launcher.
type Kind struct {
	// Name is the value of [Key].
	Name string
	// Keys are the worker properties that it reads.
	Keys tasks.ConfigDef
	// Elsewhere says that executors go on when the coordinator ends.
	Elsewhere bool
	New       func(ctx context.Context, c tasks.Config, o Options) (launch.Launcher, error)
}

// Options are what a launcher gets besides its properties.
type Options struct {
	// Family says which plugin family a lease needs.
	Family func(l tasks.Lease) tasks.Family
	// Kafka holds the Kafka client's properties, secrets among them, for executors that get them from here.
	Kafka map[string]string
	// Run runs leases in this process.
	Run launch.Run
	// Most bounds the executors at once.
	Most int
	Log  *slog.Logger
}

// All returns all launchers.
func All() []Kind { return []Kind{process(), inProcess(), http(), lambda(), cloudRun(), kubernetes()} }

// Elsewhere reports whether the executors of a launcher go on when the coordinator ends.
func Elsewhere(name string) bool {
	return slices.ContainsFunc(All(), func(k Kind) bool { return k.Name == name && k.Elsewhere })
}

// New returns the launcher of a name with its worker properties, which is not asked again for a while when it fails, and in whose
// place its fallback launches then; an empty name is none.
func New(ctx context.Context, name, fallback string, props map[string]string, o Options) (*launch.Patient, error) {
	next, err := one(ctx, Key, name, props, o)
	if err != nil {
		return nil, err
	}
	if fallback == "" {
		return launch.NewPatient(name, next, "", nil, o.Family, o.Log), nil
	}
	second, err := one(ctx, FallbackKey, fallback, props, o)
	if err != nil {
		return nil, errors.Join(err, next.Close(ctx))
	}
	return launch.NewPatient(name, next, fallback, second, o.Family, o.Log), nil
}

func one(ctx context.Context, key, name string, props map[string]string, o Options) (launch.Launcher, error) {
	k, c, err := read(key, name, props)
	if err != nil {
		return nil, err
	}
	l, err := k.New(ctx, c, o)
	if err != nil {
		return nil, fmt.Errorf("%s=%s: %w", key, name, err)
	}
	return l, nil
}

// Check returns what is wrong with the names of a launcher and its fallback, and with their properties.
func Check(name, fallback string, props map[string]string) error {
	_, _, err := read(Key, name, props)
	if err == nil && fallback != "" {
		_, _, err = read(FallbackKey, fallback, props)
	}
	if err == nil && name == fallback {
		err = fmt.Errorf("%s and %s are both %s", Key, FallbackKey, name)
	}
	return err
}

func read(key, name string, props map[string]string) (Kind, tasks.Config, error) {
	var names []string
	for _, k := range All() {
		if k.Name != name {
			names = append(names, k.Name)
			continue
		}
		c, mistakes := k.Keys.Parse(props)
		var err error
		for _, m := range mistakes {
			err = errors.Join(err, m)
		}
		return k, c, err
	}
	return Kind{}, tasks.Config{}, fmt.Errorf("%s cannot be %q: use one of %s", key, name, strings.Join(names, ", "))
}
