package registry

import (
	"context"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Asker finds the schemas that data is written under, as a configuration of [Keys] says.
type Asker struct {
	client    *Client
	guid      bool // ids go to headers
	register  bool
	latest    bool
	normalize bool
	useID     int32
	strict    func(key string) bool
}

// NewAsker returns what asks client for schemas whose ids are written to wire.
func NewAsker(c tasks.Config, client *Client, wire *Wire) *Asker {
	return &Asker{client: client, guid: wire.InHeader(), register: c.Bool("auto.register.schemas"), latest: c.Bool("use.latest.version"),
		normalize: c.Bool("normalize.schemas"), useID: int32(c.Int("use.schema.id")), strict: c.Bool}
}

// Texts begin the errors of a Java serializer, one for each way to find a schema.
type Texts struct{ Register, LookUp, ByID, Latest string }

// Written is the schema that data is written under.
type Written struct {
	*Registered
	// Own tells that it is the data's schema itself; else the registry chose, and Text says which one.
	Own bool
	// Strict is the key that asks for a check of another schema against the data's; "" for no check.
	Strict string
}

// ID returns the schema's ids.
func (w Written) ID() ID { return ID{Number: w.Registered.ID, GUID: w.GUID} }

// Ask registers own under a subject, or finds the schema to write under there. It blocks. What the registry refuses is a
// SerializationException whose text begins as texts say and ends with the schema.
func (a *Asker) Ask(ctx context.Context, subject string, own Schema, texts Texts) (w Written, err error) {
	w.Own = true
	what := texts.LookUp
	switch {
	case a.register:
		what = texts.Register
		w.Registered, err = a.client.Register(ctx, subject, own, a.normalize)
	case a.useID >= 0:
		what, w.Own, w.Strict = texts.ByID, false, "id.compatibility.strict"
		w.Registered, err = a.client.ByID(ctx, a.useID, subject)
	case a.latest:
		what, w.Own, w.Strict = texts.Latest, false, "latest.compatibility.strict"
		w.Registered, err = a.client.Version(ctx, subject, "latest")
	default:
		w.Registered, err = a.client.LookUp(ctx, subject, own, a.normalize)
	}
	if err == nil && a.guid {
		err = a.client.FillGUID(ctx, w.Registered)
	}
	if cause, ok := Refused(err); ok {
		err = tasks.NewException(tasks.SerializationException, "%s%s", what, own.Text).WithCause(cause)
	}
	if w.Strict != "" && !a.strict(w.Strict) {
		w.Strict = ""
	}
	return w, err
}
