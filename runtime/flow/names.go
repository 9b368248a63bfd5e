package flow

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta"
)

// namesDomain remembers the names that flows had: what they set aside under these is theirs, when `was` has left the spec,
// too. It holds a JSON object, names by the name that the flow has now.
const namesDomain = "seamflow.names"

// formerNames are those of the table's flows.
func formerNames(t *delta.Table) (map[string][]string, error) {
	names := map[string][]string{}
	text, ok := t.Domain(namesDomain)
	if !ok {
		return names, nil
	}
	if err := json.Unmarshal([]byte(text), &names); err != nil {
		return nil, fmt.Errorf("domain %s: %w", namesDomain, err)
	}
	return names, nil
}

// namesOf gives all names under which a flow's records were set aside, its own among them.
func (w *worker) namesOf(flow string) ([]string, error) {
	all := []string{flow}
	if w.table == nil {
		return all, nil
	}
	former, err := formerNames(w.table)
	return append(all, former[flow]...), err
}

// ownersByName gives the flows by all names under which their records were set aside. Where a name was two flows', it is
// the first one's.
func (w *worker) ownersByName() (map[string]*flowState, error) {
	owners := map[string]*flowState{}
	for _, f := range w.flows {
		names, err := w.namesOf(f.name)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if owners[name] == nil {
				owners[name] = f
			}
		}
	}
	return owners, nil
}

// rename gives flows that have a new name the progress that they had under the earlier one.
func (w *worker) rename(tx *delta.Tx, before *contract.Table) error {
	names, err := formerNames(w.table)
	if err != nil {
		return w.wrap(err)
	}
	known := maps.Clone(names)
	for _, f := range w.flows {
		earlier := contract.EarlierName(before, &w.def.contract, &contract.Flow{Name: f.name, Was: f.was})
		if earlier == "" || len(flowTexts(w.table, f.name)) > 0 {
			continue
		}
		texts := flowTexts(w.table, earlier)
		for domain, text := range texts {
			rest := strings.TrimPrefix(domain, flowDomain(earlier))
			tx.Domains[flowDomain(f.name)+rest], tx.Domains[domain] = text, ""
		}
		if len(texts) > 0 {
			delete(names, earlier)
			names[f.name] = append(slices.DeleteFunc(slices.Clone(known[earlier]), func(n string) bool { return n == f.name }), earlier)
		}
	}
	if maps.EqualFunc(names, known, slices.Equal) {
		return nil
	}
	text, err := json.Marshal(names)
	tx.Domains[namesDomain] = string(text)
	return err
}
