package flow

// leads reports whether this process does what is done once for all that share the table.
func (w *worker) leads() bool { return !w.shared }
