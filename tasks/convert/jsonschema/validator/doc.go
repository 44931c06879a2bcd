// Package validator tells whether JSON matches a JSON Schema of drafts 4, 6, 7, 2019-09 or 2020-12.
//
// It stands here because the libraries that know all of these drafts compile the drafts' own schemas when a program starts,
// which every cold executor would pay for, whether it has such a schema or not. Its tests compare it with one of them.
//
// Formats are asserted up to draft 7, those that the draft names; the content keywords never are. Patterns are Java's.
package validator
