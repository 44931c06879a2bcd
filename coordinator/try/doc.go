// Package try shows what a connector's configuration does to records before it runs: each record after the converters and
// after each transform, what the sink would write and where, and why a record fails. It runs the executor's own code
// ([exec.Inspector]) and the sink's own writers ([tasks.SinkPlugin.Preview]), and writes nothing anywhere.
package try
