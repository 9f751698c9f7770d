package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/callporter/callporter/internal/testkit"
)

// deadline bounds every wait of a session; it only passes when something is wrong.
const deadline = 30 * time.Second

var background = testkit.Background(deadline)

// process is a command that runs in the background.
type process struct {
	cmd      *exec.Cmd
	in       io.WriteCloser
	out, err *os.File
	done     chan struct{} // closed when it has ended
}

type processes struct{ byName map[string]*process }

type processesKey struct{}

func processesOf(ts *testscript.TestScript) *processes { return ts.Value(processesKey{}).(*processes) }

func (j *processes) kill() {
	for _, one := range j.byName {
		one.cmd.Process.Kill()
		<-one.done
	}
}

func (j *processes) find(ts *testscript.TestScript, name string) *process {
	one, ok := j.byName[name]
	if !ok {
		ts.Fatalf("nothing was started as %s", name)
	}
	return one
}

// command makes a command with those variables of the session that callporter reads.
func command(ts *testscript.TestScript, args []string) *exec.Cmd {
	path, err := exec.LookPath(args[0])
	ts.Check(err)
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TMP", "SYSTEMROOT", "TZ", "GORACE", "GOCOVERDIR", "CALLPORTER_CONFIG", "CALLPORTER_DATA", "CALLPORTER_BROKER_USERS", "CALLPORTER_BROKER_USERS_FILE"} {
		if value := ts.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	return cmd
}

func usage(ts *testscript.TestScript, neg bool, ok bool, text string) {
	if neg || !ok {
		ts.Fatalf("usage: %s", text)
	}
}

func start(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 2, "start NAME COMMAND...")
	all, name := processesOf(ts), args[0]
	if old := all.byName[name]; old != nil {
		select {
		case <-old.done:
		default:
			ts.Fatalf("%s is still running", name)
		}
	}
	one := &process{cmd: command(ts, args[1:]), done: make(chan struct{})}
	var err error
	one.out, err = os.Create(ts.MkAbs(name + ".out"))
	ts.Check(err)
	one.err, err = os.Create(ts.MkAbs(name + ".err"))
	ts.Check(err)
	one.cmd.Stdout, one.cmd.Stderr = one.out, one.err
	one.in, err = one.cmd.StdinPipe() // stays open, like a terminal
	ts.Check(err)
	ts.Check(one.cmd.Start())
	all.byName[name] = one
	go func() {
		one.cmd.Wait() // its exit code is looked at by ends
		one.out.Close()
		one.err.Close()
		close(one.done)
	}()
}

func typeLine(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2, "type NAME TEXT")
	_, err := io.WriteString(processesOf(ts).find(ts, args[0]).in, args[1]+"\n")
	ts.Check(err)
}

func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2, "signal INT|TERM|KILL|HUP NAME")
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "KILL": os.Kill, "HUP": syscall.SIGHUP}
	ts.Check(processesOf(ts).find(ts, args[1]).cmd.Process.Signal(signals[args[0]]))
}

func ends(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2, "ends NAME CODE")
	one := processesOf(ts).find(ts, args[0])
	select {
	case <-one.done:
	case <-time.After(deadline):
		ts.Fatalf("%s does not end:\n%s", args[0], ts.ReadFile(args[0]+".err"))
	}
	fmt.Fprint(ts.Stdout(), ts.ReadFile(args[0]+".out"))
	fmt.Fprint(ts.Stderr(), ts.ReadFile(args[0]+".err"))
	if got := one.cmd.ProcessState.ExitCode(); strconv.Itoa(got) != args[1] {
		ts.Fatalf("%s ended with exit code %d (%v), want %s:\n%s", args[0], got, one.cmd.ProcessState, args[1], ts.ReadFile(args[0]+".err"))
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 2, "exits CODE COMMAND...")
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// pipe runs a command in front of a reader like head -1.
func pipe(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 2, "pipe NAME COMMAND...")
	cmd := command(ts, args[1:])
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	late := time.AfterFunc(deadline, func() { cmd.Process.Kill() })
	defer late.Stop()
	line, err := bufio.NewReader(out).ReadString('\n')
	ts.Check(err)
	ts.Check(out.Close())
	cmd.Wait()
	fmt.Fprint(ts.Stdout(), line)
	fmt.Fprint(ts.Stderr(), complaints.String())
	if got := strconv.Itoa(cmd.ProcessState.ExitCode()); got != args[0] {
		ts.Fatalf("exit code %s (%v), want %s", got, cmd.ProcessState, args[0])
	}
}

// nextPort counts through the ports below those that the system uses for outgoing
// connections, from a random one, so that no two sessions get the same.
var nextPort atomic.Int32

const lowestPort, ports = 20000, 12000

func init() { nextPort.Store(rand.Int32N(ports)) }

func freePort(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) > 0, "freeport NAME...")
	for _, name := range args {
		for tried := 0; ; tried++ {
			port := strconv.Itoa(lowestPort + int(nextPort.Add(1))%ports)
			l, err := net.Listen("tcp", "127.0.0.1:"+port)
			if err != nil && tried < 100 {
				continue
			}
			ts.Check(err)
			ts.Check(l.Close())
			ts.Setenv(name, port)
			break
		}
	}
}

func fillIn(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) > 0, "fillin FILE...")
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

func listen(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 1, "listen PORT")
	l, err := net.Listen("tcp", "127.0.0.1:"+args[0])
	ts.Check(err)
	ts.Defer(func() { l.Close() })
}
