locals {
  properties = merge({
    "bootstrap.servers"            = var.bootstrap_servers
    "group.id"                     = var.name
    "config.storage.topic"         = "${var.name}-configs"
    "offset.storage.topic"         = "${var.name}-offsets"
    "status.storage.topic"         = "${var.name}-status"
    "key.converter"                = "org.apache.kafka.connect.storage.StringConverter"
    "value.converter"              = "org.apache.kafka.connect.json.JsonConverter"
    "mayfly.launcher"              = "cloudrun"
    "mayfly.launcher.cloudrun.url" = "${google_cloud_run_v2_service.executor.uri}/lease"
  }, var.properties)
  # Worker properties as variables: group.id is CONNECT_GROUP_ID, mayfly.launcher is MAYFLY_LAUNCHER.
  coordinator_env = { for key, value in local.properties : "${startswith(key, "mayfly.") ? "" : "CONNECT_"}${upper(replace(key, ".", "_"))}" => value }
}

# One turn at a time.
resource "google_cloud_run_v2_job" "turn" {
  count               = var.schedule == null ? 0 : 1
  name                = "${var.name}-turn"
  location            = var.region
  deletion_protection = false

  template {
    template {
      service_account = google_service_account.this["coordinator"].email
      timeout         = "900s"
      max_retries     = 0 # the next turn does what this one left

      containers {
        image = var.coordinator_image
        args  = ["coordinator", "--once", "/dev/null"] # all worker properties stand in the environment

        dynamic "env" {
          for_each = local.coordinator_env
          content {
            name  = env.key
            value = env.value
          }
        }

        dynamic "env" {
          for_each = var.jaas_secret == null ? [] : [1]
          content {
            name = "CONNECT_SASL_JAAS_CONFIG"
            value_source {
              secret_key_ref {
                secret  = var.jaas_secret
                version = "latest"
              }
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
  }

  depends_on = [google_secret_manager_secret_iam_member.reader]
}

resource "google_cloud_scheduler_job" "turn" {
  count            = var.schedule == null ? 0 : 1
  name             = "${var.name}-turn"
  region           = var.region
  description      = "One turn of Mayfly's coordinator."
  schedule         = var.schedule
  time_zone        = "Etc/UTC"
  attempt_deadline = "60s"

  retry_config {
    retry_count = 0
  }

  http_target {
    http_method = "POST"
    uri         = "https://run.googleapis.com/v2/${google_cloud_run_v2_job.turn[0].id}:run"
    oauth_token {
      service_account_email = google_service_account.this["scheduler"].email
    }
  }
}

# Or a coordinator that always runs, with its REST API for whoever has roles/run.invoker on it.
resource "google_cloud_run_v2_service" "coordinator" {
  count               = var.schedule == null ? 1 : 0
  name                = "${var.name}-coordinator"
  location            = var.region
  ingress             = "INGRESS_TRAFFIC_ALL"
  deletion_protection = false

  template {
    service_account = google_service_account.this["coordinator"].email

    scaling {
      min_instance_count = 1
      max_instance_count = 1
    }

    containers {
      image = var.coordinator_image
      args  = ["coordinator", "/dev/null"]

      ports {
        container_port = 8083
      }

      resources {
        limits   = { cpu = "1", memory = "512Mi" }
        cpu_idle = false # it works between requests
      }

      startup_probe {
        period_seconds    = 5
        failure_threshold = 30
        http_get {
          path = "/health"
        }
      }

      dynamic "env" {
        for_each = local.coordinator_env
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = var.jaas_secret == null ? [] : [1]
        content {
          name = "CONNECT_SASL_JAAS_CONFIG"
          value_source {
            secret_key_ref {
              secret  = var.jaas_secret
              version = "latest"
            }
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
