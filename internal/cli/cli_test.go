package cli

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/mod/modfile"
)

var update = flag.Bool("update", false, "write the goldens of the scripts and the pages of docs/reference that are made from the code")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"seamflow": func() { os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs testdata/script/*.txtar, one hazard each. They have no network: what a new project needs must be in
// the module cache of whoever has built seamflow.
func TestScripts(t *testing.T) {
	if out, err := exec.Command("go", "list", "-deps", "../../cmd/seamflow", "../../runtime/app").CombinedOutput(); err != nil {
		t.Fatalf("filling the module cache: %v\n%s", err, out)
	}
	cache := goEnv(t, "GOCACHE", "GOMODCACHE", "GOPROXY")
	self, err := exec.LookPath("seamflow")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GOCACHE", cache["GOCACHE"])
			env.Setenv("GOMODCACHE", cache["GOMODCACHE"])
			env.Setenv("GOPROXY", "off")
			env.Setenv("NETWORK", cache["GOPROXY"]) // for a script that is about finding modules
			env.Setenv("GOSUMDB", "off")
			env.Setenv("GOTOOLCHAIN", "local")
			env.Setenv("SEAMFLOW", self)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits, "onejson": oneJSON, "requires": requires, "only_requires": onlyRequires, "appears": appears},
	})
}

func goEnv(t *testing.T, names ...string) map[string]string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"env", "-json"}, names...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	if err := json.Unmarshal(out, &env); err != nil {
		t.Fatal(err)
	}
	return env
}

// exits CODE COMMAND... runs a command that must end with the code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit %d, want %d\n%s%s", got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// onejson [KEY...] holds that stdout is one JSON object that has the keys, and stderr nothing.
func oneJSON(ts *testscript.TestScript, neg bool, keys []string) {
	d := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	var doc map[string]json.RawMessage
	if err := d.Decode(&doc); err != nil || d.More() {
		ts.Fatalf("not one document (%v):\n%s", err, ts.ReadFile("stdout"))
	}
	for _, k := range keys {
		if string(doc[k]) == "" || string(doc[k]) == "null" {
			ts.Fatalf("no %s in\n%s", k, ts.ReadFile("stdout"))
		}
	}
	if said := ts.ReadFile("stderr"); said != "" {
		ts.Fatalf("stderr: %s", said)
	}
}

// requires FILE makes FILE a go.mod that has all that init gives one.
func requires(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: requires go.mod")
	}
	files, _, err := newProject(ts.MkAbs("."), "example.com/demo")
	ts.Check(err)
	for _, f := range files {
		switch f.path {
		case "go.mod":
			ts.Check(os.WriteFile(ts.MkAbs(args[0]), f.data, 0o666))
		case "go.sum":
			ts.Check(os.WriteFile(filepath.Join(filepath.Dir(ts.MkAbs(args[0])), "go.sum"), f.data, 0o666))
		}
	}
}

// only_requires FROM TO writes the go.mod FROM without its indirect requirements.
func onlyRequires(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: only_requires FROM TO")
	}
	file, err := modfile.Parse(args[0], []byte(ts.ReadFile(args[0])), nil)
	ts.Check(err)
	for _, r := range file.Require {
		if r.Indirect {
			ts.Check(file.DropRequire(r.Mod.Path))
		}
	}
	file.Cleanup()
	text, err := file.Format()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), text, 0o666))
}

// appears FILE waits for a file that a command in the background writes.
func appears(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: appears FILE")
	}
	for range 600 {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s does not appear", args[0])
}

// The go line of new projects is that of seamflow's own go.mod.
func TestGoVersionIsOurs(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if file.Go.Version != goVersion {
		t.Errorf("init writes go %s, go.mod says %s", goVersion, file.Go.Version)
	}
}

// Every scaffold file is used, and every used one is there.
func TestScaffoldIsComplete(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join("..", "..", "templates", "init"))
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, s := range scaffold {
		used[s.from] = true
	}
	for _, e := range entries {
		if !used[e.Name()] {
			t.Errorf("templates/init/%s is written by nobody", e.Name())
		}
	}
	if len(entries) != len(scaffold) {
		t.Errorf("%d templates, %d files of the scaffold", len(entries), len(scaffold))
	}
}
