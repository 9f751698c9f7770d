package media

// Session is the voice of one call.
type Session struct{}
