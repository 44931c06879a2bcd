// Package tasktest holds the conformance suites of the plugin contracts in package tasks: [Sink] and [Source]. A plugin's
// own test calls its suite with a function that sets up a fresh destination or source; each case of the suite calls it
// anew.
package tasktest
