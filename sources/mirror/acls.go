package mirror

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// syncACLs copies access rules of topics to the remote topics, as the original does: literal names only; who may write to a topic
// may not write to its copy, and who may do everything may read it. Rules are added and never taken away. What does not work is
// logged, and tried again the next time.
func (s *Source) syncACLs(ctx context.Context) {
	rules, err := s.rules(ctx)
	switch {
	case errors.Is(err, kerr.SecurityDisabled):
		if !s.lawless {
			slog.Info("the source cluster has no authorizer, so that there are no access rules to copy", "hint", syncACLsKey+"=false")
		}
		s.lawless = true
		return
	case err != nil:
		slog.Warn("access rules of the source cluster cannot be read", "err", err)
		return
	case len(rules) == 0:
		return
	}
	req := kmsg.NewPtrCreateACLsRequest()
	req.Creations = rules
	resp, err := req.RequestWith(ctx, s.toClient)
	if err != nil {
		slog.Warn("access rules cannot be written to the target cluster", "err", err)
		return
	}
	for i, r := range resp.Results {
		if err := kerr.ErrorForCode(r.ErrorCode); err != nil && i < len(rules) {
			slog.Warn("an access rule cannot be written to the target cluster", "topic", rules[i].ResourceName, "principal", rules[i].Principal, "err", err)
		}
	}
}

// rules are those of the topics that are replicated, as the remote topics are to have them.
func (s *Source) rules(ctx context.Context) (out []kmsg.CreateACLsRequestCreation, err error) {
	req := kmsg.NewPtrDescribeACLsRequest()
	req.ResourceType, req.ResourcePatternType = kmsg.ACLResourceTypeTopic, kmsg.ACLResourcePatternTypeAny
	req.Operation, req.PermissionType = kmsg.ACLOperationAny, kmsg.ACLPermissionTypeAny
	resp, err := req.RequestWith(ctx, s.fromClient)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		return nil, fmt.Errorf("describe access rules: %w", err)
	}
	for _, r := range resp.Resources {
		if r.ResourceType != kmsg.ACLResourceTypeTopic || r.ResourcePatternType != kmsg.ACLResourcePatternTypeLiteral || !s.replicates(r.ResourceName) {
			continue
		}
		for _, a := range r.ACLs {
			if operation, ok := copied(a.Operation, a.PermissionType); ok {
				c := kmsg.NewCreateACLsRequestCreation()
				c.ResourceType, c.ResourcePatternType, c.ResourceName = r.ResourceType, r.ResourcePatternType, s.policy.remote(r.ResourceName)
				c.Principal, c.Host, c.Operation, c.PermissionType = a.Principal, a.Host, operation, a.PermissionType
				out = append(out, c)
			}
		}
	}
	return out, nil
}

// copied is the operation that a rule has for the copy of a topic; false when the rule is not copied.
func copied(o kmsg.ACLOperation, p kmsg.ACLPermissionType) (kmsg.ACLOperation, bool) {
	switch {
	case p == kmsg.ACLPermissionTypeAllow && o == kmsg.ACLOperationWrite:
		return o, false
	case p == kmsg.ACLPermissionTypeAllow && o == kmsg.ACLOperationAll:
		return kmsg.ACLOperationRead, true
	}
	return o, true
}
