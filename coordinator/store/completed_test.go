package store

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/mayfly-connect/mayfly/coordinator/worker"
)

// A transaction that is committed, but whose markers the broker still writes, is waited for; a broker that does not tell is not.
func TestAwaitCompleted(t *testing.T) {
	t.Parallel()
	prepared := func(s *kmsg.DescribeTransactionsResponseTransactionState) { s.State = "PrepareCommit" }
	for _, tt := range []struct {
		name    string
		since   time.Duration // the commit
		answers []func(*kmsg.DescribeTransactionsResponseTransactionState)
		asked   int
	}{
		{"completed", -time.Hour, []func(*kmsg.DescribeTransactionsResponseTransactionState){prepared, prepared, func(s *kmsg.DescribeTransactionsResponseTransactionState) { s.State = "CompleteCommit" }}, 3},
		{"refused", -time.Hour, []func(*kmsg.DescribeTransactionsResponseTransactionState){func(s *kmsg.DescribeTransactionsResponseTransactionState) {
			s.ErrorCode = kerr.TransactionalIDAuthorizationFailed.Code
		}}, 1},
		{"long ago", time.Minute, nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := kfake.NewCluster(kfake.NumBrokers(1))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			asked := 0
			c.ControlKey(kmsg.DescribeTransactions.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
				c.KeepControl()
				resp := req.ResponseKind().(*kmsg.DescribeTransactionsResponse)
				s := kmsg.NewDescribeTransactionsResponseTransactionState()
				s.TransactionalID = req.(*kmsg.DescribeTransactionsRequest).TransactionalIDs[0]
				tt.answers[asked](&s)
				asked++
				resp.TransactionStates = append(resp.TransactionStates, s)
				return resp, nil, true
			})
			cl, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(cl.Close)
			s := &Store{cfg: &worker.Config{GroupID: "g"}, producer: cl, committedAt: time.Now().Add(-tt.since)}
			s.awaitCompleted(t.Context())
			if asked != tt.asked {
				t.Errorf("asked %d times, want %d", asked, tt.asked)
			}
		})
	}
}
