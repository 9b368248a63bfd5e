package spec

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seamflow/seamflow/internal/diag"
)

// inlined are keys that only group options: what is below them is a place of what is around them too.
var inlined = map[string]bool{"apply_changes": true, "apply_changes_from_snapshot": true, "append_flow": true, "delta": true, "files": true, "kafka": true}

// Places gives the place of every key of a spec, by its path: "tables/orders/partition_by". Of a spec that Parse reports
// errors for it gives what it finds.
func Places(file string, src []byte) map[string]diag.Pos {
	s := newSource(file, bytes.TrimPrefix(src, []byte("\ufeff")))
	out := map[string]diag.Pos{}
	var ignored diag.List
	root := readYAML(s, &ignored)
	if root == nil {
		return out
	}
	var walk func(n *yaml.Node, paths []string)
	walk = func(n *yaml.Node, paths []string) {
		if n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			var below []string
			for _, path := range paths {
				below = append(below, strings.TrimPrefix(path+"/"+key.Value, "/"))
			}
			for _, path := range below {
				if _, ok := out[path]; !ok {
					out[path] = s.posOf(key)
				}
			}
			if inlined[key.Value] {
				below = append(below, paths...)
			}
			walk(value, below)
		}
	}
	walk(root, []string{""})
	return out
}
