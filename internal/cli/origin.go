package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"golang.org/x/mod/modfile"
)

// origin is where this seamflow comes from.
type origin struct {
	version string // of the module
	source  string // its source folder, where it was not published; else ""
}

// findOrigin tells a published seamflow, whose module the go tool finds by version, from one that was built from a
// source folder, which a go.mod must name.
func findOrigin() (origin, error) {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Path == seamflow && info.Main.Sum != "" && info.Main.Replace == nil {
		return origin{version: info.Main.Version}, nil
	}
	for _, dir := range sourceCandidates() {
		if isSource(dir) {
			return origin{"v0.0.0", dir}, nil
		}
	}
	return origin{}, environment("this seamflow was built from a source folder that is not found any more", "run it from that folder, or install a published version: go install "+seamflow+"/cmd/seamflow@latest")
}

// sourceCandidates are the folders where the source may be: where the compiler saw this file, what a replace line gave,
// and above the working folder.
func sourceCandidates() []string {
	var dirs []string
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) {
		dirs = append(dirs, filepath.Dir(filepath.Dir(filepath.Dir(file))))
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Replace != nil && filepath.IsAbs(info.Main.Replace.Path) {
		dirs = append(dirs, info.Main.Replace.Path)
	}
	if dir, err := os.Getwd(); err == nil {
		for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func isSource(dir string) bool {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && modfile.ModulePath(data) == seamflow
}

// requirements are the modules that this seamflow needs, so that a new go.mod names all of them and nothing has to be
// looked up; and its go.sum. Both are of its source folder.
func (o origin) requirements() (mods []requirement, sums []byte, err error) {
	name := filepath.Join(o.source, "go.mod")
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	file, err := modfile.Parse(name, data, nil)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range file.Require {
		mods = append(mods, requirement{r.Mod.Path, r.Mod.Version})
	}
	sums, err = os.ReadFile(filepath.Join(o.source, "go.sum"))
	return mods, sums, err
}

// requirement is a line of a go.mod.
type requirement struct{ Path, Version string }
