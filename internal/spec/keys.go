package spec

// form is what a key's value looks like.
type form uint8

const (
	formText       form = iota + 1 // free text
	formName                       // the name of something declared elsewhere
	formPackage                    // a Go package name
	formFile                       // a path relative to the spec's folder
	formSchemaFile                 // the same, with or without #fragment
	formConnection                 // text that may hold ${NAME} and ${NAME:-default}
	formSQL
	formSQLs // SQL or a list of it
	formBool
	formCount // an integer from 1
	formDuration
	formSize
	formChoice  // one of key.values
	formColumns // a list of column names
	formNames   // a list of names of things declared elsewhere
	formBoolOrColumns
	formConnections    // formConnection, or a list of it
	formTimestamp      // a date, or a date and time
	formOffsets        // a mapping of partitions to offsets
	formChoiceOrObject // one of key.values, or key.object
	formObject         // key.object
	formView           // SQL, or key.object
	formEntries        // a mapping of names of ours to key.elem
)

// key is one key of a mapping: this table is what the parser reads by and what the editors' JSON Schema is made from.
type key struct {
	name        string
	form        form
	required    bool
	later       bool     // known, and answered by "not supported by this version"
	values      []string // formChoice, formChoiceOrObject
	laterValues []string // formChoice: known, and not supported by this version
	zero        bool     // formDuration: 0s is a value
	object      *object  // formObject, formView, formChoiceOrObject
	elem        *key     // formEntries
	doc         string
}

// object is a mapping with fixed keys.
type object struct {
	id     string // its name in the JSON Schema
	doc    string
	keys   []key
	choice []string   // exactly one of these keys is there
	atMost [][]string // of each group at most one key is there
}

func (o *object) find(name string) *key {
	for i := range o.keys {
		if o.keys[i].name == name {
			return &o.keys[i]
		}
	}
	return nil
}

func (o *object) names() []string {
	names := make([]string, len(o.keys))
	for i := range o.keys {
		names[i] = o.keys[i].name
	}
	return names
}

func mapping(id, doc string, keys ...key) *object { return &object{id: id, doc: doc, keys: keys} }

// later makes keys that belong to the spec and that this version cannot follow.
func later(names ...string) []key {
	keys := make([]key, len(names))
	for i, n := range names {
		keys[i] = key{name: n, later: true}
	}
	return keys
}

func with(o *object, more []key) *object {
	o.keys = append(o.keys, more...)
	return o
}

var pipelineObject = mapping("pipeline", "A Seamflow pipeline.",
	key{name: "pipeline", form: formName, required: true, doc: "The pipeline's name: letters, digits and _."},
	key{name: "go", form: formObject, object: goObject, doc: "Where generated code goes; by default package and folder are named after the pipeline."},
	key{name: "schemas", form: formEntries, doc: "Record types by name.",
		elem: &key{form: formSchemaFile, doc: "A .json (JSON Schema), .avsc (Avro) or .parquet file below the spec's folder, with or without #fragment."}},
	key{name: "sources", form: formEntries, doc: "Where records come from, by name.", elem: &key{form: formObject, object: sourceObject}},
	key{name: "views", form: formEntries, doc: "SELECTs over sources and views, by name.", elem: &key{form: formView, object: viewObject}},
	key{name: "tables", form: formEntries, doc: "Streaming tables, by name.", elem: &key{form: formObject, object: tableObject}},
	key{name: "flows", form: formEntries, doc: "What moves rows into tables, by name.", elem: &key{form: formObject, object: flowObject}},
	key{name: "trigger", form: formObject, object: triggerObject, doc: "Bounds of a micro-batch."},
	key{name: "targets", form: formEntries, doc: "Other connection values under a name, chosen with --target.",
		elem: &key{form: formEntries, doc: "Connection values by dotted path, such as sources.orders.files.path.", elem: &key{form: formConnection}}},
)

var goObject = mapping("go", "Where generated code goes.",
	key{name: "package", form: formPackage, doc: "Package name; by default the pipeline's."},
	key{name: "out", form: formFile, doc: "Folder relative to the spec; by default ./ and the pipeline's name."},
)

var sourceObject = func() *object {
	o := with(mapping("source", "Where records come from.",
		key{name: "schema", form: formName, required: true, doc: "The record type, one of schemas."},
		key{name: "files", form: formObject, object: filesObject, doc: "A folder, watched for new files."},
		key{name: "kafka", form: formObject, object: kafkaObject, doc: "A topic of Apache Kafka."},
		key{name: "rescue", form: formBool, doc: "Keep unknown top-level fields as JSON text in _rescued_data."},
	), later("table", "delta"))
	o.choice = []string{"files", "kafka", "table", "delta"}
	return o
}()

var filesObject = mapping("files", "A folder, watched for new files.",
	key{name: "path", form: formConnection, required: true, doc: "Glob relative to --data: *, ?, […], {a,b}, **."},
	key{name: "format", form: formChoice, required: true, values: []string{"json", "csv", "debezium-json", "parquet"}, laterValues: []string{"avro"},
		doc: "json: one value a line, or an array. csv: with a header. debezium-json: change events, one a line; files of these that end in .gz and .zst are unpacked. parquet: whole files, whoever wrote them."},
	key{name: "multiline", form: formBool, doc: "JSON values may span lines."},
	key{name: "settle", form: formDuration, zero: true, doc: "A file is taken once it has not been written to for so long (1s); 0s says that writers rename files into place."},
	key{name: "max_files_per_batch", form: formCount, doc: "At most so many files in one commit."},
	key{name: "on_change", form: formChoice, values: []string{"report", "reread"}, doc: "What to do with a file that changed after it was read (report)."},
	key{name: "allow_empty", form: formBool, doc: "For once flows: an empty source is no error."},
)

var kafkaObject = mapping("kafka", "A topic of Apache Kafka.",
	key{name: "brokers", form: formConnections, required: true, doc: "host:port of brokers to start from, separated by commas, or a list of them."},
	key{name: "topic", form: formConnection, required: true, doc: "The topic's name."},
	key{name: "format", form: formChoice, required: true, values: []string{"json", "debezium-json", "avro"},
		doc: "What a message's value is. json: one JSON object. debezium-json: a change event. avro: Avro's binary encoding."},
	key{name: "schema_registry", form: formConnection, doc: "URL of a schema registry: messages have Confluent's frame (a zero byte and a schema id)."},
	key{name: "start", form: formChoiceOrObject, values: []string{"earliest", "latest"}, object: startObject,
		doc: "Where a partition is read from that the flow has not read before (earliest)."},
	key{name: "on_lost_offsets", form: formChoice, values: []string{"fail", "earliest"},
		doc: "When the topic no longer holds what is to be read next: stop (fail), or go on with the earliest record that is there, and say how many are lost."},
	key{name: "group", form: formConnection, doc: "Consumer group by which processes share the partitions; by default it is named after pipeline and flow."},
	key{name: "commit_offsets", form: formBool, doc: "Tell that group where the flow stands, for tools that show lag. Nothing is ever read from there."},
	key{name: "timeout", form: formDuration, doc: "How long to wait for brokers that do not answer (30s)."},
	key{name: "sasl", form: formObject, object: saslObject, doc: "How to log in."},
	key{name: "tls", form: formObject, object: tlsObject, doc: "Encrypt connections; {} trusts the system's roots."},
)

var startObject = func() *object {
	o := mapping("start", "Where a partition is read from that the flow has not read before.",
		key{name: "timestamp", form: formTimestamp, doc: "The first record of this time or later; without a zone it is UTC."},
		key{name: "offsets", form: formOffsets, doc: "The first offset, by partition; partitions that are not named start at the earliest."},
	)
	o.choice = []string{"timestamp", "offsets"}
	return o
}()

var saslObject = mapping("sasl", "How to log in.",
	key{name: "mechanism", form: formChoice, required: true, values: []string{"plain", "scram-sha-256", "scram-sha-512"}, doc: "As the brokers ask for."},
	key{name: "username", form: formConnection, required: true, doc: "The user's name."},
	key{name: "password", form: formConnection, required: true, doc: "${NAME}: a password is not written into a spec."},
)

var tlsObject = mapping("tls", "Encrypted connections. Files are PEM, relative to --data.",
	key{name: "ca", form: formConnection, doc: "Certificates to trust; by default the system's."},
	key{name: "cert", form: formConnection, doc: "The client's certificate, with key."},
	key{name: "key", form: formConnection, doc: "Its private key."},
	key{name: "server_name", form: formConnection, doc: "The name in the brokers' certificates, where it is not the host's."},
)

var expectationObject = func() *object {
	o := mapping("expectation", "A rule that rows must meet.",
		key{name: "expect", form: formSQL, doc: "A condition: a row meets it where it is TRUE."},
		key{name: "unique", form: formColumns, doc: "Tables only: no two rows have the same values in these columns."},
		key{name: "on_violation", form: formChoice, values: []string{"warn", "drop", "fail", "quarantine"},
			doc: "Count the row and keep it (warn), leave it out (drop), stop with nothing of the batch applied (fail), or set its record aside (quarantine)."},
	)
	o.choice = []string{"expect", "unique"}
	return o
}()

var viewObject = with(mapping("view", "A SELECT over sources and views.",
	key{name: "sql", form: formSQL, required: true, doc: "SELECT … FROM one source or view, WHERE, UNION ALL."},
	key{name: "expectations", form: formEntries, elem: &key{form: formObject, object: expectationObject}, doc: "What the view's rows must be like, by name."},
), later("comment"))

var tableObject = mapping("table", "A streaming table; its columns come from its flows.",
	key{name: "delta", form: formObject, required: true, object: deltaObject, doc: "The Delta table that holds the rows."},
	key{name: "partition_by", form: formColumns, doc: "Files hold rows of one value of these columns each: few columns of few values."},
	key{name: "cluster_by", form: formColumns, doc: "Rows lie in files in the order of these columns, so that readers pass over what they do not ask for."},
	key{name: "comment", form: formText, doc: "Shown by engines that read the table."},
	key{name: "on_bad_record", form: formChoice, values: []string{"quarantine", "fail"}, doc: "Set a bad record aside and go on (quarantine), or stop with nothing of the batch applied."},
	key{name: "on_tie", form: formChoice, values: []string{"count", "fail"}, doc: "Same key and sequence, different rows: count it and go on (count), or stop."},
	key{name: "updates", form: formChoice, values: []string{"deletion_vectors", "rewrite"}, doc: "How apply_changes replaces a row: by marking the old one (deletion_vectors), or by writing its file anew, for readers that know no deletion vectors."},
	key{name: "tombstone_retention", form: formDuration, doc: "SCD type 1: forget deletes that are older; a record that is later still brings its row back. By default nothing is forgotten."},
	key{name: "expectations", form: formEntries, elem: &key{form: formObject, object: expectationObject}, doc: "What the table's rows must be like, by name."},
	key{name: "was", form: formName, doc: "The table's earlier name."},
	key{name: "accept", form: formObject, object: acceptObject, doc: "What is known of the flows' predicates and wanted, with the reason."},
)

var acceptObject = mapping("accept", "What is known of the flows' predicates and wanted.",
	key{name: "gap", form: formText, doc: "Why rows may be taken by no flow."},
	key{name: "overlap", form: formText, doc: "Why rows may be taken by two flows."},
	key{name: "unproved", form: formText, doc: "Why it need not be proved that neither happens."},
)

var deltaObject = mapping("delta", "A Delta table.",
	key{name: "path", form: formConnection, required: true, doc: "Folder relative to --data."},
)

var flowObject = func() *object {
	o := mapping("flow", "What moves rows into a table.",
		key{name: "apply_changes", form: formObject, object: applyObject, doc: "Keep the newest row of each key."},
		key{name: "apply_changes_from_snapshot", form: formObject, object: snapshotObject, doc: "Make the table what each full extract says."},
		key{name: "append_flow", form: formObject, object: appendObject, doc: "Add every row."},
		key{name: "once", form: formBool, doc: "Read what is there at the first run, to the end, and never again."},
		key{name: "depends_on", form: formNames, doc: "Flows that come first: a once flow until it is done, another until it has read what there was at the start."},
		key{name: "was", form: formName, doc: "The flow's earlier name: it goes on from that one's progress."},
	)
	o.choice = []string{"apply_changes", "apply_changes_from_snapshot", "append_flow"}
	return o
}()

// Keys that apply_changes and apply_changes_from_snapshot share.
var (
	keysKey          = key{name: "keys", form: formColumns, required: true, doc: "The columns that make a row's identity."}
	scdKey           = key{name: "stored_as_scd_type", form: formChoice, values: []string{"1", "2"}, doc: "1: the newest row only. 2: every version, with __START_AT and __END_AT."}
	columnListKey    = key{name: "column_list", form: formColumns, doc: "The columns that the table has."}
	exceptColumnsKey = key{name: "except_column_list", form: formColumns, doc: "The columns that the table does not have."}
	trackKey         = key{name: "track_history_column_list", form: formColumns, doc: "SCD type 2: the columns whose change makes a version."}
	exceptTrackKey   = key{name: "track_history_except_column_list", form: formColumns, doc: "SCD type 2: the columns whose change makes no version."}

	columnLists = []string{"column_list", "except_column_list"}
	trackLists  = []string{"track_history_column_list", "track_history_except_column_list"}
)

var applyObject = func() *object {
	o := mapping("apply_changes", "Keep the newest row of each key, or every version of it.",
		key{name: "target", form: formName, required: true, doc: "One of tables."},
		key{name: "source", form: formName, required: true, doc: "One of sources or views."},
		keysKey,
		key{name: "sequence_by", form: formSQLs, required: true, doc: "Which event is newest: an expression, or a list of them."},
		scdKey,
		key{name: "apply_as_deletes", form: formSQL, doc: "A condition: TRUE means that the event deletes its key."},
		key{name: "apply_as_truncates", form: formSQL, doc: "SCD type 1. A condition: TRUE means that the event deletes every row that is older than it."},
		columnListKey, exceptColumnsKey,
		key{name: "ignore_null_updates", form: formBoolOrColumns, doc: "A NULL keeps the value that is there: in all columns (true), or in these."},
		key{name: "ignore_null_updates_column_list", form: formColumns, doc: "The columns in which a NULL keeps the value that is there."},
		key{name: "ignore_null_updates_except_column_list", form: formColumns, doc: "The columns in which a NULL is a value."},
		trackKey, exceptTrackKey,
	)
	o.atMost = [][]string{columnLists, {"ignore_null_updates", "ignore_null_updates_column_list", "ignore_null_updates_except_column_list"}, trackLists}
	return o
}()

var snapshotObject = func() *object {
	o := mapping("apply_changes_from_snapshot", "Make the table what each full extract says: keys that are gone are deleted.",
		key{name: "target", form: formName, required: true, doc: "One of tables; no other flow feeds it."},
		key{name: "source", form: formName, required: true, doc: "One of sources or views. All files of one version are one extract."},
		keysKey,
		key{name: "version_by", form: formSQLs, required: true, doc: "An extract's version, from _file_path and _file_modification_time: extracts are taken in its order."},
		scdKey, columnListKey, exceptColumnsKey, trackKey, exceptTrackKey,
	)
	o.atMost = [][]string{columnLists, trackLists}
	return o
}()

var appendObject = mapping("append_flow", "Add every row.",
	key{name: "target", form: formName, required: true, doc: "One of tables."},
	key{name: "source", form: formName, required: true, doc: "One of sources or views."},
	key{name: "where", form: formSQL, doc: "A condition; rows for which it is not TRUE are left out."},
)

var triggerObject = mapping("trigger", "Bounds of a micro-batch.",
	key{name: "interval", form: formDuration, doc: "Time between looks at the sources (500ms)."},
	key{name: "max_bytes_per_commit", form: formSize, doc: "Source bytes in one commit (8GiB)."},
)
