package event

// testEvent is what S3 sends when notifications are set up.
const testEvent = "s3:TestEvent"
