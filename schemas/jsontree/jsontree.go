// Package jsontree reads JSON into a tree in which every key and value knows its place.
//
// It takes the bytes of a schema file and gives a Node, or diagnostics: members keep their order, numbers their text,
// and a key that is there twice is reported. The readers of schemas/* import it; it opens nothing and follows nothing.
package jsontree

import (
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
)

// Kind is what a Node is.
type Kind uint8

const (
	Null Kind = iota + 1
	Bool
	Number
	String
	Array
	Object
)

func (k Kind) String() string {
	return [...]string{Null: "null", Bool: "a truth value", Number: "a number", String: "a text", Array: "a list", Object: "an object"}[k]
}

// Node is a JSON value.
type Node struct {
	Kind    Kind
	Pos     diag.Pos // of its first byte
	Text    string   // String: its characters; Number, Bool, Null: as written
	Items   []*Node  // Array
	Members []Member // Object, in file order; of a key that is there twice only the first
}

// Member is a key of an object with its value.
type Member struct {
	Key   string
	Pos   diag.Pos // of the key
	Value *Node
}

// Get gives the value of a key, nil where n is no object or has no such key.
func (n *Node) Get(key string) *Node {
	if m := n.Member(key); m != nil {
		return m.Value
	}
	return nil
}

// Member is Get with the key's place.
func (n *Node) Member(key string) *Member {
	if n == nil {
		return nil
	}
	for i := range n.Members {
		if n.Members[i].Key == key {
			return &n.Members[i]
		}
	}
	return nil
}

// Is reports whether n is there and of kind k.
func (n *Node) Is(k Kind) bool { return n != nil && n.Kind == k }

// True reports whether n is true.
func (n *Node) True() bool { return n.Is(Bool) && n.Text == "true" }

// Int gives the value of a whole number; 2.0 and 2e0 are none here.
func (n *Node) Int() (int64, bool) {
	if !n.Is(Number) {
		return 0, false
	}
	i, err := strconv.ParseInt(n.Text, 10, 64)
	return i, err == nil
}

// At follows a JSON pointer ("/a/0/b~1c") from n, nil where it leads nowhere.
func (n *Node) At(pointer string) *Node {
	if pointer == "" {
		return n
	}
	if pointer[0] != '/' {
		return nil
	}
	for _, token := range strings.Split(pointer[1:], "/") {
		n = n.step(strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~"))
		if n == nil {
			return nil
		}
	}
	return n
}

func (n *Node) step(token string) *Node {
	if n.Kind != Array {
		return n.Get(token)
	}
	i, err := strconv.Atoi(token)
	if err != nil || i < 0 || i >= len(n.Items) || strconv.Itoa(i) != token {
		return nil
	}
	return n.Items[i]
}
