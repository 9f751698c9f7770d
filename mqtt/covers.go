package mqtt

import "github.com/callporter/callporter/mqtt/topic"

// covers is [topic.Covers], where the broker's files have variables of that name.
var covers = topic.Covers
