// Package launchtest is the conformance suite of launchers: [Suite] puts a launcher through what the coordinator relies on,
// with executors that do as a lease's configuration tells them and note what happened to them. See the README for how to plug
// a launcher in.
package launchtest
