# Events into Kafka.
resource "aws_sqs_queue" "ingest" {
  count                      = var.ingest == null ? 0 : 1
  name                       = "${var.name}-ingest"
  sqs_managed_sse_enabled    = true
  message_retention_seconds  = 1209600
  visibility_timeout_seconds = 1800 # six times the function's timeout, as AWS advises
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 5 })
}

resource "aws_lambda_event_source_mapping" "ingest" {
  count                              = var.ingest == null ? 0 : 1
  function_name                      = aws_lambda_function.this["ingest"].arn
  event_source_arn                   = aws_sqs_queue.ingest[0].arn
  batch_size                         = 1000
  maximum_batching_window_in_seconds = 1
  function_response_types            = ["ReportBatchItemFailures"]
}

resource "aws_lambda_function_url" "ingest" {
  count              = try(var.ingest.url, false) ? 1 : 0
  function_name      = aws_lambda_function.this["ingest"].function_name
  authorization_type = "AWS_IAM"
}

resource "aws_cloudwatch_event_rule" "landing" {
  count       = length(try(var.ingest.buckets, [])) > 0 ? 1 : 0
  name        = "${var.name}-landing"
  description = "Objects created in the landing buckets."
  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail      = { bucket = { name = var.ingest.buckets } }
  })
}

resource "aws_cloudwatch_event_target" "landing" {
  count = length(aws_cloudwatch_event_rule.landing)
  rule  = aws_cloudwatch_event_rule.landing[0].name
  arn   = aws_lambda_function.this["ingest"].arn
  dead_letter_config {
    arn = aws_sqs_queue.dead.arn
  }
}

resource "aws_lambda_permission" "landing" {
  count         = length(aws_cloudwatch_event_rule.landing)
  function_name = aws_lambda_function.this["ingest"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.landing[0].arn
}

data "aws_iam_policy_document" "dead" {
  count = length(aws_cloudwatch_event_rule.landing)
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.landing[0].arn]
    }
  }
}

resource "aws_sqs_queue_policy" "dead" {
  count     = length(aws_cloudwatch_event_rule.landing)
  queue_url = aws_sqs_queue.dead.url
  policy    = data.aws_iam_policy_document.dead[0].json
}

# Kafka into a sink, without a coordinator.
resource "aws_lambda_event_source_mapping" "deliver" {
  count                              = var.deliver == null ? 0 : 1
  function_name                      = aws_lambda_function.this["deliver"].arn
  event_source_arn                   = var.msk_cluster_arn
  topics                             = [var.deliver.topic]
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = 10000
  maximum_batching_window_in_seconds = 5

  dynamic "self_managed_event_source" {
    for_each = local.msk ? [] : [1]
    content {
      endpoints = { KAFKA_BOOTSTRAP_SERVERS = var.bootstrap_servers }
    }
  }

  dynamic "source_access_configuration" {
    for_each = concat(
      !local.msk && var.deliver.secret_arn != null ? [{ type = "SASL_SCRAM_512_AUTH", uri = var.deliver.secret_arn }] : [],
      local.msk || var.vpc == null ? [] : [for id in local.subnet_ids : { type = "VPC_SUBNET", uri = "subnet:${id}" }],
      local.msk || var.vpc == null ? [] : [for id in local.security_group_ids : { type = "VPC_SECURITY_GROUP", uri = "security_group:${id}" }],
    )
    content {
      type = source_access_configuration.value.type
      uri  = source_access_configuration.value.uri
    }
  }

  destination_config {
    on_failure {
      destination_arn = aws_sqs_queue.dead.arn
    }
  }
}
