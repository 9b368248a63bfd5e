package column

// Hold makes the columns of a row group hold so many bytes at most.
func (s *Scan) Hold(most int) { s.allowed.most = most }

// MaxFooter is the most bytes of a footer.
const MaxFooter = maxFooter
