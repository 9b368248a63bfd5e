package resolve

import "github.com/seamflow/seamflow/internal/model"

// markImages finds the records of change events: sources share a record's Go type, so all have to know.
func (r *resolver) markImages() {
	for i := range r.spec.Sources {
		s := &r.spec.Sources[i]
		if record := r.records[s.Schema.Value]; record != nil && s.Format().Value == model.DebeziumJSON.String() {
			record.Images = true
		}
	}
}

// eventColumns are what a source of Debezium's change events offers beside the row: the members of the envelope, and of
// its source block those that say where an event is in the database's log.
var eventColumns = []model.Column{
	{Name: "_op", Type: textType, Doc: "what happened: c (insert), u (update), d (delete), r (read by a snapshot), t (truncate)"},
	eventNumber("_ts_ms", "when the connector took the event, in milliseconds since 1970"),
	eventNumber("_ts_us", "the same in microseconds"),
	eventNumber("_ts_ns", "the same in nanoseconds"),
	eventNumber("_source_ts_ms", "when the database made the change, in milliseconds since 1970"),
	eventNumber("_source_ts_us", "the same in microseconds"),
	eventNumber("_source_ts_ns", "the same in nanoseconds"),
	eventNumber("_source_lsn", "PostgreSQL: the place in the write-ahead log"),
	eventText("_source_file", "MySQL, MariaDB: the binlog file"),
	eventNumber("_source_pos", "MySQL, MariaDB: the place in it"),
	eventNumber("_source_row", "MySQL, MariaDB: the row within the event at that place"),
	eventText("_source_scn", "Oracle: the system change number, in digits"),
	eventText("_source_commit_scn", "Oracle: that of the commit, in digits"),
	eventNumber("_source_ssn", "Oracle: the statement within that"),
	eventText("_source_change_lsn", "SQL Server, Db2: the place of the change in the log"),
	eventText("_source_commit_lsn", "SQL Server, Db2: the place of its commit"),
	eventNumber("_source_event_serial_no", "SQL Server: the event within that change"),
	eventText("_source_sequence", "what else the connector says of the order"),
	eventText("_source_tx_id", "the transaction"),
	eventText("_source_snapshot", "whether a snapshot read the row: true, false, first, last, incremental"),
	eventText("_source_db", "the database"),
	eventText("_source_schema", "the schema"),
	eventText("_source_table", "the table"),
}

var textType, numberType = &model.Type{Kind: model.String}, &model.Type{Kind: model.Int64}

func eventText(name, doc string) model.Column {
	return model.Column{Name: name, Type: textType, Nullable: true, Doc: doc}
}

func eventNumber(name, doc string) model.Column {
	return model.Column{Name: name, Type: numberType, Nullable: true, Doc: doc}
}
