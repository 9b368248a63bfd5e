package flow

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/seamflow/seamflow/runtime/stream"
)

// unitDomain is the domainMetadata domain of a partition's progress.
func unitDomain(flow, source string, partition int32) string {
	return unitDomains(flow, source) + strconv.Itoa(int(partition))
}

// partitionOf reads the last part of a unit's domain.
func partitionOf(domain, number string) (int32, error) {
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("domain %s: its last part is the number of a partition", domain)
	}
	return int32(n), nil
}

func unitDomains(flow, source string) string { return flowDomain(flow) + "/" + source + "/" }

// unitProgress is what the table knows of a partition of a stream as a flow reads it. It is stored with every commit that
// has rows of the partition and stands on its own.
type unitProgress struct {
	V       int    `json:"v"`
	Topic   string `json:"topic"`
	TopicID string `json:"topic_id,omitempty"`
	From    int64  `json:"from"`         // offset of the first record that was to be read
	Next    int64  `json:"next"`         // offset of the first record that was not read
	Epoch   int32  `json:"leader_epoch"` // of the last one that was; -1 is not known
	// End is where a once flow stops: what there was at its first look.
	End *int64 `json:"end,omitempty"`
	// Owner is the process that has claimed the unit of a table that several share, as a member of the consumer group in
	// its Generation, which knows it as Member.
	Owner      string `json:"owner,omitempty"`
	Member     string `json:"member,omitempty"`
	Generation int32  `json:"generation,omitempty"`
	Lost       int64  `json:"lost,omitempty"` // offsets that were passed over because nothing was there any more
	tally
}

// unit is a partition of a stream as a worker reads it.
type unit struct {
	topic     *topicState
	partition int32
	domain    string
	prog      unitProgress
	stored    string // prog as the table has it
	next      int64  // of the batch at hand; it passes over what no reader sees
}

func (u *unit) decode(text string) error {
	u.prog = unitProgress{V: progressVersion, Epoch: -1}
	if err := json.Unmarshal([]byte(text), &u.prog); err != nil {
		return fmt.Errorf("domain %s: stored progress: %w", u.domain, err)
	}
	if err := readable(u.prog.V); err != nil {
		return fmt.Errorf("domain %s: %w", u.domain, err)
	}
	u.stored, u.next = text, u.prog.Next
	return nil
}

// encodeUnits gives the texts that say how far units are, and those that the table has, by domain.
func encodeUnits(units []*unit) (texts, before map[string]string, err error) {
	texts, before = map[string]string{}, map[string]string{}
	for _, u := range units {
		b, err := json.Marshal(&u.prog)
		if err != nil {
			return nil, nil, err
		}
		texts[u.domain], before[u.domain] = string(b), u.stored
	}
	return texts, before, nil
}

func (u *unit) advance(to reached) {
	u.prog.Next, u.prog.Epoch = to.Next, to.Epoch
	u.prog.Lost += to.lost
}

func (u *unit) position() stream.Position {
	return stream.Position{Partition: u.partition, Next: u.next, TopicID: u.prog.TopicID, Epoch: u.prog.Epoch}
}

// reached is how far a batch is in a partition.
type reached struct {
	stream.Position
	lost int64
}

// bound is what a run knows of a partition's end.
type bound struct {
	end   int64 // as the server last said
	until int64 // where this run stops; unbounded where it does not
}

const unbounded = int64(1)<<62 - 1

// level reports whether the unit has read what there is for it.
func (u *unit) level() bool {
	b, ok := u.topic.bounds[u.partition]
	return ok && u.next >= min(b.end, b.until)
}
