package metrics

import "github.com/prometheus/client_golang/prometheus"

// own are Mayfly's own metrics that are counted where things happen.
type own struct {
	grants, regrants, launchFailures, lost, void *prometheus.CounterVec
	executorSeconds, bytes, written, expired     *prometheus.CounterVec
	detection, commits, launches, leases         prometheus.Histogram
}

func newOwn() own {
	counter := func(name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mayfly_" + name, Help: help}, []string{"connector"})
	}
	histogram := func(name, help string) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: "mayfly_" + name, Help: help,
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30, 60, 300}})
	}
	return own{
		grants:          counter("leases_granted_total", "Leases granted, each attempt at a slice."),
		regrants:        counter("leases_regranted_total", "Leases granted again after an attempt that came to nothing."),
		launchFailures:  counter("launch_failures_total", "Executors that did not start."),
		lost:            counter("executors_lost_total", "Executors that were gone before they reported."),
		void:            counter("results_void_total", "Results that did not count, because their grant was void."),
		executorSeconds: counter("executor_seconds_total", "Time that executors worked, which is what platforms bill: times an executor's memory it is GB-seconds."),
		bytes:           counter("read_bytes_total", "Bytes of keys and values read by executors."),
		written:         counter("written_bytes_total", "Bytes written to destinations."),
		expired:         counter("expired_offsets_total", "Offsets that retention deleted before they were delivered."),
		detection:       histogram("detection_seconds", "From the moment when data of a stream were seen until their lease was granted."),
		commits:         histogram("commit_seconds", "Transactions that write grants and checkpoints, once for each of these."),
		launches:        histogram("launch_seconds", "Starts of executors."),
		leases:          histogram("lease_seconds", "Leases, from the executor's start to its result."),
	}
}

func (o *own) all() []prometheus.Collector {
	return []prometheus.Collector{o.grants, o.regrants, o.launchFailures, o.lost, o.void, o.executorSeconds, o.bytes, o.written, o.expired,
		o.detection, o.commits, o.launches, o.leases}
}
