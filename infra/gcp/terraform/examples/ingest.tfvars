# An always running coordinator, and a service that makes records of a bucket's objects and of a Pub/Sub topic's messages.
project           = "example"
region            = "europe-west1"
executor_image    = "europe-west1-docker.pkg.dev/example/mayfly/cloudrun-gcs:0.1.0"
coordinator_image = "europe-west1-docker.pkg.dev/example/mayfly/mayfly:0.1.0"
schedule          = null
bootstrap_servers = "10.0.0.2:9092"
network           = { network = "default", subnetwork = "default" }
sink_buckets      = ["example-lake"]
ingest = {
  buckets = ["example-landing"]
  topic   = "projects/example/topics/orders"
  connector = {
    "name"                           = "landing"
    "connector.class"                = "mayfly.EventSourceConnector"
    "topic"                          = "landing"
    "format"                         = "json"
    "value.converter"                = "org.apache.kafka.connect.json.JsonConverter"
    "value.converter.schemas.enable" = "false"
  }
}
