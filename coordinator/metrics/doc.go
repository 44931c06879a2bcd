// Package metrics tells Prometheus what a coordinator does: Kafka Connect's own metrics under the names that the usual rules of
// the JMX exporter give them, and Mayfly's own. What Connect counts in its tasks is summed up here from the results that
// executors report; totals begin with the coordinator.
//
// Two families of names are in use for Connect's metrics, with and without the word metrics behind the group:
// kafka_connect_sink_task_put_batch_avg_time_ms and kafka_connect_sink_task_metrics_put_batch_avg_time_ms. Both are told.
package metrics
