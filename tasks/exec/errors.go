package exec

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// errorPolicy is the connector's errors.* settings.
type errorPolicy struct {
	tolerateAll   bool
	retryTimeout  time.Duration // 0 none, negative for ever
	retryDelayMax time.Duration
	log           bool
	logMessages   bool
	dlqTopic      string
	dlqReplicas   int16
	dlqContext    bool
	retries       int64
	failing       time.Time         // when that failed first which an earlier attempt was retrying at its end; zero for nothing
	cutShort      time.Time         // the same of this attempt
	dlqCluster    map[string]string // client properties of another cluster; nil for the connector's own
}

// dlqReplicasDefault is the worker property that replaces Connect's default of 3 as the replication factor of dead letter
// topics; a single embedded broker sets it to 1.
const dlqReplicasDefault = "mayfly.deadletterqueue.replication.factor"

// newErrorPolicy reads the settings; the configuration has been validated, so that a bad number falls back to the default.
func newErrorPolicy(l *tasks.Lease) errorPolicy {
	c, worker := l.Config, l.Worker
	ms := func(key string, def int64) time.Duration {
		n, err := strconv.ParseInt(c[key], 10, 64)
		if err != nil {
			n = def
		}
		return time.Duration(n) * time.Millisecond
	}
	replicas := int64(3)
	for _, text := range []string{worker[dlqReplicasDefault], c["errors.deadletterqueue.topic.replication.factor"]} {
		if n, err := strconv.ParseInt(text, 10, 16); err == nil {
			replicas = n
		}
	}
	var failing time.Time
	if l.FailingSince > 0 {
		failing = time.UnixMilli(l.FailingSince)
	}
	return errorPolicy{
		failing:       failing,
		tolerateAll:   c["errors.tolerance"] == "all",
		retryTimeout:  ms("errors.retry.timeout", 0),
		retryDelayMax: ms("errors.retry.delay.max.ms", 60000),
		log:           c["errors.log.enable"] == "true",
		logMessages:   c["errors.log.include.messages"] == "true",
		dlqTopic:      c["errors.deadletterqueue.topic.name"],
		dlqReplicas:   int16(replicas),
		dlqContext:    c["errors.deadletterqueue.context.headers.enable"] == "true",
		dlqCluster:    DeadLetterCluster(c),
	}
}

// retry runs f, and again after a back-off while it fails with a retriable error and errors.retry.timeout lasts.
func (p *errorPolicy) retry(ctx context.Context, f func() error) error {
	if err := f(); err != nil {
		return p.retryAfter(ctx, err, f)
	}
	return nil
}

// retryAfter is retry after a first failure with err. The waits are Connect's: 300 ms doubled each time, and a random
// fraction of errors.retry.delay.max.ms once they exceed it. A timeout longer than the lease's time goes on with the next attempt.
func (p *errorPolicy) retryAfter(ctx context.Context, err error, f func() error) error {
	if tasks.KindOf(err) != tasks.KindRetriable || p.retryTimeout == 0 {
		return err
	}
	start := time.Now()
	if !p.failing.IsZero() {
		start, p.failing = p.failing, time.Time{}
	}
	for delay := 300 * time.Millisecond; ; delay *= 2 {
		wait := delay
		if wait > p.retryDelayMax {
			wait = time.Duration(rand.Int64N(int64(p.retryDelayMax) + 1))
		}
		if p.retryTimeout > 0 {
			left := p.retryTimeout - time.Since(start)
			if left <= 0 {
				return err
			}
			wait = min(wait, left)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			p.cutShort = start
			return err
		}
		p.retries++
		if err = f(); err == nil || tasks.KindOf(err) != tasks.KindRetriable {
			return err
		}
	}
}

// late marks an error without a kind as one that may pass when the lease's time is over: plugins hand on the context's error
// as it is, and that is nobody's fault.
func late(ctx context.Context, err error) error {
	if ctx.Err() == nil || tasks.KindOf(err) != tasks.KindFatal || !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		return err
	}
	return tasks.Retriable(fmt.Errorf("the lease's time is over: %w", err))
}

// toleranceExceeded is Connect's error of a task whose record failed under errors.tolerance=none, with which record it was.
func toleranceExceeded(cause error, record string) error {
	e := tasks.NewException(tasks.ConnectException, "Tolerance exceeded in error handler").WithCause(cause)
	return tasks.BadRecord(fmt.Errorf("%w (%s)", e, record))
}
