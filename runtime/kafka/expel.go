package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func (m *member) ID() string {
	id, _ := m.identity()
	return id
}

// Expel says in a dead member's name that it leaves. The others hear of it with their next heartbeat.
func (m *member) Expel(ctx context.Context, id string) error {
	m.mu.Lock()
	client := m.client
	m.mu.Unlock()
	ctx, stop := context.WithTimeout(ctx, 2*time.Second)
	defer stop()
	req := kmsg.NewPtrLeaveGroupRequest()
	req.Group, req.MemberID = m.group, id
	leaver := kmsg.NewLeaveGroupRequestMember()
	leaver.MemberID = id
	req.Members = append(req.Members, leaver)
	resp, err := req.RequestWith(ctx, client)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err == nil && len(resp.Members) > 0 {
		err = kerr.ErrorForCode(resp.Members[0].ErrorCode)
	}
	if err == nil || errors.Is(err, kerr.UnknownMemberID) { // its session has ended already
		return nil
	}
	return fmt.Errorf("group %s: expelling member %s: %w", m.group, id, err)
}
