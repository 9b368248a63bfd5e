package diag

// catalogSpec explains the diagnostics of spec files and resolution (SF00xx, SF03xx), by ID.
var catalogSpec = []Entry{}
