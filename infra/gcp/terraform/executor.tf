# Executors: a service, whose instances run several invitations at once and go when there are none.
locals {
  executor_env = {
    CONNECT_BOOTSTRAP_SERVERS = var.bootstrap_servers
    MAYFLY_GROUP_ID           = var.name # leases of no other cluster
    MAYFLY_CONCURRENCY        = tostring(var.executor.concurrency)
  }
}

resource "google_cloud_run_v2_service" "executor" {
  name                = "${var.name}-executor"
  location            = var.region
  ingress             = "INGRESS_TRAFFIC_ALL" # IAM lets in the coordinator alone
  deletion_protection = false

  template {
    service_account                  = google_service_account.this["executor"].email
    timeout                          = "900s"
    max_instance_request_concurrency = var.executor.concurrency

    scaling {
      min_instance_count = 0
      max_instance_count = var.executor.max
    }

    containers {
      image = var.executor_image
      resources {
        limits            = { cpu = var.executor.cpu, memory = var.executor.memory }
        cpu_idle          = true
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = merge(local.executor_env, var.kafka_secret == null ? {} : { MAYFLY_KAFKA_FILE = "/secrets/kafka.json" })
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
