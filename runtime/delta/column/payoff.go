package column

import (
	"math"
	"math/bits"
)

const (
	// maxDictionary is the most that a dictionary's values take: a reader holds it whole.
	maxDictionary = 1 << 20
	// firstCheck is the number of values after which a dictionary is judged for the first time.
	firstCheck = 1 << 10
)

// pays reports whether a dictionary of distinct values in dict bytes saves a quarter on n values in plain bytes.
func pays(dict, distinct, plain, n int) bool {
	return dict <= maxDictionary && dict+n*indexWidth(distinct)/8 <= plain*3/4
}

// promises guesses after n of total values whether the dictionary of all of them pays. Values drawn from k equally often
// repeat about n*n/2k times, which tells k from the repeats so far.
func promises(dict, distinct, plain, n, total int) bool {
	if pays(dict, distinct, plain, n) {
		return true
	}
	repeats := float64(n - distinct)
	if repeats == 0 {
		return n < total/16 // values may come round in turn
	}
	k := float64(n) * float64(n) / (2 * repeats)
	k *= 1 - math.Exp(-float64(total)/k) // of which so many show up
	all := k * float64(dict) / float64(distinct)
	index := float64(bits.Len(uint(k))) / 8
	return all <= maxDictionary && all+float64(total)*index <= float64(total)*float64(plain)/float64(n)*3/4
}

// indexWidth is the number of bits of an index. Zero, which one value would do with, is not what every reader takes.
func indexWidth(distinct int) int {
	return max(1, bits.Len(uint(max(1, distinct)-1)))
}
