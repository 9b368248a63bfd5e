package measure

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// Contestant is a program that is measured beside others.
type Contestant struct {
	Name string
	// Run does the work once, in an empty folder, and leaves there what it made.
	Run func(out string) (Figures, error)
	// Runs are the figures so far.
	Runs []Figures
}

// Alternate has each contestant run so many times, one after the other in turn, so that what else the machine does falls on
// all of them. The last run of contestant i leaves what it made in dir/i.
func Alternate(runs int, dir string, all ...*Contestant) error {
	if runs < 1 {
		return errors.New("there must be one run at least")
	}
	for n := range runs {
		for i, c := range all {
			out := Folder(dir, i)
			if err := cmp.Or(os.RemoveAll(out), os.MkdirAll(out, 0o755)); err != nil {
				return err
			}
			f, err := c.Run(out)
			if err != nil {
				return fmt.Errorf("%s: %w", c.Name, err)
			}
			c.Runs = append(c.Runs, f)
			fmt.Fprintf(os.Stderr, "run %d of %d: %s: %s\n", n+1, runs, c.Name, f)
		}
	}
	return nil
}

// Folder is where contestant i works.
func Folder(dir string, i int) string { return filepath.Join(dir, fmt.Sprint(i)) }

// Spread is the least and the median of what of gives of the runs, of which there are some.
func (c *Contestant) Spread(of func(Figures) float64) (least, median float64) {
	v := make([]float64, len(c.Runs))
	for i, f := range c.Runs {
		v[i] = of(f)
	}
	slices.Sort(v)
	return v[0], v[len(v)/2]
}

// Least is the least of what of gives of the runs.
func (c *Contestant) Least(of func(Figures) float64) float64 {
	least, _ := c.Spread(of)
	return least
}

// Table writes a Markdown table of seconds and memory, minimum and (median), with what each takes in terms of the first.
func Table(w io.Writer, all ...*Contestant) {
	fmt.Fprintln(w, "| | CPU s | wall s | peak RSS MiB | CPU, times the first's | wall, times the first's |")
	fmt.Fprintln(w, "|---|---:|---:|---:|---:|---:|")
	for _, c := range all {
		fmt.Fprintf(w, "| %s | %s | %s | %s | %.1f | %.1f |\n", c.Name,
			c.cell(Figures.CPUSeconds, "%.2f (%.2f)"), c.cell(Figures.WallSeconds, "%.2f (%.2f)"), c.cell(Figures.PeakMiB, "%.0f (%.0f)"),
			c.Least(Figures.CPUSeconds)/all[0].Least(Figures.CPUSeconds), c.Least(Figures.WallSeconds)/all[0].Least(Figures.WallSeconds))
	}
}

func (c *Contestant) cell(of func(Figures) float64, format string) string {
	least, median := c.Spread(of)
	return fmt.Sprintf(format, least, median)
}
