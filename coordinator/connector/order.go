package connector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// OrderKey is Mayfly's own key for the order that a sink keeps, and so for how much of a stream may run at once.
const OrderKey = "mayfly.order"

// OrderDef returns the key of the order mode. Connect has none such, so validation shows it only where it is used.
func OrderDef() tasks.ConfigDef {
	return tasks.ConfigDef{{Name: OrderKey, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Low, Group: commonGroup,
		Check: oneOrder, Width: tasks.WidthShort, DisplayName: "Order",
		Recommended: []string{string(tasks.OrderPartition), string(tasks.OrderKey), string(tasks.OrderNone)},
		Doc: "What order records are delivered in: that of their partition, one slice of it at a time (partition); that of their key (key); or any, " +
			"so that up to tasks.max slices of a partition run at once (none). The sink's own default when absent."}}
}

func oneOrder(v any) string {
	if v == nil {
		return ""
	}
	return tasks.OneOf(string(tasks.OrderPartition), string(tasks.OrderKey), string(tasks.OrderNone))(v)
}

// Order returns the order mode that a sink's configuration asks for, of those that its cut allows.
func Order(cut tasks.Cut, props map[string]string) (tasks.Order, error) {
	allowed := cut.Orders
	if !slices.Contains(allowed, tasks.OrderPartition) {
		allowed = append(slices.Clone(allowed), tasks.OrderPartition)
	}
	asked, ok := props[OrderKey]
	if !ok {
		return allowed[0], nil
	}
	if order := tasks.Order(asked); slices.Contains(allowed, order) {
		return order, nil
	}
	var words []string
	for _, o := range allowed {
		words = append(words, string(o))
	}
	return "", fmt.Errorf("the connector cannot keep the order %q with this configuration, but %s; leave %s out for %s",
		asked, strings.Join(words, " or "), OrderKey, words[0])
}

// order says what is wrong with the order mode of a connector.
func (r *Report) order(sink tasks.SinkPlugin, props map[string]string) []tasks.ConfigError {
	asked, ok := props[OrderKey]
	if _, known := OrderDef().Parse(props); !ok || len(known) > 0 {
		return nil
	}
	if r.Kind == tasks.SourceKind {
		if asked != string(tasks.OrderPartition) {
			return []tasks.ConfigError{{Key: OrderKey, Message: "a source keeps the order of each of its partitions; leave " + OrderKey + " out"}}
		}
		return nil
	}
	c, errs := r.Plugin.Config.Parse(props)
	if len(errs) > 0 {
		return nil // which are told
	}
	var cut tasks.Cut
	if sink.Cut != nil {
		var err error
		if cut, err = sink.Cut(c); err != nil {
			return nil // what the cut says is for the connector to fail with
		}
	}
	if _, err := Order(cut, props); err != nil {
		return []tasks.ConfigError{{Key: OrderKey, Message: err.Error()}}
	}
	return nil
}
