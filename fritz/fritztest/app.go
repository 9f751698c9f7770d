package fritztest

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

var _ = implement("X_AVM-DE_AppSetup:1", map[string]func(*request) (output, error){
	"GetConfig": func(q *request) (output, error) {
		u := q.user
		return output{
			"NewConfigRight": u.rightWord("C"), "NewAppRight": u.rightWord("A"), "NewNasRight": u.rightWord("N"),
			"NewPhoneRight": u.rightWord("P"), "NewDialRight": u.rightWord("P"), "NewHomeautoRight": u.rightWord("H"),
			"NewInternetRights": "0", "NewAccessFromInternet": "0",
		}, nil
	},
	"RegisterApp": (*request).registerApp,
	// The bounds that registerApp holds an app to. Those of VPN and messages are
	// guesses: nothing here takes either.
	"GetInfo": func(*request) (output, error) {
		out := output{
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
func (q *request) registerApp() (output, error) {
	id, name, password := q.args["NewAppId"], q.args["NewAppUsername"], q.args["NewAppPassword"]
	if q.user != nil && q.user.app != "" {
		return nil, appOnly // an app registers no app
	}
	switch {
	case id == "":
		return nil, fault(821)
	case len(id) > 256:
		return nil, fault(822)
	case !alphanumeric(id):
		return nil, appIDCharacters
	case name == "":
		return nil, fault(828)
	case len(name) > 32:
		return nil, fault(829)
	case !alphanumeric(name) || name[0] >= '0' && name[0] <= '9':
		return nil, fault(830)
	case len(password) < 8:
		return nil, fault(832)
	case len(password) > 32:
		return nil, fault(833)
	case !strong(password):
		return nil, fault(834)
	}
	if a := q.t.users[name]; a != nil && a.app != id {
		return nil, fault(831)
	}
	for other, a := range q.t.users {
		if a.app == id {
			delete(q.t.users, other)
		}
	}
	rights := ""
	for argument, letter := range map[string]string{"NewAppRight": "A", "NewNasRight": "N", "NewPhoneRight": "P", "NewHomeautoRight": "H"} {
		switch q.args[argument] {
		case "RW", "RO":
			rights += letter
		case "NO", "UNDEFINED":
		default:
			return nil, fault(836)
		}
	}
	if rights == "" {
		return nil, fault(840)
	}
	q.t.setUser(User{Name: name, Password: password, Rights: rights})
	q.t.users[name].app = id
	q.wrote(name)
	return nil, nil
}

func alphanumeric(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !letterOrDigit(r) }) < 0
}

// strong reports whether a password has a digit, a capital and a small letter, and
// something else.
func strong(password string) bool {
	digit := strings.ContainsFunc(password, unicode.IsDigit)
	upper := strings.ContainsFunc(password, unicode.IsUpper)
	lower := strings.ContainsFunc(password, unicode.IsLower)
	return digit && upper && lower && !alphanumeric(password)
}
