package main

import (
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/seamflow/seamflow/bench/measure"
)

// engines are what Seamflow is compared with, out of two Python environments: that of the contest has the newest versions,
// that of the tests has what reads Delta tables, and Spark.
type engines struct{ repo string }

func (e engines) install() error {
	if err := measure.Command(e.repo, "tools/python/install.sh", "bench/orders", "bench-venv"); err != nil {
		return err
	}
	return measure.Command(e.repo, "tools/python/install.sh")
}

func (e engines) script() string { return filepath.Join(e.repo, "bench", "orders", "others.py") }

// reader is the Python that reads Delta tables.
func (e engines) reader() string { return filepath.Join(e.repo, ".cache", "venv", "bin", "python") }

func (e engines) python(form string) string {
	if strings.HasPrefix(form, "spark-") {
		return e.reader()
	}
	return filepath.Join(e.repo, ".cache", "bench-venv", "bin", "python")
}

// name is the engine's with its version, and the form of the query.
func (e engines) name(form string) string {
	engine, query, _ := strings.Cut(form, "-")
	version, err := exec.Command(e.python(form), e.script(), "version", form).Output()
	if err != nil {
		version = []byte("of unknown version")
	}
	return titles[engine] + " " + strings.TrimSpace(string(version)) + ", " + query + ", Parquet file"
}

var titles = map[string]string{"duckdb": "DuckDB", "clickhouse": "ClickHouse (chdb)", "polars": "polars", "spark": "Spark"}
