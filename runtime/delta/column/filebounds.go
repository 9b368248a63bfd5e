package column

// BinaryBounds gives bounds of the values that a column of strings or binaries has in row group g: no value is less than
// lo or greater than hi. It reports false where the file says nothing of them.
func (f *File) BinaryBounds(g int, name string) (lo, hi []byte, ok bool) {
	n := f.root.child(name)
	if n == nil || n.leaf < 0 || g < 0 || g >= len(f.meta.RowGroups) {
		return nil, nil, false
	}
	s := &f.meta.RowGroups[g].Columns[n.leaf].MetaData.Statistics
	return s.MinValue, s.MaxValue, s.MaxValue != nil
}
