// Package registrytest is a small schema registry for tests: it keeps schemas in memory and answers what package
// registry asks, in the way of Confluent's.
package registrytest

import (
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
)

// Reference is another schema that one uses.
type Reference struct {
	Name    string `json:"name"`
	Subject string `json:"subject"`
	Version int    `json:"version"`
}

// Schema is what is kept under an id.
type Schema struct {
	Schema     string      `json:"schema"`
	Type       string      `json:"schemaType,omitempty"` // "" is AVRO
	References []Reference `json:"references,omitempty"`
}

// Server is a registry that listens on a port of this machine.
type Server struct {
	URL string
	// Down makes it answer 503.
	Down atomic.Bool
	// Requests counts what it was asked.
	Requests atomic.Int64
	// Authority, unless it is "", is the header Authorization that requests must have.
	Authority string

	http     *httptest.Server
	mu       sync.Mutex
	schemas  []Schema // id 1 is the first
	subjects map[string][]int
}

// New starts a registry without schemas.
func New() *Server {
	s := &Server{subjects: map[string][]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /subjects/{subject}/versions", s.post)
	mux.HandleFunc("GET /subjects/{subject}/versions/{version}", s.version)
	mux.HandleFunc("GET /schemas/ids/{id}", s.byID)
	s.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Requests.Add(1)
		switch {
		case s.Down.Load():
			w.WriteHeader(http.StatusServiceUnavailable)
		case s.Authority != "" && r.Header.Get("Authorization") != s.Authority:
			w.WriteHeader(http.StatusUnauthorized)
		default:
			mux.ServeHTTP(w, r)
		}
	}))
	s.URL = s.http.URL
	return s
}

// Close stops the registry.
func (s *Server) Close() { s.http.Close() }

// Register keeps a schema as the next version of subject, and gives its id.
func (s *Server) Register(subject string, schema Schema) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.schemas = append(s.schemas, schema)
	id := len(s.schemas)
	s.subjects[subject] = append(s.subjects[subject], id)
	return id
}

// Frame is payload in Confluent's frame.
func Frame(id int, payload []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), payload...)
}

func (s *Server) post(w http.ResponseWriter, r *http.Request) {
	var schema Schema
	if err := json.NewDecoder(r.Body).Decode(&schema); err != nil {
		refuse(w, http.StatusUnprocessableEntity, 42201, "no schema")
		return
	}
	reply(w, map[string]int{"id": s.Register(r.PathValue("subject"), schema)})
}

func (s *Server) byID(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.Atoi(r.PathValue("id"))
	s.mu.Lock()
	defer s.mu.Unlock()
	if id < 1 || id > len(s.schemas) {
		refuse(w, http.StatusNotFound, 40403, "Schema not found")
		return
	}
	reply(w, s.schemas[id-1])
}

func (s *Server) version(w http.ResponseWriter, r *http.Request) {
	version, _ := strconv.Atoi(r.PathValue("version"))
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := s.subjects[r.PathValue("subject")]
	if version < 1 || version > len(ids) {
		refuse(w, http.StatusNotFound, 40402, "Version not found")
		return
	}
	reply(w, s.schemas[ids[version-1]-1])
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	_ = json.NewEncoder(w).Encode(v) // the client sees what is missing
}

func refuse(w http.ResponseWriter, status, code int, message string) {
	w.WriteHeader(status)
	reply(w, map[string]any{"error_code": code, "message": message})
}
