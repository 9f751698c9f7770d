package soap

import (
	"context"
	"errors"
	"slices"
	"strings"
)

const maxUsers = 100 // whose names are kept

// Users lists the users that the box offers at its login page, and which of them logged
// in last; "" if none is marked. It needs no login. A box may leave out users of apps, so
// a name that is missing here may still exist.
func (c *Client) Users(ctx context.Context) (names []string, last string, err error) {
	list, err := c.callAction(ctx, true, configSecurity, "X_AVM-DE_GetUserList")
	if err != nil {
		return nil, "", err
	}
	names, last, err = readUsers(list["X_AVM-DE_UserList"])
	return names, last, Wrap("X_AVM-DE_GetUserList", err)
}

// readUsers reads the list in its present form (<Username last_user="1">) or in that of
// old boxes (<User><Username/><LastUser>1</LastUser></User>).
func readUsers(list string) (names []string, last string, err error) {
	if strings.TrimSpace(list) == "" {
		return nil, "", nil
	}
	root, err := readText(list)
	if err != nil {
		return nil, "", &Error{Reason: BadAnswer, Text: "list of users", Err: err}
	}
	add := func(name string, isLast bool) {
		if name = strings.TrimSpace(name); name == "" {
			return
		}
		if len(names) < maxUsers && !slices.Contains(names, name) {
			names = append(names, name)
		}
		if isLast && last == "" {
			last = name
		}
	}
	root.Each("Username", func(n *Node) { add(n.Text, n.Attribute("last_user") == "1") })
	root.Each("User", func(n *Node) { add(n.Value("Username"), n.Value("LastUser") == "1") })
	return names, last, nil
}

// dslfConfig is the user of boxes too old to list their users.
const dslfConfig = "dslf-config"

// resolveUser finds the user to log in as where none is configured: the one who logged
// in last, as the box says, or dslf-config on a box too old for that.
func (c *Client) resolveUser(ctx context.Context) error {
	if c.o.User != "" || c.o.Password == "" {
		return nil
	}
	if err := c.acquire(ctx); err != nil {
		return err
	}
	done := c.login.resolved
	<-c.requesting
	if done {
		return nil
	}
	user := dslfConfig
	_, last, err := c.Users(ctx)
	switch {
	case err == nil && last != "":
		user = last
	case err != nil && !errors.Is(err, ErrNotAvailable):
		return err
	}
	if err := c.acquire(ctx); err != nil {
		return err
	}
	defer func() { <-c.requesting }()
	c.login.user, c.login.resolved = user, true
	return nil
}
