package store

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
)

// FuzzFold folds records of the internal topics, ours and Connect's: whatever stands there, it is taken or refused, and what
// comes after it is folded all the same.
func FuzzFold(f *testing.F) {
	for _, s := range []struct {
		topic      uint8
		key, value string
	}{
		{0, "connector-a", `{"properties":{"name":"a","tasks.max":2,"x":null}}`},
		{0, "task-a-0", `{"properties":{"x":"1"}}`}, {0, "commit-a", `{"tasks":1}`}, {0, "tasks-fencing-a", `{"tasks":1}`},
		{0, "target-state-a", `{"state":"PAUSED","state.v2":"STOPPED"}`}, {0, "session-key", `{"key":"aGk=","algorithm":"HmacSHA256","creation-timestamp":1}`},
		{0, "restart-connector-a", `{"include-tasks":true,"only-failed":false}`},
		{1, "leader", `{"version":1,"url":"http://a:1","beat":3}`}, {1, "checkpoint/a/orders/0", `{"version":1,"connector":"a","stream":{"topic":"orders"},"position":5,"epoch":2,"readTo":5,"configVersion":1}`},
		{1, "grant/a/orders/0", `{"version":1,"lease":{"version":1,"id":"x","connector":"a","kind":"sink","slice":{"stream":{"topic":"orders"},"from":0,"to":5}}}`},
		{2, "status-connector-a", `{"state":"RUNNING","trace":null,"worker_id":"w:1","generation":2}`}, {2, "status-task-a-0", `{"state":"FAILED","trace":"t","worker_id":"w:1","generation":2}`},
		{2, "status-topic-orders:connector-a", `{"topic":{"name":"orders","connector":"a","task":0,"discoverTimestamp":1}}`},
		{3, `["a",{"filename":"x"}]`, `{"position":6}`},
	} {
		f.Add(s.topic, []byte(s.key), []byte(s.value))
	}
	f.Fuzz(func(t *testing.T, topic uint8, key, value []byte) {
		v := newView()
		fold := func(r *kgo.Record) (err error) {
			switch topic % 5 {
			case 0:
				_, err = v.config(r, "config")
			case 1:
				err = v.lease(r)
			case 2:
				err = v.status(r)
			case 3:
				v.offset(r)
			default:
				var res *tasks.Result
				if res, err = tasks.DecodeResult(r.Value); err == nil {
					v.result(res)
				}
			}
			return err
		}
		first := fold(&kgo.Record{Topic: "t", Key: key, Value: value})
		if second := fold(&kgo.Record{Topic: "t", Key: key, Value: value, Offset: 1}); (first == nil) != (second == nil) {
			t.Errorf("first %v, then %v", first, second)
		}
		_ = fold(&kgo.Record{Topic: "t", Key: key, Offset: 2})
	})
}
