// Package connector knows which configuration every connector takes, whatever its class: Connect's common, sink and source
// keys, and the checks that concern several of them. It is pure: it asks the plugins that it is given and nothing else.
package connector
