# A small private network without a NAT gateway, unless there are subnets to use: what functions talk to is reached by endpoints.
locals {
  new_vpc            = var.vpc != null && try(var.vpc.subnet_ids, null) == null
  subnet_ids         = local.new_vpc ? aws_subnet.this[*].id : try(var.vpc.subnet_ids, [])
  security_group_ids = local.new_vpc ? aws_security_group.functions[*].id : try(var.vpc.security_group_ids, [])
}

data "aws_availability_zones" "here" {
  state = "available"
}

resource "aws_vpc" "this" {
  count                = local.new_vpc ? 1 : 0
  cidr_block           = var.vpc.cidr
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

resource "aws_subnet" "this" {
  count             = local.new_vpc ? 2 : 0
  vpc_id            = aws_vpc.this[0].id
  availability_zone = data.aws_availability_zones.here.names[count.index]
  cidr_block        = cidrsubnet(var.vpc.cidr, 2, count.index)
}

resource "aws_route_table" "this" {
  count  = local.new_vpc ? 1 : 0
  vpc_id = aws_vpc.this[0].id
}

resource "aws_route_table_association" "this" {
  count          = local.new_vpc ? 2 : 0
  route_table_id = aws_route_table.this[0].id
  subnet_id      = aws_subnet.this[count.index].id
}

resource "aws_security_group" "functions" {
  count       = local.new_vpc ? 1 : 0
  name        = "${var.name}-functions"
  description = "Functions of Mayfly, to be let into the brokers"
  vpc_id      = aws_vpc.this[0].id
}

resource "aws_vpc_security_group_egress_rule" "functions" {
  for_each = local.new_vpc ? {
    https = { from = 443, to = 443, cidr = "0.0.0.0/0", why = "AWS endpoints and the schema registry" }
    kafka = { from = 9092, to = 9098, cidr = var.vpc.cidr, why = "Kafka brokers" }
  } : {}
  security_group_id = aws_security_group.functions[0].id
  description       = each.value.why
  ip_protocol       = "tcp"
  from_port         = each.value.from
  to_port           = each.value.to
  cidr_ipv4         = each.value.cidr
}

resource "aws_security_group" "endpoints" {
  count       = local.new_vpc ? 1 : 0
  name        = "${var.name}-endpoints"
  description = "Interface endpoints"
  vpc_id      = aws_vpc.this[0].id
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  count                        = local.new_vpc ? 1 : 0
  security_group_id            = aws_security_group.endpoints[0].id
  description                  = "Functions of Mayfly"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.functions[0].id
}

resource "aws_vpc_endpoint" "s3" { # free of charge
  count             = local.new_vpc ? 1 : 0
  vpc_id            = aws_vpc.this[0].id
  service_name      = "com.amazonaws.${data.aws_region.here.name}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = aws_route_table.this[*].id
}

# Event source mappings and a coordinator call functions; config providers read secrets; both log in by STS.
resource "aws_vpc_endpoint" "interface" {
  for_each            = local.new_vpc ? toset(["lambda", "secretsmanager", "sts"]) : []
  vpc_id              = aws_vpc.this[0].id
  service_name        = "com.amazonaws.${data.aws_region.here.name}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = aws_subnet.this[*].id
  security_group_ids  = aws_security_group.endpoints[*].id
}
