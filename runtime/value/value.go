// Package value holds the Go types of Seamflow's values, their text forms, and their canonical bytes.
//
// Bool, Int32, Int64, Float32, Float64, String and Bytes are Go's own types. The canonical bytes (Append*) order as SQL
// orders the values, NULL first, so that keys, sequences and whole rows are compared by bytes.Compare.
package value

import (
	"slices"
	"strings"

	"github.com/zeebo/xxh3"
)

// Opt is a value that may be NULL. V means nothing unless Valid; a reused Opt keeps V's memory.
type Opt[T any] struct {
	V     T
	Valid bool
}

// Some is v, present.
func Some[T any](v T) Opt[T] { return Opt[T]{V: v, Valid: true} }

// None is NULL.
func None[T any]() Opt[T] { return Opt[T]{} }

// Entry is a pair of a Map.
type Entry[V any] struct {
	Key   string
	Value V
}

// Map is a map from strings, as a list that can be reused without garbage.
type Map[V any] []Entry[V]

// Get finds the value of key. Of several entries with one key the last counts.
func (m Map[V]) Get(key string) (V, bool) {
	for i := len(m) - 1; i >= 0; i-- {
		if m[i].Key == key {
			return m[i].Value, true
		}
	}
	var zero V
	return zero, false
}

// Canonical sorts m by key and drops all but the last entry of each key. What is dropped keeps its memory behind the
// end, so that Grow finds it and no two entries ever share one.
func (m Map[V]) Canonical() Map[V] {
	if m.canonical() {
		return m
	}
	slices.SortStableFunc(m, func(a, b Entry[V]) int { return strings.Compare(a.Key, b.Key) })
	n := 0
	for i := range m {
		if i+1 < len(m) && m[i].Key == m[i+1].Key {
			continue
		}
		m[n], m[i] = m[i], m[n]
		n++
	}
	return m[:n]
}

func (m Map[V]) canonical() bool {
	for i := 1; i < len(m); i++ {
		if m[i-1].Key >= m[i].Key {
			return false
		}
	}
	return true
}

// Grow makes s one element longer. The new element is zero or, where the memory was used before, holds what it held:
// the caller resets it and so keeps its capacity.
func Grow[T any](s []T) []T {
	if len(s) < cap(s) {
		return s[:len(s)+1]
	}
	var zero T
	return append(s, zero)
}

// Hash is the XXH3 hash of b.
func Hash(b []byte) uint64 { return xxh3.Hash(b) }
