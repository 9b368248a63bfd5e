package deploy

import (
	"fmt"
	"strconv"
	"time"

	"github.com/seamflow/seamflow/internal/model"
)

// startText is where a topic is read from that was never read.
func startText(s *model.KafkaStart) string {
	switch s.At {
	case "latest":
		return "from what comes after its start (start: latest)"
	case "timestamp":
		return "from the first record of " + time.UnixMicro(s.Micros).UTC().Format(time.RFC3339)
	case "offsets":
		text := "from"
		for i, o := range s.Offsets {
			if i > 0 {
				text += ","
			}
			text += fmt.Sprintf(" offset %d of partition %d", o.Offset, o.Partition)
		}
		return text + ", from the earliest of others"
	}
	return "from the earliest offset"
}

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return number(n) + " " + what + "s"
}

// number writes n with a comma at every thousand.
func number(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
