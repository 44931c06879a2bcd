// Package jodatime does with times what Kafka Connect's storage connectors do with the Joda-Time library: time zones by
// Joda's ids, path.format patterns in a zone and a language, rounding to periods of local time, and the ISO 8601 forms that
// a text field may hold. It is pure: no clock, and the zone rules are built in.
//
// The names of months, days, eras and zones are those of the Java 17 runtime (CLDR), recorded in names/*.tsv: a line of
// locales.tsv is language, months, short months, days from Monday, short days, halves of the day, eras, UTC short and long;
// a line of zones.tsv is id, standard short and long, daylight short and long without a language, and the same in English
// where it differs.
package jodatime
