package gen

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/runtime/genver"
)

// A stamp notes what a run read and what it made, so that the next run can tell by the bytes of those files alone that it
// would change nothing. It is a cache below the folder of the first spec: one that is damaged, or of another tool, or of
// other specs, is as good as none.
type stamp struct {
	Tool        string
	Specs       []string
	Inputs      []input
	Outputs     []made
	Diagnostics []diag.Diagnostic
}

// input is a file that a spec was made of: the spec itself where Name is "".
type input struct {
	Spec, Name string
	sum        sum
}

// made is a file that a run wrote, or left as it was; Name is a slash path from Folder.
type made struct{ Folder, Name string }

// sum is of a file's bytes; the zero sum is that of a file that cannot be read.
type sum [sha256.Size]byte

const (
	stampFolder = ".seamflow/generate"
	stampName   = stampFolder + "/stamp"
	ignoreName  = stampFolder + "/.gitignore"
)

// unchanged gives the result of a run that would change nothing, nil where that is not known.
func unchanged(opt *Options) *Result {
	tool := toolIdentity()
	if tool == "" || len(opt.Specs) == 0 {
		return nil
	}
	roots := folders{dir: opt.Dir}
	defer roots.close()
	first, err := roots.of(folderOf(opt.Specs[0]))
	if err != nil {
		return nil
	}
	data, err := specFolder{first}.ReadFile(stampName)
	if err != nil {
		return nil
	}
	want, body, _ := bytes.Cut(data, []byte("\n"))
	var s stamp
	if json.Unmarshal(body, &s) != nil || s.Tool != tool || !slices.Equal(s.Specs, opt.Specs) {
		return nil
	}
	var files []func() ([]byte, error)
	for _, in := range s.Inputs {
		root, err := roots.of(folderOf(in.Spec))
		if err != nil {
			return nil
		}
		files = append(files, func() ([]byte, error) {
			if in.Name == "" {
				return readSpec(opt.path(in.Spec))
			}
			return specFolder{root}.ReadFile(in.Name)
		})
	}
	res := &Result{Diagnostics: s.Diagnostics}
	for _, out := range s.Outputs {
		root, err := roots.of(out.Folder)
		if err != nil {
			return nil
		}
		files = append(files, func() ([]byte, error) { return specFolder{root}.ReadFile(out.Name) })
		res.Unchanged = append(res.Unchanged, out.path())
	}
	sums := make([]sum, len(files))
	each(len(files), func(i int) {
		if data, err := files[i](); err == nil {
			sums[i] = sha256.Sum256(data)
		}
	})
	if string(want) != seal(body, sums) {
		return nil
	}
	slices.Sort(res.Unchanged)
	return res
}

// stamp notes the run. That it cannot costs the next run its time, and this one nothing.
func (r *run) stamp(jobs []job) {
	tool := toolIdentity()
	if tool == "" || len(jobs) == 0 {
		return
	}
	s := stamp{Tool: tool, Specs: r.opt.Specs, Diagnostics: r.result.Diagnostics}
	var sums []sum
	for i := range jobs {
		for _, in := range jobs[i].inputs {
			s.Inputs = append(s.Inputs, in)
			sums = append(sums, in.sum)
		}
	}
	outputs := slices.Concat(r.files, r.locked)
	ofOutputs := make([]sum, len(outputs))
	each(len(outputs), func(i int) { ofOutputs[i] = sha256.Sum256(outputs[i].data) })
	for _, f := range outputs {
		s.Outputs = append(s.Outputs, f.made)
	}
	sums = append(sums, ofOutputs...)
	body, err := json.Marshal(s)
	if err != nil {
		return
	}
	first, err := r.roots.of(folderOf(r.opt.Specs[0]))
	if err != nil {
		return
	}
	if replace(first, ignoreName, []byte("*\n")) == nil {
		_ = replace(first, stampName, slices.Concat([]byte(seal(body, sums)+"\n"), body))
	}
}

// seal is what changes with the stamp and with each of its files.
func seal(body []byte, sums []sum) string {
	h := sha256.New()
	for i := range sums {
		h.Write(sums[i][:])
	}
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// toolIdentity changes with every build of this program. The head of the file holds the go tool's build ID.
func toolIdentity() string {
	name, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	h := sha256.New()
	if _, err := io.CopyN(h, f, 64<<10); err != nil && err != io.EOF {
		return ""
	}
	build, _ := debug.ReadBuildInfo()
	fmt.Fprintln(h, Version, genver.Version, info.Size(), info.ModTime().UnixNano(), build)
	return hex.EncodeToString(h.Sum(nil))
}
