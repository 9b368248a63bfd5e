package cutover

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/internal/readers"
)

// reportOthers has other engines read the table, and says whether they find the rows that we find.
func (s *Story) reportOthers(ctx context.Context, there map[int]int) (good bool, err error) {
	good = true
	for _, engine := range []readers.Engine{readers.DuckDB, readers.DeltaRS} {
		got, rows, err := askOther(ctx, engine, s.World.Table())
		if errors.Is(err, fs.ErrNotExist) {
			fmt.Fprintf(s.Out, "read by %s: not asked, its Python is not installed (make tools)\n", engine)
			continue
		} else if err != nil {
			return false, err
		}
		same := maps.Equal(got, there)
		good = good && same
		fmt.Fprintf(s.Out, "read by %s: %d rows, the same as ours: %t\n", engine, rows, same)
	}
	return good, nil
}

// askOther counts the rows of each event as another engine finds them.
func askOther(ctx context.Context, engine readers.Engine, table string) (there map[int]int, rows int, err error) {
	root := readers.Root()
	python := filepath.Join(root, ".cache", "venv", "bin", "python")
	if _, err := os.Stat(python); err != nil {
		return nil, 0, err
	}
	cmd := exec.CommandContext(ctx, python, filepath.Join(root, "internal", "cutover", "ids.py"), string(engine), table)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, 0, fmt.Errorf("%s: %w: %s", engine, err, exit.Stderr)
	} else if err != nil {
		return nil, 0, err
	}
	there = map[int]int{}
	for line := range strings.Lines(string(out)) {
		n, err := strconv.Atoi(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %w", engine, err)
		}
		there[n]++
		rows++
	}
	return there, rows, nil
}
