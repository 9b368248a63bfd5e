package column

// ColumnStats are the bounds of a leaf that is not under a list or map, over all rows of a file.
type ColumnStats struct {
	Path  []string // names from the column down
	Type  Type
	Nulls int64 // entries without a value
	// Min and Max are bounds as JSON values of Delta's statistics, "" when there are none: strings may be shortened,
	// floats with a NaN have none.
	Min, Max string
}

// StatsJSON is the statistics of a file as the log's add action holds them.
func (f *FileInfo) StatsJSON() string { return "" }
