package diag

// catalogExpect explains the diagnostics of expectations, by ID.
var catalogExpect = []Entry{
	{"SF0340", "a unique expectation that cannot be kept so", "`unique` says that no two rows of a table have the same values in some columns. A view keeps no rows that a new one could be compared with, so it stands at tables. " +
		"Which of two equal rows is left out would depend on the order in which they come, so it is counted (`warn`) or stops the run (`fail`), and never drops or sets aside.\n\n" +
		"```yaml\ntables:\n  orders:\n    expectations:\n      one_per_number: {unique: [number], on_violation: fail}\n```\n\n" +
		"To keep one row of several, feed the table by `apply_changes` with these columns as `keys`."},
	{"SF0341", "unique columns that cannot be compared", "`unique` compares values as keys are compared: texts, numbers, dates, timestamps, booleans, structs and lists of these. Maps have no order and cannot be told apart reliably.\n\n" +
		"Name an entry of the map instead, selected as a column of its own in a view."},
	{"SF0342", "records set aside for a table that sets none aside", "A warning: an expectation says `on_violation: quarantine`, and the table that the record is meant for says `on_bad_record: fail`, which stops the run at every record that would be set aside.\n\n" +
		"Say `on_violation: fail` where that is meant, or let the table have `on_bad_record: quarantine`."},
}
