# Any Kafka with SCRAM on the internet; a turn of the coordinator every 15 minutes, and nothing at all in between.
bootstrap_servers = "kafka.example.com:9093"
kafka_secret_arn  = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:kafka-abcdef"
sink_buckets      = ["example-lake"]
coordinator = {
  image              = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/mayfly:0.1.0"
  subnet_ids         = ["subnet-11111111"]
  security_group_ids = ["sg-11111111"]
  schedule           = "rate(15 minutes)"
  properties         = { "mayfly.executors.max" = "100" }
}
