# Events into Kafka, without a coordinator.
resource "google_cloud_run_v2_service" "ingest" {
  count               = var.ingest == null ? 0 : 1
  name                = "${var.name}-ingest"
  location            = var.region
  ingress             = "INGRESS_TRAFFIC_ALL" # IAM lets in the events account alone
  deletion_protection = false

  template {
    service_account = google_service_account.this["ingest"].email
    timeout         = "600s"

    scaling {
      min_instance_count = 0
      max_instance_count = var.executor.max
    }

    containers {
      image = var.executor_image
      resources {
        limits   = { cpu = var.executor.cpu, memory = var.executor.memory }
        cpu_idle = true
      }

      dynamic "env" {
        for_each = merge({
          CONNECT_BOOTSTRAP_SERVERS = var.bootstrap_servers
          CONNECT_GROUP_ID          = var.name
          MAYFLY_CONNECTOR_CONFIG   = jsonencode(var.ingest.connector)
          MAYFLY_EVENTS_TIMEOUT_MS  = "540000"
          CONNECT_KEY_CONVERTER     = "org.apache.kafka.connect.storage.StringConverter" # unless the connector says otherwise
          CONNECT_VALUE_CONVERTER   = "org.apache.kafka.connect.json.JsonConverter"
        }, var.kafka_secret == null ? {} : { MAYFLY_KAFKA_FILE = "/secrets/kafka.json" })
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "volume_mounts" {
        for_each = var.kafka_secret == null ? [] : [1]
        content {
          name       = "kafka"
          mount_path = "/secrets"
        }
      }
    }

    dynamic "volumes" {
      for_each = var.kafka_secret == null ? [] : [1]
      content {
        name = "kafka"
        secret {
          secret = var.kafka_secret
          items {
            version = "latest"
            path    = "kafka.json"
          }
        }
      }
    }

    dynamic "vpc_access" {
      for_each = var.network == null ? [] : [1]
      content {
        egress = "PRIVATE_RANGES_ONLY"
        network_interfaces {
          network    = var.network.network
          subnetwork = var.network.subnetwork
        }
      }
    }
  }

  depends_on = [google_secret_manager_secret_iam_member.reader]
}

resource "google_eventarc_trigger" "landing" {
  for_each        = toset(try(var.ingest.buckets, []))
  name            = "${var.name}-${substr(sha256(each.key), 0, 8)}"
  location        = var.region # the bucket's
  service_account = google_service_account.this["events"].email

  matching_criteria {
    attribute = "type"
    value     = "google.cloud.storage.object.v1.finalized"
  }
  matching_criteria {
    attribute = "bucket"
    value     = each.key
  }

  destination {
    cloud_run_service {
      service = google_cloud_run_v2_service.ingest[0].name
      region  = var.region
    }
  }

  depends_on = [google_project_iam_member.events, google_cloud_run_v2_service_iam_member.events]
}

resource "google_pubsub_topic" "dead" {
  count                      = try(var.ingest.topic, null) == null ? 0 : 1
  name                       = "${var.name}-dead"
  message_retention_duration = "604800s"
}

# Keeps what was given up until somebody looks.
resource "google_pubsub_subscription" "dead" {
  count                      = length(google_pubsub_topic.dead)
  name                       = "${var.name}-dead"
  topic                      = google_pubsub_topic.dead[0].id
  message_retention_duration = "604800s"
  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_subscription" "ingest" {
  count                      = length(google_pubsub_topic.dead)
  name                       = "${var.name}-ingest"
  topic                      = var.ingest.topic
  ack_deadline_seconds       = 600
  message_retention_duration = "604800s"
  expiration_policy {
    ttl = ""
  }

  push_config {
    push_endpoint = google_cloud_run_v2_service.ingest[0].uri
    oidc_token {
      service_account_email = google_service_account.this["events"].email
      audience              = google_cloud_run_v2_service.ingest[0].uri
    }
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead[0].id
    max_delivery_attempts = 10
  }

  retry_policy {
    minimum_backoff = "1s"
    maximum_backoff = "600s"
  }

  depends_on = [google_cloud_run_v2_service_iam_member.events]
}

# Pub/Sub itself moves what was given up.
data "google_project" "this" {
  count = length(google_pubsub_topic.dead)
}

resource "google_pubsub_topic_iam_member" "dead" {
  count  = length(google_pubsub_topic.dead)
  topic  = google_pubsub_topic.dead[0].id
  role   = "roles/pubsub.publisher"
  member = "serviceAccount:service-${data.google_project.this[0].number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_subscription_iam_member" "dead" {
  count        = length(google_pubsub_topic.dead)
  subscription = google_pubsub_subscription.ingest[0].id
  role         = "roles/pubsub.subscriber"
  member       = "serviceAccount:service-${data.google_project.this[0].number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}
