locals {
  alarms = merge({
    errors = {
      title  = "executors answer with errors"
      why    = "Executors crash, lack memory or time, or are refused; the leases are granted again."
      filter = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${var.name}-executor\" AND metric.type = \"run.googleapis.com/request_count\" AND metric.labels.response_code_class = \"5xx\""
      over   = 5
    }
    },
    var.schedule == null ? {} : {
      turns = {
        title  = "turns of the coordinator fail"
        why    = "The log of the job's execution says why; nothing is lost, connectors stand still."
        filter = "resource.type = \"cloud_run_job\" AND resource.labels.job_name = \"${var.name}-turn\" AND metric.type = \"run.googleapis.com/job/completed_task_attempt_count\" AND metric.labels.result = \"failed\""
        over   = 2
      }
    },
    try(var.ingest.topic, null) == null ? {} : {
      dead = {
        title  = "events were given up"
        why    = "Messages wait in the subscription ${var.name}-dead."
        filter = "resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = \"${var.name}-dead\" AND metric.type = \"pubsub.googleapis.com/subscription/num_undelivered_messages\""
        over   = 0
      }
    },
  )
}

resource "google_monitoring_alert_policy" "this" {
  for_each              = local.alarms
  display_name          = "${var.name}: ${each.value.title}"
  combiner              = "OR"
  notification_channels = var.notification_channels

  conditions {
    display_name = each.value.title
    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.over
      duration        = "0s"
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = each.key == "dead" ? "ALIGN_MAX" : "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    content = each.value.why
  }
}
