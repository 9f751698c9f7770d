package testkit

import (
	"time"
	_ "time/tzdata" // a machine without a time zone database runs the tests too
)

// Berlin is the time zone of the boxes.
var Berlin = func() *time.Location {
	l, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return l
}()
