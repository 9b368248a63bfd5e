package readers

import (
	"errors"
	"testing"
)

// TablePath stands for the table in a statement.
const TablePath = "TABLE_PATH"

// Start starts an engine, so that Do finds it.
func Start(t testing.TB, e Engine) {
	t.Helper()
	start(t, e)
}

// Do has an engine change a Delta table or tell of it, and gives the rows of the answer. Of Spark it takes SQL, in which
// TablePath is the table; of all the name of an action: see tools/readers/serve.py. The engine must have been started.
// It is for any goroutine.
func Do(e Engine, table, what string) ([]string, error) {
	a, err := tryAsk(e, request{Path: table, Do: what})
	if err == nil && a.Error != "" {
		err = errors.New(a.Short)
	}
	return a.Rows, err
}

// TryRead gives the rows that an engine sees in a Delta table: at a version, or the newest for nil; or, held, as it was when
// Do(e, table, "hold") opened it.
func TryRead(e Engine, table string, version *int64, held bool) ([]string, error) {
	a, err := tryAsk(e, request{Path: table, Format: "delta", Version: version, Held: held})
	if err == nil && a.Error != "" {
		err = errors.New(a.Short)
	}
	return a.Rows, err
}

// Version gives the engine's own version.
func Version(t testing.TB, e Engine) string {
	t.Helper()
	start(t, e)
	rows, err := Do(e, ".", "version")
	if err != nil || len(rows) != 1 {
		t.Fatalf("%s does not tell its version: %v, %v", e, rows, err)
	}
	return rows[0]
}
