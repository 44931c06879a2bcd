// Package event is the event source connector: what a platform tells a function of (a message of a queue, a request, a new object)
// becomes records. It has nothing to poll: functions/event hands it what arrived.
package event
