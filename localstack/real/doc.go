// Package real starts the real parts that tests with the build tag `real` talk to: an Apache Kafka broker, Apache Kafka
// Connect workers and a Google Cloud Storage emulator, each a plain process on 127.0.0.1 run by the scripts beside this file.
//
// The broker and the emulator start once for each test process, at the first call, and are shared by its tests: a test takes
// topics, groups and buckets of its own name. All parts end with the test process, however it ends. A part that cannot be got
// or started fails the test with the reason; a test that failed ends with the last lines of its parts' logs.
package real
