// Command gen writes orders of any number in the shape of this example: the same seed and flags give the same bytes.
//
//	go run ./online_orders/gen -rows 1000000 -out /tmp/orders
//	go run ../cmd/seamflow run online_orders/online_orders.yaml -- --available-now --data /tmp/orders
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	var p Plan
	flag.IntVar(&p.Rows, "rows", 1_000_000, "records in all")
	flag.IntVar(&p.Keys, "keys", 0, "orders that the records speak of (default a quarter of rows)")
	flag.Float64Var(&p.Duplicates, "duplicates", 0.05, "share of records that repeat an earlier one byte for byte")
	flag.Float64Var(&p.Late, "late", 0.10, "share of records that are older than what came before them")
	flag.Float64Var(&p.Incomplete, "incomplete", 0.20, "share of records with another status than complete")
	flag.Float64Var(&p.Broken, "broken", 0.001, "share of records with a broken lastUpdateTime")
	flag.Float64Var(&p.Legacy, "legacy", 0.20, "share of records that the old system left")
	flag.IntVar(&p.FileRows, "file-rows", 100_000, "records a file")
	flag.Uint64Var(&p.Seed, "seed", 1, "seed")
	out := flag.String("out", "", "folder to write data/online and data/legacy under (required)")
	flag.Parse()
	if *out == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := p.Write(*out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}
