// Package benchmark measures a server over HTTP, beside floors that are
// measured in the same run: servers that do as little as such a server can.
//
// Absolute figures differ from machine to machine, and on shared machines from
// minute to minute. So each server is a process of its own, they are loaded in
// turn, several rounds long, and what counts is the median of the rounds'
// ratios. The load is a closed loop: a number of connections, each of which
// sends its next request once the last is answered.
package benchmark
