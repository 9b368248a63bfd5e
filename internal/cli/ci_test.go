package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// workflow is what the test looks at of .github/workflows/review.yml.
type workflow struct {
	On struct {
		Call struct {
			Inputs map[string]struct {
				Type    string
				Default any
			}
		} `yaml:"workflow_call"`
	}
	Jobs map[string]struct {
		Steps []struct {
			Name, ID, Uses, Run string
			Env                 map[string]string
		}
	}
}

// branched is a repository whose main branch has a pipeline, and whose branch changes its key.
func branched(t *testing.T) (dir string, git func(args ...string) string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	dir = t.TempDir()
	git = func(args ...string) string {
		cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	const spec = "pipeline: a\nschemas: {R: r.schema.json}\nsources: {s: {schema: R, files: {path: x, format: json}}}\ntables: {t: {delta: {path: t}}}\n" +
		"flows: {f: {apply_changes: {target: t, source: s, keys: [id], sequence_by: n}}}\n"
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q", "-b", "main")
	write("r.schema.json", `{"type": "object", "required": ["id", "n"], "properties": {"id": {"type": "string"}, "n": {"type": "integer"}}}`)
	write("a.yaml", spec)
	seamflow := exec.Command("seamflow", "generate")
	seamflow.Dir = dir
	if out, err := seamflow.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	git("add", "-A")
	git("commit", "-q", "-m", "one")
	git("update-ref", "refs/remotes/origin/main", "HEAD")
	git("checkout", "-q", "-b", "branch")
	write("a.yaml", strings.Replace(spec, "[id]", "[id, n]", 1))
	return dir, git
}

// The script of the reusable workflow does what it is for: annotations, a comment, and the code for the last step.
func TestReviewWorkflow(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	text, err := os.ReadFile(filepath.Join("..", "..", ".github", "workflows", "review.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var w workflow
	if err := yaml.Unmarshal(text, &w); err != nil {
		t.Fatal(err)
	}
	dir, git := branched(t)
	git("commit", "-q", "-a", "-m", "two")
	ran := false
	for _, s := range w.Jobs["review"].Steps {
		if strings.Contains(s.Run, "${{") {
			t.Errorf("step %s: what others may choose is part of the script", s.Name)
		}
		if s.Name == "comment" {
			commentStep(t, bash, s.Run)
		}
		if s.ID != "review" {
			continue
		}
		ran = true
		for name, value := range s.Env {
			input := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(value, "${{ inputs."), "}}"))
			if _, ok := w.On.Call.Inputs[input]; !ok && !strings.Contains(value, "github.base_ref") {
				t.Errorf("%s is %s, and there is no such input", name, value)
			}
		}
		for failOn, code := range map[string]string{"refresh": "1", "refuse": "0"} {
			temp := t.TempDir()
			output, summary := filepath.Join(temp, "output"), filepath.Join(temp, "summary")
			cmd := exec.Command(bash, "-eo", "pipefail", "-c", s.Run)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "SEAMFLOW=seamflow", "AGAINST=", "BASE=main", "FAIL_ON="+failOn, "SPECS=", "RUNNER_TEMP="+temp, "GITHUB_OUTPUT="+output, "GITHUB_STEP_SUMMARY="+summary)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if !strings.Contains(string(out), "::error file=a.yaml,line=5,col=51,title=SF0920%3A refresh%3A a key column was added::") {
				t.Errorf("no annotation in\n%s", out)
			}
			for name, want := range map[string]string{output: "code=" + code + "\n", summary: "### seamflow review: refresh", filepath.Join(temp, "seamflow-review.md"): "### seamflow review: refresh"} {
				have, err := os.ReadFile(name)
				if err != nil || !strings.Contains(string(have), want) {
					t.Errorf("%s: no %q in %q (%v)", filepath.Base(name), want, have, err)
				}
			}
		}
	}
	if !ran {
		t.Error("there is no step review")
	}
}

// commentStep runs the step that comments, with a gh of ours: a comment that is there is written anew.
func commentStep(t *testing.T, bash, script string) {
	for found, want := range map[string]string{
		"":      "pr comment 7 --body-file c.md\n",
		"1\n22": "api --silent --method PATCH repos/o/r/issues/comments/22 -F body=@c.md\n",
	} {
		dir := t.TempDir()
		gh := "#!" + bash + "\nif [ \"$2\" = --paginate ]; then printf '" + found + "'; else echo \"$@\" >> " + dir + "/calls; fi\n"
		if err := os.WriteFile(filepath.Join(dir, "gh"), []byte(gh), 0o777); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(bash, "-eo", "pipefail", "-c", script)
		cmd.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), "GH_REPO=o/r", "PULL_REQUEST=7", "COMMENT=c.md")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if calls, err := os.ReadFile(filepath.Join(dir, "calls")); err != nil || string(calls) != want {
			t.Errorf("gh was called %q (%v), want %q", calls, err, want)
		}
	}
}

// The hooks for pre-commit run, and fail where they have to.
func TestPreCommitHooks(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", ".pre-commit-hooks.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var hooks []struct {
		ID, Name, Entry, Language, Files string
		PassFilenames                    *bool `yaml:"pass_filenames"`
	}
	if err := yaml.Unmarshal(text, &hooks); err != nil {
		t.Fatal(err)
	}
	dir, git := branched(t)
	for _, h := range hooks {
		words := strings.Fields(h.Entry)
		if h.ID == "" || h.Name == "" || h.Language != "system" || h.PassFilenames == nil || *h.PassFilenames || strings.Join(words[:3], " ") != "go tool seamflow" {
			t.Errorf("%+v", h)
			continue
		}
		run := func() int {
			cmd := exec.Command("seamflow", words[3:]...)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			if err != nil && cmd.ProcessState == nil {
				t.Fatal(err)
			}
			if code := cmd.ProcessState.ExitCode(); code > 1 {
				t.Errorf("%s: exit %d\n%s", h.ID, code, out)
			}
			return cmd.ProcessState.ExitCode()
		}
		if run() != 1 {
			t.Errorf("%s finds nothing", h.ID)
		}
		git("stash", "-q")
		if run() != 0 {
			t.Errorf("%s finds something where nothing changed", h.ID)
		}
		git("stash", "pop", "-q")
	}
	if len(hooks) != 2 {
		t.Errorf("%d hooks", len(hooks))
	}
}
