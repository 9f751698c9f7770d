package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	// The sessions and set-ups wait more than they work. -parallel still has its say.
	flag.Set("test.parallel", "4")
	testscript.Main(m, map[string]func(){"callporter": main, "stubborn": stubborn, "bare": bare})
}

// stubborn is a command that does not end in order.
func stubborn() {
	ctx, stop := signalContext()
	defer stop()
	fmt.Println("at work")
	<-ctx.Done()
	fmt.Println("asked to end")
	select {}
}

// TestScript runs the sessions of testdata. Each reads like a shell session and is
// the documentation of a subcommand. Beside testscript's own commands they have:
//
//	freeport NAME...            $NAME becomes a port that nobody uses
//	fillin FILE...              replace $NAME and ${NAME} in files
//	exits CODE COMMAND...       run a command; it has to end with this exit code
//	start NAME COMMAND...       run a command in the background; its output goes to
//	                            the files NAME.out and NAME.err, and its input stays
//	                            open
//	waitfor FILE PATTERN        wait until a file, the answer of an http:// address or
//	waitfor URL PATTERN         a message of an mqtt:// topic matches
//	retained URL                print what an mqtt:// topic filter retains, sorted
//	type NAME TEXT              type a line at a background command
//	signal INT|TERM|KILL|HUP NAME   send a signal to a background command
//	ends NAME CODE              wait until it has ended with this exit code; its
//	                            output is then stdout and stderr
//	post URL TEXT               send a text by HTTP POST and print the answer
//	listen PORT                 hold a port until the end of the session
//	https FILE                  serve a file by TLS; $HTTPS becomes its address, and
//	                            commands trust it
//	pipe CODE COMMAND...        run a command whose reader takes one line and goes
//	                            away, like head -1
//	pictured FILE SCENE...      compare a picture of docs/images with stdout
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir+"/home")
			env.Setenv("TZ", "Europe/Berlin")
			// The race detector would wait a second at the end of each process.
			env.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE"))
			env.Setenv("GOCOVERDIR", os.Getenv("GOCOVERDIR"))
			env.Values[processesKey{}] = &processes{byName: map[string]*process{}}
			env.Defer(env.Values[processesKey{}].(*processes).kill)
			return nil
		},
		Condition: func(condition string) (bool, error) {
			switch condition {
			case "signals":
				return runtime.GOOS != "windows", nil
			case "hangups": // who ignores them hands that on to what is started
				return !signal.Ignored(syscall.SIGHUP), nil
			}
			return false, fmt.Errorf("no condition is called %s", condition)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"freeport": freePort,
			"fillin":   fillIn,
			"exits":    exits,
			"german":   inGerman,
			"start":    start,
			"waitfor":  waitFor,
			"retained": printRetained,
			"type":     typeLine,
			"signal":   sendSignal,
			"ends":     ends,
			"post":     post,
			"listen":   listen,
			"https":    serveHTTPS,
			"pipe":     pipe,
			"pictured": pictured,
		},
	})
}
