// Command demo builds a git history of ten commits of a small project in a folder of its own, and prints the comment that
// seamflow review makes of each: `make review-demo`.
//
// It takes nothing and gives Markdown. It calls the command as a user does; only the Makefile and its test run it.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/seamflow/seamflow/internal/cli"
)

func main() {
	dir, err := os.MkdirTemp("", "seamflow-review-demo-")
	if err == nil {
		err = run(dir, os.Stdout)
	}
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run makes the history in dir, and writes the comments.
func run(dir string, out io.Writer) error {
	back, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := os.Chdir(dir); err != nil {
		return err
	}
	defer os.Chdir(back)
	if err := git("init", "-q", "-b", "main"); err != nil {
		return err
	}
	if err := git("commit", "-q", "--allow-empty", "-m", "an empty project"); err != nil {
		return err
	}
	files := map[string]string{}
	for i, c := range history {
		if err := c.apply(files); err != nil {
			return fmt.Errorf("commit %d: %w", i+1, err)
		}
		var said bytes.Buffer
		if code := cli.Main([]string{"generate"}, &said, &said); code != 0 {
			return fmt.Errorf("commit %d: seamflow generate: exit %d\n%s", i+1, code, said.Bytes())
		}
		if err := git("add", "-A"); err != nil {
			return err
		}
		if err := git("commit", "-q", "-m", c.subject); err != nil {
			return err
		}
		var comment, problems bytes.Buffer
		if code := cli.Main([]string{"review", "--against", "git:HEAD~1", "--format", "markdown"}, &comment, &problems); code > 1 {
			return fmt.Errorf("commit %d: seamflow review: exit %d\n%s", i+1, code, problems.Bytes())
		}
		fmt.Fprintf(out, "## Commit %d: %s\n\n%s\n", i+1, c.subject, comment.Bytes())
	}
	return nil
}

func git(args ...string) error {
	cmd := exec.Command("git", append([]string{"-c", "user.name=demo", "-c", "user.email=demo@example.com", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w\n%s", args[0], err, out)
	}
	return nil
}

// apply changes files, and writes what it has changed.
func (c *commit) apply(files map[string]string) error {
	for _, e := range c.edits {
		text, ok := files[e.file]
		switch {
		case e.old == "":
			text = e.new
		case !ok || strings.Count(text, e.old) != 1:
			return fmt.Errorf("%s does not hold %q once", e.file, e.old)
		default:
			text = strings.Replace(text, e.old, e.new, 1)
		}
		files[e.file] = text
		if err := os.MkdirAll(filepath.Dir(e.file), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(e.file, []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}
