package avror

// pass reads over a value that the decoder has no field for. Its texts are not looked at.
func (r *Reader) pass(n *node, depth int) {
	if depth > maxDepth {
		r.fail("values are nested more than 512 deep")
		return
	}
	switch n.wire {
	case wireNull:
	case wireBool:
		r.take(1, "a boolean")
	case wireInt, wireLong, wireEnum:
		r.varint()
	case wireFloat:
		r.take(4, "a float")
	case wireDouble:
		r.take(8, "a double")
	case wireBytes, wireString:
		r.take(r.varint(), "bytes")
	case wireFixed:
		r.take(int64(n.size), "a fixed")
	case wireUnion:
		r.pass(r.branch(n), depth+1)
	case wireRecord:
		if n.least == 0 && !r.countEmpty(1) {
			return
		}
		for i := range n.steps {
			if r.pass(n.steps[i].node, depth+1); r.err != nil {
				return
			}
		}
	case wireArray, wireMap:
		r.passBlocks(n, depth)
	}
}

func (r *Reader) passBlocks(n *node, depth int) {
	extra := 0
	if n.wire == wireMap {
		extra = 1
	}
	for {
		count := r.block(n, extra)
		if count == 0 {
			return
		}
		for range count {
			if extra > 0 {
				r.take(r.varint(), "a key")
			}
			if r.pass(n.elem, depth+1); r.err != nil {
				return
			}
		}
	}
}
