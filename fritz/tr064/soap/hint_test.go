package soap

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
)

func TestEveryReasonSpeaks(t *testing.T) {
	for reason := range reasonTexts {
		e := &Error{Reason: reason, Action: "GetPhonebook", Right: PhoneRight}
		english, german := e.Hint(call.English), e.Hint(call.German)
		if english == "" || german == "" || english == german || strings.Contains(english+german, "%!") {
			t.Errorf("%s: %q, %q", reason, english, german)
		}
		if !strings.HasPrefix(e.Error(), "call GetPhonebook: ") {
			t.Error(e)
		}
	}
	for reason := range hints {
		if reasonTexts[reason].In(call.English) == "" {
			t.Errorf("%s has a hint and no text", reason)
		}
	}
}

func TestRightMissing(t *testing.T) {
	phone, settings := faultError(OnTel, "GetCallList", 606, ""), faultError(DeviceInfo, "GetInfo", 606, "Action not authorized")
	for _, test := range []struct {
		err     *Error
		l       call.Language
		want    string
		message string
	}{
		{phone, call.English, "in the box under System > FRITZ!Box Users, give this user the right “Voice messages, fax messages, FRITZ!App Fon and call list”", "call GetCallList: right missing (phone), fault 606"},
		{phone, call.German, "in der Box unter System > FRITZ!Box-Benutzer diesem Benutzer das Recht „Sprachnachrichten, Faxnachrichten, FRITZ!App Fon und Anrufliste“ geben", "call GetCallList: right missing (phone), fault 606"},
		{settings, call.German, "in der Box unter System > FRITZ!Box-Benutzer diesem Benutzer das Recht „FRITZ!Box Einstellungen“ geben", "call GetInfo: right missing (settings), fault 606: Action not authorized"},
	} {
		if got := test.err.Hint(test.l); got != test.want || test.err.Error() != test.message {
			t.Errorf("%q, %q", got, test.err)
		}
	}
}

func TestErrorsCompareByReason(t *testing.T) {
	err := fmt.Errorf("refresh: %w", Wrap("GetDeflections", &Error{Reason: NotAvailable, Err: errors.New("x")}))
	if !errors.Is(err, ErrNotAvailable) || errors.Is(err, ErrSynced) || ReasonOf(err) != NotAvailable || ReasonOf(errors.New("x")) != "" || ReasonOf(nil) != "" {
		t.Error(err)
	}
}
