package diag

// catalogCDC explains the diagnostics of AUTO CDC's options, by ID.
var catalogCDC = []Entry{
	{"SF0325", "history of a table that keeps none", "`track_history_column_list` and `track_history_except_column_list` say which columns' change makes a version. SCD type 1 keeps the newest row only.\n\n" +
		"```yaml\napply_changes: {target: orders, source: s, keys: [id], sequence_by: at, track_history_column_list: [status]}   # SF0325\n```\n\n" +
		"Say `stored_as_scd_type: 2`, or take the list out. Which columns the table has is said by `column_list` and `except_column_list`."},
	{"SF0326", "NULLs that cannot be ignored", "With `ignore_null_updates` a NULL of an event keeps the value that is there. A key is never NULL, so it cannot be in the list, and of the other columns one at least must be left.\n\n" +
		"```yaml\napply_changes: {target: orders, source: s, keys: [id], sequence_by: at, ignore_null_updates: [id]}   # SF0326\n```\n\n" +
		"`ignore_null_updates: true` is of all columns but the keys."},
	{"SF0327", "a truncate of a history", "`apply_as_truncates` takes away every row that is older than the event. SCD type 2 keeps all versions, and what a truncate would mean for them is not defined, in Databricks neither.\n\n" +
		"Let the table be of SCD type 1, or close the versions of single keys with `apply_as_deletes`."},
	{"SF0328", "what full extracts do not go with", "`apply_changes_from_snapshot` makes the table what each extract says: keys that an extract does not have are deleted. So no other flow can feed the table, a topic is none (it has no end), `once: true` has no meaning, " +
		"and a file that was taken is not read again when it changes (`on_change: reread`).\n\n" +
		"```yaml\nflows:\n  nightly: {apply_changes_from_snapshot: {target: customers, source: extracts, keys: [id], version_by: _file_modification_time}}\n  live: {apply_changes: {target: customers, source: changes, keys: [id], sequence_by: at}}   # SF0328\n```\n\n" +
		"Give each flow a table of its own, and each extract a file of its own."},
	{"SF0329", "a version that is not the extract's", "`version_by` puts full extracts in order, so it is known of a file before a record of it is read: an expression over `_file_path` and `_file_modification_time`, and over nothing else. All files of one version are one extract.\n\n" +
		"```yaml\nversion_by: _file_modification_time\nversion_by: SUBSTR(_file_path, 10, 10)   # data/dump_2024-05-01.json\nversion_by: created                      # SF0329: a column of the records\n```\n\n" +
		"A view between source and flow passes the two columns on by name: `SELECT *, _file_path FROM extracts`."},
	{"SF0330", "a history that forgets deletes", "`tombstone_retention` lets a table forget deletes that are older. In SCD type 2 a delete is the end of a version, which the table holds like any other value: there is nothing to forget.\n\n" +
		"Take the option out. In SCD type 1 it bounds what is remembered of keys that are gone."},
}
