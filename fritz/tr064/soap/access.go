package soap

import "context"

// Access says as whom the box knows us and what we may do there.
type Access struct {
	User     string
	Phone    bool // voice messages, call list, phonebooks, dialling
	Settings bool
}

// Access asks the box for our rights, which tells which one is missing before something
// fails.
func (c *Client) Access(ctx context.Context) (Access, error) {
	a, err := c.Call(ctx, configSecurity, "X_AVM-DE_GetCurrentUser")
	if err != nil {
		return Access{}, err
	}
	access := Access{User: Printable(a["X_AVM-DE_CurrentUsername"])}
	root, err := readText(a["X_AVM-DE_CurrentUserRights"])
	if err != nil {
		return access, Wrap("X_AVM-DE_GetCurrentUser", &Error{Reason: BadAnswer, Err: err})
	}
	path := ""
	for _, k := range root.Children {
		switch k.Name {
		case "path":
			path = Printable(k.Text)
		case "access":
			granted := Printable(k.Text) == "readwrite" || Printable(k.Text) == "readonly"
			switch path {
			case "BoxAdmin":
				access.Settings = granted
			case "Phone":
				access.Phone = granted
			}
		}
	}
	access.Phone = access.Phone || access.Settings // the settings include the phone
	return access, nil
}
