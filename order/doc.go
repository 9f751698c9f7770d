// Package order says what a person may ask callporter for: the commands, their
// arguments, their outcomes, and the closed list of codes for refusals.
//
// A command has a name, such as "block", and a payload. Some names have two levels,
// such as "deflection/3". The payload is a flat JSON object if its first byte is "{",
// else plain text. A plain text stands for the command's main field: "number" of
// block. PRESS and {} are no argument, which for some commands means the ringing
// call, the last caller or the last write. An empty payload is always an error,
// because clearing a topic on an MQTT broker sends one.
//
// [Parse] checks the form alone, from whichever door the command comes: MQTT, the
// command socket, a page. Whether the box can do it says who carries it out, with a
// [Result] that holds a [Refusal] or none.
package order
