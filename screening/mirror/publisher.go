package mirror

import "context"

// Publisher loads a list from whoever publishes it.
type Publisher interface {
	// Load loads the whole list if since is 0, else what has changed since that version;
	// names are those of the list at hand. An answer with a status other than 2xx is an
	// [online.StatusError].
	Load(ctx context.Context, since int64, names []string) (List, error)
}

// List is what a publisher has answered: the whole list or changes of it.
type List struct {
	Entries []Entry
	Version int64    // of the list as a whole; 0 if the publisher has no versions
	Names   []string // what payloads refer to by index
}
