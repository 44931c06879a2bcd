variable "name" {
  description = "What all names begin with, and the worker's group.id."
  type        = string
  default     = "mayfly"
}

variable "packages" {
  description = "The folder of the zips that `make zips` wrote."
  type        = string
  default     = "../../../bin"
}

variable "architecture" {
  description = "arm64 or x86_64; `make zips` builds for both."
  type        = string
  default     = "arm64"
  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture is arm64 or x86_64."
  }
}

variable "families" {
  description = "The plugin families that get a function, with its memory in MB. Below 1769 MB a function has less than one core."
  type        = map(object({ memory = optional(number, 1024), timeout = optional(number, 300) }))
  default     = { core = {}, s3 = {}, gcs = {} }
}

variable "bootstrap_servers" {
  description = "The Kafka brokers, host:port, separated by commas."
  type        = string
}

variable "msk_cluster_arn" {
  description = "An MSK cluster whose functions log in by IAM. Null for any other Kafka."
  type        = string
  default     = null
}

variable "kafka_secret_arn" {
  description = "A secret whose text is the Kafka client's properties as a JSON object (security.protocol, sasl.mechanism, sasl.jaas.config). Terraform reads it, so it stands in the state. Null with MSK and IAM, unless there is a coordinator."
  type        = string
  default     = null
}

variable "vpc" {
  description = "Where the functions run: null for outside of any network, {} for a new network, or the subnets and security groups of one that is there."
  type = object({
    cidr               = optional(string, "10.80.0.0/20")
    subnet_ids         = optional(list(string))
    security_group_ids = optional(list(string), [])
  })
  default = null
}

variable "sink_buckets" {
  description = "The buckets that S3 sinks write into."
  type        = list(string)
  default     = []
}

variable "gcs_secret_arn" {
  description = "A secret with a Google service account key, which a GCS sink names in gcs.credentials.json by a config provider."
  type        = string
  default     = null
}

variable "ingest" {
  description = "A function that makes records of events by a connector: SQS messages of its own queue, objects of buckets (with EventBridge notifications on), signed POST requests."
  type = object({
    connector = map(string)
    buckets   = optional(list(string), [])
    url       = optional(bool, false)
  })
  default = null
}

variable "deliver" {
  description = "A function that gives the batches of an event source mapping on a topic to a sink, without a coordinator. secret_arn, for a self-managed Kafka, has username and password (SCRAM-SHA-512)."
  type = object({
    connector  = map(string)
    topic      = string
    secret_arn = optional(string)
  })
  default = null
}

variable "coordinator" {
  description = "The coordinator on Fargate: an image of infra/docker/mayfly.Dockerfile, and a schedule such as rate(15 minutes) for one turn (coordinator --once) each, or none for a service that always runs. Needs kafka_secret_arn. Null for one that runs elsewhere."
  type = object({
    image              = string
    subnet_ids         = list(string)
    security_group_ids = list(string)
    schedule           = optional(string)
    properties         = optional(map(string), {})
  })
  default = null
}

variable "alarm_topic_arn" {
  description = "The SNS topic that alarms go to."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 14
}
