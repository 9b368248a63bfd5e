package contract

import "slices"

// There is what a table says of itself beside its contract.
type There struct {
	Columns []Column // as its schema has them
	Flows   []Progress
}

// Progress is what is stored of a flow. It stays when the flow leaves the spec, so that one that comes back goes on where
// it stood.
type Progress struct {
	Flow    string
	Once    bool     // of a once flow: it has frozen its list
	Sources []string // that it has read of, or knows where to; none of a once flow of files
}

// progress gives what is stored of a flow, nil for nothing: it has never read.
func (t *There) progress(flow string) *Progress {
	i := slices.IndexFunc(t.Flows, func(p Progress) bool { return p.Flow == flow })
	if i < 0 {
		return nil
	}
	return &t.Flows[i]
}

// reads reports whether the flow goes on somewhere in a source.
func (p *Progress) reads(source string) bool { return p != nil && slices.Contains(p.Sources, source) }
