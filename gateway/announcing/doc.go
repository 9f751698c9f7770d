// Package announcing is what a caller hears whom our phone turns away with an announcement, and
// what is kept of it: the order of tone, text, challenge and recording, and the recordings.
//
// Nothing of the caller is heard before he was told that he is recorded: until then a session
// drops his voice and looks at the keys that he presses alone.
package announcing
