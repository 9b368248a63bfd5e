package main

// commit is a step of the history: edits of files, and the verdict that review has to find.
type commit struct {
	subject string
	verdict string
	edits   []edit
}

// edit replaces old in a file by new; without old it writes the file.
type edit struct{ file, old, new string }

const (
	orders  = "orders.yaml"
	order   = "schemas/order.schema.json"
	actions = "actions.yaml"
	action  = "schemas/action.schema.json"
)

var history = []commit{
	{"orders: the newest state of each", "safe", []edit{
		{file: orders, new: `pipeline: orders
go: {package: orders, out: ./orders}
schemas: {Order: schemas/order.schema.json}
sources:
  online: {schema: Order, files: {path: data/*.json, format: json}}
views:
  complete: >-
    SELECT *, SAFE_CAST(lastUpdateTime AS TIMESTAMP) AS lastUpdateTimestamp
    FROM online
    WHERE status = 'complete'
tables:
  orders: {delta: {path: tables/orders}}
flows:
  newest:
    apply_changes: {target: orders, source: complete, keys: [id], sequence_by: lastUpdateTimestamp}
`},
		{file: order, new: `{
  "title": "Order",
  "type": "object",
  "required": ["id", "status"],
  "properties": {
    "id": {"type": "string"},
    "status": {"type": "string"},
    "region": {"type": ["string", "null"]},
    "orderType": {"enum": ["pickup", "delivery", null]},
    "lastUpdateTime": {"type": ["string", "null"]},
    "items": {"type": "integer", "format": "int32"},
    "total": {"type": ["number", "null"], "format": "decimal", "x-precision": 10, "x-scale": 2}
  }
}
`}}},
	{"orders: a coupon", "note", []edit{{order, `    "total":`, "    \"coupon\": {\"type\": [\"string\", \"null\"]},\n    \"total\":"}}},
	{"orders: couriers", "note", []edit{{order, `["pickup", "delivery", null]`, `["pickup", "delivery", "courier", null]`}}},
	{"orders: the region in capitals", "backfill", []edit{{orders, "AS lastUpdateTimestamp\n", "AS lastUpdateTimestamp, UPPER(region) AS regionCode\n"}}},
	{"orders: one row per region, too", "refresh", []edit{{orders, "keys: [id]", "keys: [id, regionCode]"}}},
	{"orders: totals with four digits", "refresh", []edit{{order, `"x-precision": 10, "x-scale": 2`, `"x-precision": 10, "x-scale": 4`}}},
	{"orders: a better name for the flow", "note", []edit{{orders, "  newest:\n", "  latest:\n"}}},
	{"actions: what customers did, from files", "note", []edit{
		{file: actions, new: `pipeline: actions
go: {package: actions, out: ./actions}
schemas: {Action: schemas/action.schema.json}
sources:
  clicks_files: {schema: Action, files: {path: clicks/*.json, format: json}}
tables:
  actions: {delta: {path: tables/actions}}
flows:
  files: {append_flow: {target: actions, source: clicks_files}}
`},
		{file: action, new: `{
  "title": "Action",
  "type": "object",
  "required": ["id", "day"],
  "properties": {"id": {"type": "string"}, "day": {"type": "string", "format": "date"}}
}
`},
		{orders, "orders: {delta: {path: tables/orders}}", "orders: {delta: {path: tables/orders}, on_bad_record: fail}"}}},
	{"actions: from Kafka since April", "note", []edit{
		{actions, "tables:\n", "  clicks_kafka: {schema: Action, kafka: {brokers: \"${BROKERS}\", topic: clicks, format: json}}\ntables:\n"},
		{actions, "source: clicks_files}}", "source: clicks_files, where: \"day < '2024-04-01'\"}}\n  live: {append_flow: {target: actions, source: clicks_kafka, where: \"day >= '2024-04-01'\"}}"}}},
	{"actions: the cutover is a day later, for one of the two", "refuse", []edit{{actions, "day >= '2024-04-01'", "day >= '2024-04-02'"}}},
}
