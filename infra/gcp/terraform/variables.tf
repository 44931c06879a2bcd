variable "project" {
  description = "The project's id."
  type        = string
}

variable "region" {
  description = "Where everything runs; best where the buckets and the brokers are."
  type        = string
}

variable "name" {
  description = "What all names begin with, and the worker's group.id."
  type        = string
  default     = "mayfly"
}

variable "executor_image" {
  description = "An image of infra/docker/function.Dockerfile, with PLATFORM=cloudrun and the plugin family that the connectors need, mostly gcs."
  type        = string
}

variable "executor" {
  description = "Size of an executor instance. concurrency is how many invitations one runs at once, max the most instances."
  type        = object({ cpu = optional(string, "1"), memory = optional(string, "1Gi"), concurrency = optional(number, 4), max = optional(number, 100) })
  default     = {}
}

variable "coordinator_image" {
  description = "An image of infra/docker/mayfly.Dockerfile."
  type        = string
}

variable "schedule" {
  description = "A cron line for one turn (coordinator --once) each, and nothing in between. Null for a coordinator that always runs."
  type        = string
  default     = "*/5 * * * *"
}

variable "bootstrap_servers" {
  description = "The Kafka brokers, host:port, separated by commas."
  type        = string
}

variable "kafka_secret" {
  description = "The name of a secret in Secret Manager whose text is the Kafka client's properties as a JSON object (security.protocol, sasl.mechanism, sasl.jaas.config), for executors. Null for none."
  type        = string
  default     = null
}

variable "jaas_secret" {
  description = "The name of a secret whose text is sasl.jaas.config alone, for the coordinator. Null for none."
  type        = string
  default     = null
}

variable "properties" {
  description = "Further worker properties, such as security.protocol, sasl.mechanism and mayfly.executors.max. No secrets."
  type        = map(string)
  default     = {}
}

variable "network" {
  description = "The network and subnetwork from which the brokers are reached (direct VPC egress). Null for brokers on the internet."
  type        = object({ network = string, subnetwork = string })
  default     = null
}

variable "sink_buckets" {
  description = "The buckets that GCS sinks write into."
  type        = list(string)
  default     = []
}

variable "ingest" {
  description = "A service that makes records of events by a connector: objects finalised in buckets (by Eventarc), messages of a Pub/Sub topic (by push)."
  type = object({
    connector = map(string)
    buckets   = optional(list(string), [])
    topic     = optional(string)
  })
  default = null
}

variable "notification_channels" {
  description = "The ids of Cloud Monitoring's channels that alarms go to."
  type        = list(string)
  default     = []
}
