package delta

import (
	"strconv"
	"strings"
	"time"
)

// The table properties that say how long things are kept, and what counts where they are not set: Delta's own defaults,
// but for the interval.
const (
	propertyInterval  = "delta.checkpointInterval"
	propertyCleanup   = "delta.enableExpiredLogCleanup"
	propertyLog       = "delta.logRetentionDuration"
	propertyFiles     = "delta.deletedFileRetentionDuration"
	defaultInterval   = 100
	defaultLogKept    = 30 * 24 * time.Hour
	DefaultFilesKept  = 7 * 24 * time.Hour // of files that no version names any more
	debrisAge         = time.Hour          // of files that a commit may still be about to name
	unreadableIsNever = -1
)

// fileRetention is how long files are kept after they were removed from the table.
func (m *metaData) fileRetention() time.Duration {
	return m.duration(propertyFiles, DefaultFilesKept)
}

func (m *metaData) logRetention() time.Duration { return m.duration(propertyLog, defaultLogKept) }

// duration reads a property. What cannot be read counts as not set: the default is long.
func (m *metaData) duration(name string, otherwise time.Duration) time.Duration {
	if d := parseInterval(m.Configuration[name]); d != unreadableIsNever {
		return d
	}
	return otherwise
}

// checkpointInterval is how many versions lie between two checkpoints.
func (m *metaData) checkpointInterval() int64 {
	if n, err := strconv.ParseInt(m.Configuration[propertyInterval], 10, 64); err == nil && n > 0 {
		return n
	}
	return defaultInterval
}

var intervalUnits = map[string]time.Duration{
	"nanosecond": 1, "microsecond": time.Microsecond, "millisecond": time.Millisecond, "second": time.Second,
	"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour,
}

// parseInterval reads Spark's intervals, such as "interval 1 week 2 days". It gives unreadableIsNever for anything else;
// months and years have no length, and Delta refuses them here.
func parseInterval(text string) time.Duration {
	words := strings.Fields(strings.ToLower(text))
	if len(words) > 0 && words[0] == "interval" {
		words = words[1:]
	}
	if len(words) == 0 || len(words)%2 != 0 {
		return unreadableIsNever
	}
	var sum time.Duration
	for i := 0; i < len(words); i += 2 {
		n, err := strconv.ParseInt(words[i], 10, 32)
		unit := intervalUnits[strings.TrimSuffix(words[i+1], "s")]
		if err != nil || n < 0 || unit == 0 {
			return unreadableIsNever
		}
		if sum += time.Duration(n) * unit; sum < 0 || n > 0 && time.Duration(n)*unit/unit != time.Duration(n) {
			return unreadableIsNever
		}
	}
	return sum
}
