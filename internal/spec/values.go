package spec

import (
	"go/token"
	"math"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var namePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,99}$`)

// isName reports whether s can name something of ours: it becomes part of file names and Go names.
func isName(s string) bool { return namePattern.MatchString(s) }

// packageFault says why s cannot be the package of generated code, "" if it can.
func packageFault(s string) string {
	switch {
	case !isName(s) && !strings.HasPrefix(s, "_") || !token.IsIdentifier(s):
		return "is not a Go package name"
	case s == "main":
		return "would be a command; generated code is a package that a command imports"
	case strings.HasSuffix(s, "_test"):
		return "is a name for tests only"
	}
	return ""
}

// packageFor derives a package name from the pipeline's name.
func packageFor(pipeline string) string {
	name := strings.ToLower(pipeline)
	if packageFault(name) != "" {
		name += "pipeline"
	}
	return name
}

// fileFault says why s is no path relative to the spec's folder, "" if it is.
func fileFault(s string) string {
	switch {
	case s == "":
		return "is empty"
	case strings.HasPrefix(s, "/"), len(s) > 1 && s[1] == ':', strings.Contains(s, "://"):
		return "is not relative to the spec's folder"
	case strings.Contains(s, `\`):
		return "is written with slashes, not backslashes"
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' }):
		return "holds control characters"
	case path.Clean(s) == "..", strings.HasPrefix(path.Clean(s), "../"):
		return "leaves the spec's folder"
	}
	return ""
}

var dayCount = regexp.MustCompile(`^(\d{1,6})d`)

// parseDuration reads Go's durations and days (30d, 1d12h), in microseconds.
func parseDuration(s string) (micros int64, ok bool) {
	if m := dayCount.FindStringSubmatch(s); m != nil {
		days, _ := strconv.ParseInt(m[1], 10, 64)
		micros, s = days*24*int64(time.Hour/time.Microsecond), s[len(m[0]):]
		if s == "" {
			return micros, true
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || s[0] == '+' || d > 0 && d < time.Microsecond {
		return 0, false
	}
	return micros + d.Microseconds(), true
}

// Forms of a time: as SQL's TIMESTAMP literals, and as RFC 3339 has it.
var timeForms = []string{time.DateOnly, "2006-01-02T15:04Z07:00", time.RFC3339Nano, "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00"}

// parseTimestamp reads a date, or a date and time, in microseconds since 1970; without a zone it is UTC.
func parseTimestamp(s string) (micros int64, ok bool) {
	for _, form := range timeForms {
		if t, err := time.Parse(form, s); err == nil {
			return t.UnixMicro(), true
		}
	}
	return 0, false
}

func parsePartition(s string) (int32, bool) {
	i, err := strconv.ParseUint(s, 10, 31)
	return int32(i), err == nil && strconv.FormatUint(i, 10) == s
}

var sizeUnits = map[string]int64{
	"": 1, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40,
}

var sizePattern = regexp.MustCompile(`^(\d{1,18}) ?([A-Za-z]*)$`)

// parseSize reads a number of bytes with or without a unit (512MiB, 8 GB, 1000000).
func parseSize(s string) (bytes int64, ok bool) {
	m := sizePattern.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	unit, known := sizeUnits[strings.ToUpper(m[2])]
	if err != nil || !known || n == 0 || n > math.MaxInt64/unit {
		return 0, false
	}
	return n * unit, true
}

var referencePattern = regexp.MustCompile(`^\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}`)

// badReference gives the offset of the first ${ in s that is not ${NAME} or ${NAME:-default}, or -1.
func badReference(s string) int {
	for i := 0; ; {
		j := strings.Index(s[i:], "${")
		if j < 0 {
			return -1
		}
		m := referencePattern.FindString(s[i+j:])
		if m == "" {
			return i + j
		}
		i += j + len(m)
	}
}
