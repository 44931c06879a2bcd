output "functions" {
  description = "The functions by plugin family or purpose."
  value       = { for name, f in aws_lambda_function.this : name => f.arn }
}

output "ingest_queue_url" {
  value       = one(aws_sqs_queue.ingest[*].url)
  description = "Messages sent here become records."
}

output "ingest_url" {
  value       = one(aws_lambda_function_url.ingest[*].function_url)
  description = "Signed POST requests to it become records."
}

output "dead_letter_queue_url" {
  value       = aws_sqs_queue.dead.url
  description = "Invocations and events that were given up."
}
