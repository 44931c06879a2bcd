# Nothing but events: SQS messages, objects of a bucket and signed requests become records, and a topic goes to S3; no coordinator.
bootstrap_servers = "kafka.example.com:9093"
kafka_secret_arn  = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:kafka-abcdef"
families          = {}
sink_buckets      = ["example-lake"]
ingest = {
  buckets = ["example-landing"]
  url     = true
  connector = {
    "name"                           = "landing"
    "connector.class"                = "mayfly.EventSourceConnector"
    "topic"                          = "landing"
    "format"                         = "json"
    "value.converter"                = "org.apache.kafka.connect.json.JsonConverter"
    "value.converter.schemas.enable" = "false"
  }
}
deliver = {
  topic      = "orders"
  secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:AmazonMSK_orders-abcdef"
  connector = {
    "name"            = "orders-to-s3"
    "connector.class" = "io.confluent.connect.s3.S3SinkConnector"
    "topics"          = "orders"
    "s3.bucket.name"  = "example-lake"
    "s3.region"       = "eu-central-1"
    "storage.class"   = "io.confluent.connect.s3.storage.S3Storage"
    "format.class"    = "io.confluent.connect.s3.format.json.JsonFormat"
    "flush.size"      = "10000"
  }
}
