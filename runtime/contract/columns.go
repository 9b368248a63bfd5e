package contract

import (
	"cmp"
	"slices"
	"strings"
)

// columns compares columns by name. Names match ignoring case, as SQL has it, and files are read by the very name: a column
// that is spelled in another way would be NULL in the rows that are there.
func (c *comparison) columns() {
	for _, col := range c.now.Columns {
		old, stored := find(c.before.Columns, col.Name), find(c.there.Columns, col.Name)
		switch is := cmp.Or(stored, old); {
		case respelled(is, col):
			c.respelled(*is, col)
		case old == nil && stored == nil:
			c.add(Note, "columns."+col.Name, "", "a new column: NULL in the rows that are there")
		case old == nil:
			c.back(*stored, col)
		case old.Type != col.Type && c.widens(*old, col):
			c.add(Note, "columns."+col.Name, "", "its type was %s and is now %s, which holds every value of it: the table's files are written anew", old.Type, col.Type)
		case old.Type != col.Type:
			c.add(Refresh, "columns."+col.Name, c.refresh(), "its type was %s and is now %s", old.Type, col.Type)
		}
	}
	for _, col := range c.before.Columns {
		switch {
		case find(c.now.Columns, col.Name) != nil:
		case c.before.readsRowsBack() && c.before.Kind == c.now.Kind:
			c.add(Refuse, "columns."+col.Name, "keep it in the view that feeds the table: CAST(NULL AS "+strings.ToUpper(col.Type)+") AS "+col.Name+"; or "+c.refresh(),
				"the spec has no such column any more, and rows that are there would lose its values when they are written anew")
		default:
			c.add(Note, "columns."+col.Name, "", "the column is not filled any more: it stays, NULL in new rows")
		}
	}
}

// back is a column that the spec did not have for a while, and the table has kept.
func (c *comparison) back(stored, col Column) {
	if stored.Type == col.Type {
		c.add(Note, "columns."+col.Name, "", "the column is back: rows from before show the values that they had, those from between are NULL")
		return
	}
	c.add(Refuse, "columns."+col.Name, "give the column another name; or "+c.refresh(),
		"the table has kept a column of this name from before, of type %s, and the spec now makes it %s", stored.Type, col.Type)
}

func (c *comparison) respelled(as, col Column) {
	if as.Name != col.Name {
		c.add(Refuse, "columns."+col.Name, "write the column as the table has it, "+as.Name+"; or "+c.refresh(),
			"the table's column is %s, and files are read by the very name: its values would be lost", as.Name)
		return
	}
	c.add(Refuse, "columns."+col.Name, "write the fields as the table has them; or "+c.refresh(),
		"its type in the table is %s and is now %s, with fields spelled in another way, and files are read by the very name: their values would be lost", as.Type, col.Type)
}

// respelled reports whether col is was but for the case of letters, in its name or in those of fields.
func respelled(was *Column, col Column) bool {
	return was != nil && (was.Name != col.Name || was.Type != col.Type && strings.EqualFold(was.Type, col.Type))
}

func find(columns []Column, name string) *Column {
	i := slices.IndexFunc(columns, func(c Column) bool { return strings.EqualFold(c.Name, name) })
	if i < 0 {
		return nil
	}
	return &columns[i]
}
