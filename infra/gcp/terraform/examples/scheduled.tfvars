# A turn of the coordinator every 5 minutes, executors in a Cloud Run service, objects in GCS; nothing at all in between.
project           = "example"
region            = "europe-west1"
executor_image    = "europe-west1-docker.pkg.dev/example/mayfly/cloudrun-gcs:0.1.0"
coordinator_image = "europe-west1-docker.pkg.dev/example/mayfly/mayfly:0.1.0"
bootstrap_servers = "kafka.example.com:9093"
kafka_secret      = "mayfly-kafka"
jaas_secret       = "mayfly-jaas"
properties        = { "security.protocol" = "SASL_SSL", "sasl.mechanism" = "PLAIN", "mayfly.executors.max" = "50" }
sink_buckets      = ["example-lake"]
