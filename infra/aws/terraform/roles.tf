data "aws_iam_policy_document" "assume" {
  for_each = toset(["lambda", "ecs-tasks", "scheduler"])
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["${each.key}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  for_each           = local.functions
  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.assume["lambda"].json
}

resource "aws_iam_role_policy" "function" {
  for_each = local.functions
  name     = "function"
  role     = aws_iam_role.function[each.key].id
  policy   = data.aws_iam_policy_document.function[each.key].json
}

# What a function may: its own log streams, the dead letter queue and Kafka; beyond that what its plugins need.
data "aws_iam_policy_document" "function" {
  for_each = local.functions

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.function[each.key].arn}:*"]
  }

  statement {
    sid       = "DeadLetters"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead.arn]
  }

  dynamic "statement" {
    for_each = var.vpc == null ? [] : [1]
    content {
      sid = "Network" # EC2 knows no narrower resource for these
      actions = ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface",
      "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = local.msk ? {
      KafkaCluster      = { actions = ["Connect", "DescribeCluster", "WriteDataIdempotently"], resource = var.msk_cluster_arn }
      KafkaTopics       = { actions = ["DescribeTopic", "ReadData", "WriteData", "CreateTopic"], resource = local.msk_arns["topic"] }
      KafkaTransactions = { actions = ["DescribeTransactionalId", "AlterTransactionalId"], resource = local.msk_arns["transactional-id"] }
    } : {}
    content {
      sid       = statement.key
      actions   = [for action in statement.value.actions : "kafka-cluster:${action}"]
      resources = [statement.value.resource]
    }
  }

  dynamic "statement" {
    for_each = contains(["s3", "deliver"], each.key) && length(var.sink_buckets) > 0 ? [1] : []
    content {
      sid       = "SinkObjects"
      actions   = ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload", "s3:PutObjectTagging"]
      resources = [for bucket in var.sink_buckets : "arn:${data.aws_partition.here.partition}:s3:::${bucket}/*"]
    }
  }

  dynamic "statement" {
    for_each = contains(["s3", "deliver"], each.key) && length(var.sink_buckets) > 0 ? [1] : []
    content {
      sid       = "SinkBuckets" # so that a missing object is told from a forbidden one
      actions   = ["s3:ListBucket"]
      resources = [for bucket in var.sink_buckets : "arn:${data.aws_partition.here.partition}:s3:::${bucket}"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "gcs" && var.gcs_secret_arn != null ? [1] : []
    content {
      sid       = "GoogleCredentials"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [var.gcs_secret_arn]
    }
  }

  dynamic "statement" {
    for_each = each.key == "ingest" ? [1] : []
    content {
      sid       = "Queue"
      actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
      resources = [aws_sqs_queue.ingest[0].arn]
    }
  }

  dynamic "statement" {
    for_each = each.key == "ingest" ? [1] : []
    content {
      sid       = "Continue" # an object that takes longer than one invocation goes on in the next
      actions   = ["lambda:InvokeFunction"]
      resources = ["arn:${data.aws_partition.here.partition}:lambda:${data.aws_region.here.name}:${data.aws_caller_identity.here.account_id}:function:${var.name}-ingest"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "ingest" && length(try(var.ingest.buckets, [])) > 0 ? [1] : []
    content {
      sid       = "LandingObjects"
      actions   = ["s3:GetObject", "s3:GetObjectVersion"]
      resources = [for bucket in var.ingest.buckets : "arn:${data.aws_partition.here.partition}:s3:::${bucket}/*"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "ingest" && length(try(var.ingest.buckets, [])) > 0 ? [1] : []
    content {
      sid       = "LandingBuckets"
      actions   = ["s3:ListBucket"]
      resources = [for bucket in var.ingest.buckets : "arn:${data.aws_partition.here.partition}:s3:::${bucket}"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "deliver" && local.msk ? {
      MappingCluster = { actions = ["kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"], resource = var.msk_cluster_arn }
      MappingGroup   = { actions = ["kafka-cluster:DescribeGroup", "kafka-cluster:AlterGroup"], resource = local.msk_arns["group"] }
      MappingNetwork = { actions = ["ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups"], resource = "*" } # no narrower resource
    } : {}
    content {
      sid       = statement.key
      actions   = statement.value.actions
      resources = [statement.value.resource]
    }
  }

  dynamic "statement" {
    for_each = each.key == "deliver" && try(var.deliver.secret_arn, null) != null ? [1] : []
    content {
      sid       = "MappingSecret"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [var.deliver.secret_arn]
    }
  }
}
