data "aws_partition" "here" {}
data "aws_region" "here" {}
data "aws_caller_identity" "here" {}

data "aws_secretsmanager_secret_version" "kafka" {
  count     = var.kafka_secret_arn == null ? 0 : 1
  secret_id = var.kafka_secret_arn
}

locals {
  msk = var.msk_cluster_arn != null
  kafka = (local.msk ? jsonencode({ "security.protocol" = "SASL_SSL", "sasl.mechanism" = "AWS_MSK_IAM" }) :
  one(data.aws_secretsmanager_secret_version.kafka[*].secret_string))
  # arn:aws:kafka:REGION:ACCOUNT:cluster/NAME/ID, and the same for its topics, groups and transactional ids.
  msk_arns = local.msk ? { for kind in ["topic", "group", "transactional-id"] : kind => "${replace(var.msk_cluster_arn, ":cluster/", ":${kind}/")}/*" } : {}

  # Each function: the zip of its family, and the connector that it has for events.
  functions = merge(
    { for family, size in var.families : family => merge(size, { family = family, connector = null }) },
    var.ingest == null ? {} : { ingest = { family = "s3", memory = 1024, timeout = 300, connector = var.ingest.connector } },
    var.deliver == null ? {} : { deliver = { family = "s3", memory = 1024, timeout = 300, connector = var.deliver.connector } },
  )
}

resource "aws_lambda_function" "this" {
  for_each         = local.functions
  function_name    = "${var.name}-${each.key}"
  description      = each.value.connector == null ? "Runs leases of the ${each.key} plugins." : "Takes events for the connector ${lookup(each.value.connector, "name", each.key)}."
  role             = aws_iam_role.function[each.key].arn
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  filename         = "${var.packages}/lambda-${each.value.family}-${var.architecture == "arm64" ? "arm64" : "amd64"}.zip"
  source_code_hash = filebase64sha256("${var.packages}/lambda-${each.value.family}-${var.architecture == "arm64" ? "arm64" : "amd64"}.zip")
  memory_size      = each.value.memory
  timeout          = each.value.timeout

  environment {
    variables = merge(
      { CONNECT_BOOTSTRAP_SERVERS = var.bootstrap_servers, MAYFLY_GROUP_ID = var.name },
      local.kafka == null ? {} : { MAYFLY_KAFKA = local.kafka },
      each.value.connector == null ? {} : {
        MAYFLY_CONNECTOR_CONFIG = jsonencode(each.value.connector)
        CONNECT_KEY_CONVERTER   = "org.apache.kafka.connect.storage.StringConverter" # unless the connector says otherwise
        CONNECT_VALUE_CONVERTER = "org.apache.kafka.connect.json.JsonConverter"
      },
      each.key == "ingest" ? { MAYFLY_REPORT_BATCH_ITEM_FAILURES = "true", MAYFLY_EVENTS_CONTINUE = "true" } : {},
    )
  }

  dynamic "vpc_config" {
    for_each = var.vpc == null ? [] : [1]
    content {
      subnet_ids         = local.subnet_ids
      security_group_ids = local.security_group_ids
    }
  }

  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
}

resource "aws_lambda_function_event_invoke_config" "this" {
  for_each      = local.functions
  function_name = aws_lambda_function.this[each.key].function_name
  # The coordinator grants a lease again by itself: a retry of the platform would only come late, and be turned away. An event comes once.
  maximum_retry_attempts       = each.value.connector == null ? 0 : 2
  maximum_event_age_in_seconds = each.value.connector == null ? 60 : 21600
  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead.arn
    }
  }
}

resource "aws_cloudwatch_log_group" "function" {
  for_each          = local.functions
  name              = "/aws/lambda/${var.name}-${each.key}"
  retention_in_days = var.log_retention_days
}

# Invocations and events that were given up.
resource "aws_sqs_queue" "dead" {
  name                      = "${var.name}-dead"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
}
