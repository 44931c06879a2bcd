locals {
  always    = var.coordinator != null && try(var.coordinator.schedule, null) == null
  scheduled = var.coordinator != null && !local.always

  # Worker properties as variables: group.id is CONNECT_GROUP_ID, mayfly.launcher is MAYFLY_LAUNCHER.
  properties = merge({
    "bootstrap.servers"               = var.bootstrap_servers
    "group.id"                        = var.name
    "config.storage.topic"            = "${var.name}-configs"
    "offset.storage.topic"            = "${var.name}-offsets"
    "status.storage.topic"            = "${var.name}-status"
    "key.converter"                   = "org.apache.kafka.connect.storage.StringConverter"
    "value.converter"                 = "org.apache.kafka.connect.json.JsonConverter"
    "mayfly.launcher"                 = "lambda"
    "mayfly.launcher.lambda.function" = "${var.name}-{family}"
  }, try(var.coordinator.properties, {}))
}

resource "aws_ecs_cluster" "this" {
  count = var.coordinator == null ? 0 : 1
  name  = var.name
}

resource "aws_cloudwatch_log_group" "coordinator" {
  count             = var.coordinator == null ? 0 : 1
  name              = "/mayfly/${var.name}-coordinator"
  retention_in_days = var.log_retention_days
}

resource "aws_ecs_task_definition" "coordinator" {
  count                    = var.coordinator == null ? 0 : 1
  family                   = "${var.name}-coordinator"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.coordinator["start"].arn
  task_role_arn            = aws_iam_role.coordinator["run"].arn
  runtime_platform {
    cpu_architecture        = var.architecture == "arm64" ? "ARM64" : "X86_64"
    operating_system_family = "LINUX"
  }
  container_definitions = jsonencode([{
    name                   = "coordinator"
    image                  = var.coordinator.image
    command                = concat(["coordinator"], local.scheduled ? ["--once"] : [], ["/dev/null"]) # all worker properties stand in the environment
    essential              = true
    readonlyRootFilesystem = true
    stopTimeout            = 30
    portMappings           = local.always ? [{ containerPort = 8083 }] : []
    environment = [for key, value in local.properties : {
      name  = "${startswith(key, "mayfly.") ? "" : "CONNECT_"}${upper(replace(key, ".", "_"))}"
      value = value
    }]
    secrets = [for key in ["security.protocol", "sasl.mechanism", "sasl.jaas.config"] : {
      name      = "CONNECT_${upper(replace(key, ".", "_"))}"
      valueFrom = var.kafka_secret_arn == null ? "" : "${var.kafka_secret_arn}:${key}::"
    }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.coordinator[0].name
        awslogs-region        = data.aws_region.here.name
        awslogs-stream-prefix = "coordinator"
      }
    }
  }])
  lifecycle {
    precondition {
      condition     = var.kafka_secret_arn != null
      error_message = "A coordinator needs kafka_secret_arn, also on MSK: this module logs it in by SASL."
    }
  }
}

# start is what ECS itself needs, run what the coordinator may: start executors. Kafka knows it by its SASL user.
resource "aws_iam_role" "coordinator" {
  for_each           = var.coordinator == null ? [] : toset(["start", "run"])
  name               = "${var.name}-coordinator-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.assume["ecs-tasks"].json
}

data "aws_iam_policy_document" "start" {
  count = var.coordinator == null ? 0 : 1
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.coordinator[0].arn}:*"]
  }
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = compact([var.kafka_secret_arn])
  }
  statement {
    actions   = ["ecr:GetAuthorizationToken"] # knows no narrower resource
    resources = ["*"]
  }
  statement {
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = ["arn:${data.aws_partition.here.partition}:ecr:${data.aws_region.here.name}:${data.aws_caller_identity.here.account_id}:repository/*"]
  }
}

data "aws_iam_policy_document" "launch" {
  count = var.coordinator == null ? 0 : 1
  statement {
    actions   = ["lambda:InvokeFunction"]
    resources = [for family in keys(var.families) : aws_lambda_function.this[family].arn]
  }
}

resource "aws_iam_role_policy" "start" {
  count  = length(data.aws_iam_policy_document.start)
  name   = "start"
  role   = aws_iam_role.coordinator["start"].id
  policy = data.aws_iam_policy_document.start[0].json
}

resource "aws_iam_role_policy" "launch" {
  count  = length(data.aws_iam_policy_document.launch)
  name   = "launch"
  role   = aws_iam_role.coordinator["run"].id
  policy = data.aws_iam_policy_document.launch[0].json
}

resource "aws_ecs_service" "coordinator" {
  count           = local.always ? 1 : 0
  name            = "coordinator"
  cluster         = aws_ecs_cluster.this[0].id
  task_definition = aws_ecs_task_definition.coordinator[0].arn
  desired_count   = 1
  launch_type     = "FARGATE"
  network_configuration {
    subnets         = var.coordinator.subnet_ids
    security_groups = var.coordinator.security_group_ids
  }
}

resource "aws_scheduler_schedule" "turn" {
  count               = local.scheduled ? 1 : 0
  name                = "${var.name}-turn"
  description         = "One turn of the coordinator."
  schedule_expression = var.coordinator.schedule
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = aws_ecs_cluster.this[0].arn
    role_arn = aws_iam_role.schedule[0].arn
    ecs_parameters {
      task_definition_arn = aws_ecs_task_definition.coordinator[0].arn
      launch_type         = "FARGATE"
      network_configuration {
        subnets         = var.coordinator.subnet_ids
        security_groups = var.coordinator.security_group_ids
      }
    }
    dead_letter_config {
      arn = aws_sqs_queue.dead.arn
    }
    retry_policy { # the next turn does what this one would have done
      maximum_retry_attempts       = 0
      maximum_event_age_in_seconds = 60
    }
  }
}

resource "aws_iam_role" "schedule" {
  count              = local.scheduled ? 1 : 0
  name               = "${var.name}-schedule"
  assume_role_policy = data.aws_iam_policy_document.assume["scheduler"].json
}

data "aws_iam_policy_document" "schedule" {
  count = local.scheduled ? 1 : 0
  statement {
    actions   = ["ecs:RunTask"]
    resources = [aws_ecs_task_definition.coordinator[0].arn]
  }
  statement {
    actions   = ["iam:PassRole"]
    resources = values(aws_iam_role.coordinator)[*].arn
  }
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead.arn]
  }
}

resource "aws_iam_role_policy" "schedule" {
  count  = local.scheduled ? 1 : 0
  name   = "turn"
  role   = aws_iam_role.schedule[0].id
  policy = data.aws_iam_policy_document.schedule[0].json
}
