// Package simulate answers what a load would need before it runs: the real planner (coordinator/plan) hands out leases in
// virtual time to executors that are no more than a start time and a rate, and the executors' seconds are priced by a sheet.
//
// What it takes from the real thing: where slices are cut, how many run at once, when a file is due, what waits. What it models:
// every offset holds a record, records of a phase come evenly, executors do not fail, and the brokers and the destination are as
// fast as the executors.
package simulate
