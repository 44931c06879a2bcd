package store

// Encode is how records are encoded.
var Encode = encode
