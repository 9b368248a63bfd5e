package diag

// catalogSchema explains the diagnostics of schema files (SF01xx), by ID.
var catalogSchema = []Entry{}
