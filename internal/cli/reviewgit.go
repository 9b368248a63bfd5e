package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/gen"
)

// git runs git in the working folder. It asks for nothing, writes nothing and fetches nothing.
func git(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	return cmd
}

func gitOutput(ctx context.Context, args ...string) (string, error) {
	out, err := git(ctx, args...).Output()
	return strings.TrimSuffix(string(out), "\n"), err
}

// gitVersion is a commit: its objects are read, and nothing is checked out.
func gitVersion(ctx context.Context, ref string) (*otherVersion, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return nil, environment("there is no git command here", "compare with a folder or a seamflow.lock")
	}
	top, err := gitOutput(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, usage("the working folder is in no git repository, and "+ref+" is no folder or lock file", "compare with a folder or a seamflow.lock")
	}
	prefix, err := gitOutput(ctx, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, err
	}
	commit, err := gitCommit(ctx, ref)
	if err != nil {
		return nil, err
	}
	r := &gitReader{ctx: ctx, files: map[string]gitFile{}}
	if err := r.listTree(commit); err != nil {
		return nil, err
	}
	if err := r.start(); err != nil {
		return nil, err
	}
	o := &otherVersion{words: ref, prefix: prefix, tree: gen.Tree{Label: ref + ":", ReadFile: r.read}, done: r.stop, failed: func() error { return r.err }}
	o.path = func(name string) string { return inRepository(top, prefix, name) }
	o.list = func(folder string) (names []string, err error) {
		for name := range r.files {
			if path.Dir(name) == path.Clean("./"+folder) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		return names, nil
	}
	o.walk = func(visit func(name string)) error {
		for name := range r.files {
			visit(name)
		}
		return nil
	}
	return o, nil
}

// gitCommit finds the commit of a ref; of "ref..." it is where HEAD left it.
func gitCommit(ctx context.Context, ref string) (string, error) {
	name, base := strings.CutSuffix(ref, "...")
	commit, err := gitOutput(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
	if err != nil || name == "" {
		hint := "git fetch it first: review uses no network; in CI, let the checkout have the whole history (fetch-depth: 0)"
		return "", usage("git knows no commit "+name, hint)
	}
	if !base {
		return commit, nil
	}
	commit, err = gitOutput(ctx, "merge-base", commit, "HEAD")
	if err != nil {
		return "", usage("HEAD and "+name+" have no common commit here", "let the checkout have the whole history (fetch-depth: 0)")
	}
	return commit, nil
}

// inRepository gives the path of a file of the working folder from the repository's root.
func inRepository(top, prefix, name string) string {
	if !filepath.IsAbs(name) {
		return path.Join(prefix, filepath.ToSlash(name))
	}
	for _, root := range []string{top, resolved(top)} {
		for _, full := range []string{name, resolved(name)} {
			if rel, err := filepath.Rel(filepath.FromSlash(root), full); err == nil && filepath.IsLocal(rel) {
				return filepath.ToSlash(rel)
			}
		}
	}
	return filepath.ToSlash(name)
}

func resolved(name string) string {
	if full, err := filepath.EvalSymlinks(name); err == nil {
		return full
	}
	return name
}

// gitReader reads files of a commit out of git's objects.
type gitReader struct {
	ctx   context.Context
	files map[string]gitFile
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	err   error // the first object that could not be read
}

type gitFile struct {
	object string
	link   bool
}

func (r *gitReader) listTree(commit string) error {
	out, err := git(r.ctx, "ls-tree", "-r", "-z", "--full-tree", commit).Output()
	if err != nil {
		return fmt.Errorf("git ls-tree: %w", err)
	}
	for _, entry := range bytes.Split(out, []byte{0}) {
		meta, name, ok := strings.Cut(string(entry), "\t")
		parts := strings.Fields(meta)
		if !ok || len(parts) != 3 || parts[1] != "blob" { // a submodule has its files elsewhere
			continue
		}
		r.files[name] = gitFile{parts[2], parts[0] == "120000"}
	}
	return nil
}

func (r *gitReader) start() (err error) {
	r.cmd = git(r.ctx, "cat-file", "--batch")
	if r.in, err = r.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	r.out = bufio.NewReader(out)
	return r.cmd.Start()
}

func (r *gitReader) stop() {
	_ = r.in.Close()
	_ = r.cmd.Wait()
}

// maxLinks bounds links to links.
const maxLinks = 8

func (r *gitReader) read(name string) ([]byte, error) {
	name = path.Clean(name)
	for range maxLinks {
		f, ok := r.files[name]
		if !ok {
			return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
		}
		data, err := r.object(f.object)
		if r.err == nil {
			r.err = err
		}
		if err != nil || !f.link {
			return data, err
		}
		if path.IsAbs(string(data)) {
			break
		}
		name = path.Join(path.Dir(name), string(data))
	}
	return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("a link that leads nowhere in its commit")}
}

// maxObject bounds a file: specs, schemas and generated code are far below.
const maxObject = 64 << 20

func (r *gitReader) object(id string) ([]byte, error) {
	if _, err := io.WriteString(r.in, id+"\n"); err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	head, err := r.out.ReadString('\n')
	parts := strings.Fields(head)
	if err != nil || len(parts) != 3 { // it ends where it would have to fetch
		return nil, usage("git does not have the content of object "+id, "the clone is partial or shallow: fetch all of it first; review uses no network")
	}
	size, err := strconv.Atoi(parts[2])
	if err != nil || size > maxObject {
		return nil, fmt.Errorf("git object %s is of %s bytes", id, parts[2])
	}
	data := make([]byte, size+1)
	if _, err := io.ReadFull(r.out, data); err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	return data[:size], nil
}
