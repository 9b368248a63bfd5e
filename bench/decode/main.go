// Command decode measures what it costs to decode a JSON record of some 600 bytes, by how the record is laid out: as its
// schema has it (with no white space, as Python writes it, indented), and with its members in another order, the same one in
// all records or not, and with members that no schema knows. Beside the generated decoder, which validates every member and
// makes a struct of it, stand others that make a struct, and two that make a tree of values. That all of them read the same
// is checked first. It prints a Markdown table of the best of many short runs.
//
//	cd bench && go run ./decode
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 120, "short runs of each decoder on each layout, alternated")
	flag.Parse()
	if err := compare(*rounds); err != nil {
		fmt.Fprintln(os.Stderr, "decode:", err)
		os.Exit(1)
	}
}

const records = 256

func compare(rounds int) error {
	layouts, all := layouts(), decoders()
	best := make([][]time.Duration, len(layouts))
	for i, l := range layouts {
		best[i] = make([]time.Duration, len(all))
		if err := checkEqual(l, all); err != nil {
			return err
		}
	}
	for range rounds {
		for i, l := range layouts {
			for j, d := range all {
				took, err := once(l, d)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", d.name, l.name, err)
				}
				if best[i][j] == 0 || took < best[i][j] {
					best[i][j] = took
				}
			}
		}
	}
	report(rounds, layouts, all, best)
	return nil
}

// once decodes all records a few times, and gives the shortest. A pass is short, so that some of many are not disturbed, and
// those behind the first find the processor as a decoder has it that decodes many records.
func once(l *layout, d decoder) (least time.Duration, err error) {
	for n := range 4 {
		start := time.Now()
		for _, record := range l.records {
			if err := d.decode(record); err != nil {
				return 0, err
			}
		}
		if took := time.Since(start); n == 0 || took < least {
			least = took
		}
	}
	return least, nil
}

func report(rounds int, layouts []*layout, all []decoder, best [][]time.Duration) {
	fmt.Printf("%d records; best of %d runs; %s, %s/%s\n\n", records, rounds, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fmt.Println("| layout | bytes | decoder | ns per record | MB/s | times Seamflow's |")
	fmt.Println("|---|---:|---|---:|---:|---:|")
	for i, l := range layouts {
		for j, d := range all {
			ns := float64(best[i][j].Nanoseconds()) / records
			size := float64(l.bytes()) / records
			fmt.Printf("| %s | %.0f | %s | %.0f | %.0f | %.1f |\n", l.name, size, d.name, ns, size/ns*1e3, float64(best[i][j])/float64(best[i][0]))
		}
	}
}
