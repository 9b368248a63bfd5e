package flow

import "github.com/seamflow/seamflow/runtime/value"

// HeaderMap gives a message's headers by name; of those of one name the last counts. Its memory is used up with the
// record.
func (m *Meta) HeaderMap() value.Map[value.Opt[[]byte]] {
	if m.mapped {
		return m.headerMap
	}
	h := m.headerMap[:0]
	for i := range m.Headers {
		v := m.Headers[i].Value
		h = append(h, value.Entry[value.Opt[[]byte]]{Key: m.Headers[i].Name, Value: value.Opt[[]byte]{V: v, Valid: v != nil}})
	}
	m.headerMap, m.mapped = h.Canonical(), true
	return m.headerMap
}
