package delta

import (
	"encoding/json"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
)

// Move says where the rows of a file went that is no longer there: in order, all but the dead ones, to the rows of
// another file from First on. Whoever remembers rows by file and number finds them again by it.
type Move struct {
	From, To string
	Dead     *roaring.Bitmap // rows of From that did not move
	First    uint32
	Rows     uint32 // that moved

	// Born is a file that no version had: it was written for a commit, and rewritten before that commit was made.
	Born bool
}

// Row gives the new number of a row of From, and false for a row that did not move.
func (m *Move) Row(row uint32) (uint32, bool) {
	if m.Dead.Contains(row) {
		return 0, false
	}
	return m.First + row - uint32(m.Dead.Rank(row)), true
}

// Range gives the new numbers of the rows [from, end) of From, as many as moved.
func (m *Move) Range(from, end uint32) (uint32, uint32) { return m.before(from), m.before(end) }

// before is the new number that the first row from row on has that moved.
func (m *Move) before(row uint32) uint32 {
	if row == 0 {
		return m.First
	}
	return m.First + min(row-uint32(m.Dead.Rank(row-1)), m.Rows)
}

// redirectDomain names the side file with the moves of the last commit that moved rows. Each commit that does so sets it
// anew; those before are found in the log. The files are a help for who comes late and nothing more: where one is gone,
// positions are read from the rows again.
const redirectDomain = "seamflow.redirect"

const sideRedirect = "redirect"

type redirectConfig struct {
	V    int    `json:"v"`
	File string `json:"file"`
}

// storedMove is a Move as a side file has it.
type storedMove struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Dead  []byte `json:"dead,omitempty"` // portable roaring format
	First uint32 `json:"first"`
	Rows  uint32 `json:"rows"`
	Born  bool   `json:"born,omitempty"`
}

// writeMoves writes the moves of a commit to come, and gives the configuration of redirectDomain.
func (t *Table) writeMoves(moves []Move) (string, error) {
	stored := make([]storedMove, len(moves))
	for i, m := range moves {
		stored[i] = storedMove{From: m.From, To: m.To, First: m.First, Rows: m.Rows, Born: m.Born}
		if !m.Dead.IsEmpty() {
			m.Dead.RunOptimize()
			b, err := m.Dead.ToBytes()
			if err != nil {
				return "", err
			}
			stored[i].Dead = b
		}
	}
	name, err := t.WriteSide(sideRedirect, rawJSON(stored))
	if err != nil {
		return "", err
	}
	return string(rawJSON(redirectConfig{V: 1, File: name})), nil
}

// MovesOf gives the moves of a commit, none for one that moved no rows. It fails where they are not to be had any more.
func (t *Table) MovesOf(c *Commit) ([]Move, error) {
	text := c.Domains[redirectDomain]
	if text == "" {
		return nil, nil
	}
	bad := func(err error) error { return fmt.Errorf("moves of version %d: %w", c.Version, err) }
	var conf redirectConfig
	if err := json.Unmarshal([]byte(text), &conf); err != nil {
		return nil, bad(err)
	}
	data, err := t.ReadSide(conf.File)
	if err != nil {
		return nil, bad(err)
	}
	var stored []storedMove
	if err := json.Unmarshal(data, &stored); err != nil {
		return nil, bad(err)
	}
	moves := make([]Move, len(stored))
	for i, s := range stored {
		moves[i] = Move{From: s.From, To: s.To, Dead: roaring.New(), First: s.First, Rows: s.Rows, Born: s.Born}
		if len(s.Dead) > 0 {
			if moves[i].Dead, err = decodeBitmap(s.Dead); err != nil {
				return nil, bad(err)
			}
		}
	}
	return moves, nil
}

// redirectFile gives the side file that a configuration of redirectDomain names.
func redirectFile(config string) string {
	var conf redirectConfig
	if json.Unmarshal([]byte(config), &conf) != nil {
		return ""
	}
	return conf.File
}
