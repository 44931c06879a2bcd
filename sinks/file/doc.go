// Package file is Kafka Connect's FileStreamSink: the text of each record's value and a line feed, appended to a file.
//
// Regular files are exactly once. Beside the file lies a sidecar, .<name>.mayfly, which says how long the file is and
// where each stream stands; it is replaced after the data is on the disk, so it is the position (I5). What the file holds
// beyond the recorded length was written by an executor that died, and is cut off. All this happens under a lock, so that
// a late writer finds the position moved and leaves the file alone. A topic that was deleted and created again begins anew
// behind what the file holds, as with FileStreamSink. Standard output, pipes and devices are at least once.
package file
