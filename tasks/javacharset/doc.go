// Package javacharset decodes and encodes text as the character sets of a Java runtime do: other libraries map a few hundred
// characters otherwise, and split malformed bytes in other places. Its tables come from Java itself, see testdata/Tables.java.
package javacharset
