package tr064

import (
	"strings"
	"unicode"
)

// rightWord is a right as AppSetup tells it.
func (a *account) rightWord(letter string) string {
	if a == nil || a.may(letter) {
		return "RW"
	}
	return "NO"
}

var _ = implement("X_AVM-DE_AppSetup:1", map[string]Action{
	"GetConfig": func(q *Request) (Output, error) {
		u := q.user
		return Output{
			"NewConfigRight": u.rightWord("C"), "NewAppRight": u.rightWord("A"), "NewNasRight": u.rightWord("N"),
			"NewPhoneRight": u.rightWord("P"), "NewDialRight": u.rightWord("P"), "NewHomeautoRight": u.rightWord("H"),
			"NewInternetRights": "0", "NewAccessFromInternet": "0",
		}, nil
	},
	"RegisterApp": (*Request).registerApp,
	// The bounds that registerApp holds an app to. Those of VPN and messages are
	// guesses: nothing here takes either.
	"GetInfo": func(*Request) (Output, error) {
		out := Output{
			"NewMinCharsAppId": "1", "NewMaxCharsAppId": "256", "NewAllowedCharsAppId": lettersAndDigits,
			"NewMinCharsAppDisplayName": "1", "NewMaxCharsAppDisplayName": "256",
			"NewMinCharsAppUsername": "1", "NewMaxCharsAppUsername": "32", "NewAllowedCharsAppUsername": lettersAndDigits,
			"NewMinCharsAppPassword": "8", "NewMaxCharsAppPassword": "32", "NewAllowedCharsAppPassword": lettersAndDigits + " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
			"NewAllowedCharsCryptAlgos": lettersAndDigits + ",-", "NewAllowedCharsAppAVMAddress": lettersAndDigits + ".-@",
			"NewMinCharsFilter": "1", "NewMaxCharsFilter": "256", "NewAllowedCharsFilter": lettersAndDigits + " ,*#+",
		}
		for _, of := range []string{"IPSecIdentifier", "IPSecPreSharedKey", "IPSecXauthUsername", "IPSecXauthPassword"} {
			out["NewMinChars"+of], out["NewMaxChars"+of], out["NewAllowedChars"+of] = "1", "128", lettersAndDigits
		}
		return out, nil
	},
})

const lettersAndDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// registerApp makes a user of an app, with rights of its own. The id of an app that
// is there already takes its place.
func (q *Request) registerApp() (Output, error) {
	id, name, password := q.Args["NewAppId"], q.Args["NewAppUsername"], q.Args["NewAppPassword"]
	if q.user != nil && q.user.app != "" {
		return nil, appOnly // an app registers no app
	}
	switch {
	case id == "":
		return nil, Fault(821)
	case len(id) > 256:
		return nil, Fault(822)
	case !alphanumeric(id):
		return nil, appIDCharacters
	case name == "":
		return nil, Fault(828)
	case len(name) > 32:
		return nil, Fault(829)
	case !alphanumeric(name) || name[0] >= '0' && name[0] <= '9':
		return nil, Fault(830)
	case len(password) < 8:
		return nil, Fault(832)
	case len(password) > 32:
		return nil, Fault(833)
	case !strong(password):
		return nil, Fault(834)
	}
	if a := q.server.users[name]; a != nil && a.app != id {
		return nil, Fault(831)
	}
	for other, a := range q.server.users {
		if a.app == id {
			delete(q.server.users, other)
		}
	}
	rights := ""
	for argument, letter := range map[string]string{"NewAppRight": "A", "NewNasRight": "N", "NewPhoneRight": "P", "NewHomeautoRight": "H"} {
		switch q.Args[argument] {
		case "RW", "RO":
			rights += letter
		case "NO", "UNDEFINED":
		default:
			return nil, Fault(836)
		}
	}
	if rights == "" {
		return nil, Fault(840)
	}
	q.server.setUser(User{Name: name, Password: password, Rights: rights})
	q.server.users[name].app = id
	q.Wrote(name)
	return nil, nil
}

func alphanumeric(s string) bool {
	return strings.Trim(s, lettersAndDigits) == ""
}

// strong reports whether a password has a digit, a capital and a small letter, and
// something else.
func strong(password string) bool {
	digit := strings.ContainsFunc(password, unicode.IsDigit)
	upper := strings.ContainsFunc(password, unicode.IsUpper)
	lower := strings.ContainsFunc(password, unicode.IsLower)
	return digit && upper && lower && !alphanumeric(password)
}
