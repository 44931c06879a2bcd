# Executors on an MSK cluster with IAM, in the cluster's subnets. The coordinator runs elsewhere, such as in Kubernetes.
bootstrap_servers = "b-1.example.kafka.eu-central-1.amazonaws.com:9098,b-2.example.kafka.eu-central-1.amazonaws.com:9098"
msk_cluster_arn   = "arn:aws:kafka:eu-central-1:111122223333:cluster/example/11111111-2222-3333-4444-555555555555-1"
vpc = {
  subnet_ids         = ["subnet-11111111", "subnet-22222222"]
  security_group_ids = ["sg-11111111"]
}
sink_buckets = ["example-lake"]
