package main

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/callporter/callporter/fritz/fritztest"
	boxclient "github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/check"
	"github.com/callporter/callporter/gateway/datadir"
	"github.com/callporter/callporter/gateway/poll"
	"github.com/callporter/callporter/journal"
)

func init() { maps.Copy(setups, accessSetups) }

// tr064s is the address of TR-064 over https.
const tr064s = router + ":49443"

// allowAccess opens the TR-064 ports of the box with a user, and configures the user's
// password.
func (s *checkEnv) allowAccess() {
	s.Helper()
	s.box.SetUser(fritztest.User{Name: "porter", Password: secret, Rights: "P", Last: true})
	s.box.SetNumbers(fritztest.OwnNumber{Number: practice, Name: "Praxis"})
	if err := errors.Join(s.box.ListenTR064("127.0.0.1:0"), s.box.ListenTR064S("127.0.0.1:0")); err != nil {
		s.Fatal(err)
	}
	s.routes[tr064], s.routes[tr064s] = s.box.TR064Addr().String(), s.box.TR064SAddr().String()
	s.config.Boxes[0].Username, s.config.Boxes[0].Password = "porter", secret
	s.o.Timing.Access = boxclient.Timing{Spacing: -1, Silence: 1500 * time.Millisecond, Whole: 5 * time.Second, Busy: time.Millisecond}
	s.o.Timing.Login, s.o.Timing.PickUp, s.o.Timing.Poll = 10*time.Second, 300*time.Millisecond, 20*time.Millisecond
	s.replacements = append(s.replacements, s.box.Fingerprint(), shownFingerprint)
}

// withAccess is a set-up in which callporter has access to the box, and then something is
// changed.
func withAccess(what string, change func(*checkEnv)) setup {
	return setup{what, func(s *checkEnv) {
		s.allowAccess()
		change(s)
	}}
}

// trouble makes the box answer with a fault.
func trouble(kind, at string) func(*checkEnv) {
	return func(s *checkEnv) {
		if err := s.box.Trouble(fritztest.Trouble{Kind: kind, At: at}); err != nil {
			s.Fatal(err)
		}
	}
}

const currentUser = "X_AVM-DE_GetCurrentUser"

var accessSetups = map[string]setup{
	"access_all_well": withAccess("the box lets callporter in, and everything fits", func(s *checkEnv) {
		s.box.SetUser(fritztest.User{Name: "porter", Password: secret, Last: true})
		s.config.Boxes[0].Username = ""
		s.config.Boxes[0].Trusted, s.config.Commands.Phonebook, s.config.Commands.Dial = []string{"Telefonbuch"}, "0", true
	}),
	"access_timeout":     withAccess("a firewall swallows the port of TR-064", func(s *checkEnv) { s.routes[tr064s] = "" }),
	"access_refused":     withAccess("the box refuses the ports of TR-064", func(s *checkEnv) { s.box.RefuseTR064() }),
	"access_off":         withAccess("access for applications is switched off", func(s *checkEnv) { s.box.TR064Access(false) }),
	"access_off_fault":   withAccess("access for applications is off, and the box answers Invalid Action", func(s *checkEnv) { s.box.Fail(401, currentUser, 0) }),
	"access_ends":        withAccess("the port of TR-064 ends every connection", trouble("close", "tr64desc.xml")),
	"access_busy":        withAccess("the box has no time", trouble("503", currentUser)),
	"access_silent":      withAccess("the box sends the head of an answer and never its body", trouble("headonly", currentUser)),
	"access_silent_late": withAccess("the box falls silent when its phonebooks are asked for", trouble("silence", "GetPhonebookList")),
	"access_nonsense":    withAccess("the box answers with something that cannot be read", trouble("garbage", currentUser)),
	"access_slow": withAccess("the box takes its time for every answer", func(s *checkEnv) {
		s.o.Timing.Login, s.o.Timing.Access.Silence, s.o.Timing.Access.Whole = 3*time.Second, 0, 0
		s.replacements = append(s.replacements, " 3s", " 12s")
		trouble("silence", "X_AVM-DE_GetNumbers")(s)
	}),
	"access_other": withAccess("the port is that of another web server", func(s *checkEnv) {
		s.config.Boxes[0].TR064Port = 443
		s.otherWebServer(router + ":443")
	}),
	"access_not_http": withAccess("the port is that of SSH", func(s *checkEnv) {
		s.config.Boxes[0].TR064Port = 22
		s.greet(router+":22", "SSH-2.0-dropbear_2022.83\r\n")
	}),
	"access_plaintext": withAccess("plaintext is set, and the port is that of https", func(s *checkEnv) {
		s.config.Boxes[0].Plaintext, s.config.Boxes[0].TR064Port = true, 49443
	}),
	"access_plaintext_refused": withAccess("plaintext is set, and the box has only its https port open", func(s *checkEnv) {
		s.config.Boxes[0].Plaintext = true
		delete(s.routes, tr064)
	}),
	"access_not_encrypted": withAccess("https is asked for at the unencrypted port", func(s *checkEnv) { s.config.Boxes[0].TR064Port = 49000 }),
	"access_only_http":     withAccess("the box has no https", func(s *checkEnv) { delete(s.routes, tr064s) }),
	"access_bad_host": withAccess("the box is called by a name it does not know", func(s *checkEnv) {
		s.config.Boxes[0].Host = "telefon.example.org"
		s.names["telefon.example.org"] = router
	}),
	"access_certificate": withAccess("the certificate of the box is not the one that was remembered", func(s *checkEnv) {
		text := `{"fingerprint":"` + strings.Repeat("ab", 32) + `"}`
		if err := os.WriteFile(filepath.Join(s.config.Data, "box-fritzbox.json"), []byte(text), 0o600); err != nil {
			s.Fatal(err)
		}
	}),
	"access_certificate_set": withAccess("the certificate of the box is not the configured one", func(s *checkEnv) {
		s.config.Boxes[0].Fingerprint = strings.Repeat("ab", 32)
	}),
	"access_wrong_password": withAccess("the password of the box is wrong", func(s *checkEnv) { s.config.Boxes[0].Password = "wrong" }),
	"access_unknown_user":   withAccess("the box has no such user", func(s *checkEnv) { s.config.Boxes[0].Username = "portier" }),
	"access_user_unset": withAccess("no user is set, and the password is not that of who logged in last", func(s *checkEnv) {
		s.config.Boxes[0].Username, s.config.Boxes[0].Password = "", "wrong"
	}),
	"access_locked_out": withAccess("the box has refused the password twice before", func(s *checkEnv) {
		s.config.Boxes[0].Password = "wrong"
		for range 2 {
			check.Run(s.Context(), s.config, s.o)
		}
	}),
	"access_untried": withAccess("the count of logins cannot be stored", func(s *checkEnv) {
		if err := os.MkdirAll(filepath.Join(poll.MemoryPath(s.config.Data, s.config.Boxes[0].ID), "in the way"), 0o700); err != nil {
			s.Fatal(err)
		}
	}),
	"access_no_right": withAccess("the user lacks the right for the telephone", func(s *checkEnv) {
		s.box.SetUser(fritztest.User{Name: "porter", Password: secret, Rights: "H"})
	}),
	"access_right_missing_late": withAccess("a right is missing for the phonebooks", func(s *checkEnv) { s.box.Fail(606, "GetPhonebookList", 0) }),
	"access_second_factor":      withAccess("the box wants a second factor", func(s *checkEnv) { s.box.Fail(866, "GetPhonebookList", 0) }),

	"line_differs": withAccess("country, area code and numbers are not those of the box", func(s *checkEnv) {
		s.box.SetCodes("43", "1")
		s.box.SetNumbers(fritztest.OwnNumber{Number: home})
		s.config.Boxes[0].Numbers = []string{"23125732=Practice", "23125321"}
	}),
	"books_missing": withAccess("phonebooks are named that the box does not have", func(s *checkEnv) {
		s.box.AddPhonebook(fritztest.Phonebook{Name: "Firma"})
		s.config.Boxes[0].Trusted, s.config.Boxes[0].Blocked, s.config.Boxes[0].Ignored = []string{"Familie", "Firma"}, []string{"7"}, []string{"Alte"}
		s.config.Commands.Phonebook = "Spam"
	}),
	"book_unreadable": withAccess("the box refuses a phonebook", func(s *checkEnv) { s.box.Fail(820, "GetPhonebook", 0) }),
	"book_synced": withAccess("the phonebook to write to is an online one", func(s *checkEnv) {
		s.box.AddPhonebook(fritztest.Phonebook{Name: "Online", Synced: true})
		s.config.Commands.Phonebook = "Online"
	}),
	"book_twice": withAccess("two phonebooks have the name of the one to write to", func(s *checkEnv) {
		s.box.AddPhonebook(fritztest.Phonebook{Name: "Spam"})
		s.box.AddPhonebook(fritztest.Phonebook{Name: "Spam"})
		s.config.Commands.Phonebook = "Spam"
	}),
	"book_full": withAccess("the phonebook to write to is full", func(s *checkEnv) {
		if err := s.box.FillPhonebook("Telefonbuch", 2000); err != nil {
			s.Fatal(err)
		}
		s.config.Commands.Phonebook = "Telefonbuch"
		s.o.Timing.Access.Silence, s.o.Timing.Access.Whole = 0, 0
	}),
	"lists_off": withAccess("call list and dialling aid are off", func(s *checkEnv) {
		s.box.CallListOff(true)
		s.box.DialAid(false)
		s.config.Commands.Dial = true
	}),

	"switch_on_offered":    withAccess("the call monitor is off, and the box could dial", func(s *checkEnv) { s.box.Refuse() }),
	"switch_on":            withAccess("the box dials to switch the call monitor on", func(s *checkEnv) { s.box.Refuse(); s.switchOn = true }),
	"switch_on_not_needed": withAccess("the call monitor is on already", func(s *checkEnv) { s.switchOn = true }),
	"switch_on_nobody_lifts": withAccess("nobody lifts the phone that rings", func(s *checkEnv) {
		delete(s.routes, monitor)
		s.switchOn = true
		s.replacements = append(s.replacements, "0 min", "1 min", "0 Min.", "1 Min.")
	}),
	"switch_on_without_aid": withAccess("the dialling aid is off", func(s *checkEnv) {
		s.box.Refuse()
		s.box.DialAid(false)
		s.switchOn = true
	}),
	"switch_on_fails": withAccess("the box wants a second factor before it dials", func(s *checkEnv) {
		s.box.Refuse()
		s.box.Fail(866, "X_AVM-DE_DialNumber", 0)
		s.switchOn = true
	}),
	"switch_on_without_password": {"the box shall dial, and no password of it is known", func(s *checkEnv) {
		s.box.Refuse()
		s.switchOn = true
	}},

	"journal_ok": {"there is a journal, and a damaged one beside it", func(s *checkEnv) {
		s.journal()
		if err := os.WriteFile(s.journalPath()+".damaged-20260102T030405Z", nil, 0o600); err != nil {
			s.Fatal(err)
		}
	}},
	"trial": {"callers have been judged for long, and nobody has said what becomes of spam", func(s *checkEnv) {
		counts := `{"since":"2026-01-02T03:04:05Z","judged":120,"would_reject":7}`
		if err := os.WriteFile(filepath.Join(s.config.Data, "trial.json"), []byte(counts), 0o600); err != nil {
			s.Fatal(err)
		}
	}},
	"journal_migrates": {"the journal is of an older callporter", func(s *checkEnv) {
		first, err := os.ReadFile(filepath.Join("..", "..", "journal", "store", "schema", "1.sql"))
		if err != nil {
			s.Fatal(err)
		}
		s.database(string(first), "PRAGMA application_id = 0x636c7072", "PRAGMA user_version = 1")
	}},
	"journal_newer": {"the journal is of a newer callporter", func(s *checkEnv) {
		s.journal()
		s.database("PRAGMA user_version = 900", "PRAGMA wal_checkpoint(TRUNCATE)")
	}},
	"journal_foreign": {"the journal is a database of another program", func(s *checkEnv) { s.database("CREATE TABLE other (a)") }},
	"journal_damaged": {"the journal is damaged", func(s *checkEnv) {
		if err := os.WriteFile(s.journalPath(), []byte(strings.Repeat("no database\n", 1000)), 0o600); err != nil {
			s.Fatal(err)
		}
	}},
	"journal_locked": {"another program has locked the journal", func(s *checkEnv) {
		s.journal()
		db, err := sql.Open("sqlite", s.journalPath())
		if err != nil {
			s.Fatal(err)
		}
		c, err := db.Conn(s.Context())
		if err == nil {
			_, err = c.ExecContext(s.Context(), "BEGIN IMMEDIATE")
		}
		if err != nil {
			s.Fatal(err)
		}
		s.Cleanup(func() { c.Close(); db.Close() })
	}},
	"journal_unwritable": {"there is a directory where the journal should be", func(s *checkEnv) {
		if err := os.Mkdir(s.journalPath(), 0o700); err != nil {
			s.Fatal(err)
		}
	}},
	"journal_space": {"there is less room than the journal takes", func(s *checkEnv) {
		s.journal()
		info, err := os.Stat(s.journalPath())
		if err != nil {
			s.Fatal(err)
		}
		s.o.FreeSpace = func(string) (uint64, bool) { return 80 << 10, true }
		s.replacements = append(s.replacements, fmt.Sprintf("%d KB", info.Size()>>10), "4321 KB")
	}},
}

// otherWebServer starts a web server with TLS that is no FRITZ!Box.
func (s *checkEnv) otherWebServer(address string) {
	s.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", "nginx")
		http.NotFound(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	s.Cleanup(server.Close)
	s.routes[address] = server.Listener.Addr().String()
}

func (s *checkEnv) journalPath() string { return datadir.JournalPath(s.config.Data) }

// journal makes a journal as a gateway leaves it.
func (s *checkEnv) journal() {
	s.Helper()
	j, err := journal.Open(s.Context(), journal.Options{Path: s.journalPath()})
	if err == nil {
		err = j.Close()
	}
	if err != nil {
		s.Fatal(err)
	}
}

// database runs SQL statements on the file of the journal.
func (s *checkEnv) database(statements ...string) {
	s.Helper()
	db, err := sql.Open("sqlite", s.journalPath())
	if err != nil {
		s.Fatal(err)
	}
	defer db.Close()
	for _, statement := range statements {
		if _, err := db.ExecContext(s.Context(), statement); err != nil {
			s.Fatal(statement, err)
		}
	}
}
