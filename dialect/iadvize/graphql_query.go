package iadvize

import (
	"context"
	"fmt"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

// MaxFilter is how many values a list of a filter has at most.
const MaxFilter = 1000

// resolver answers operations. Its two methods are those that the library asks for.
type resolver struct{ s *graphqlServer }

// Query answers queries.
func (r *resolver) Query() *query { return &query{r.s} }

// Mutation answers mutations.
func (r *resolver) Mutation() *mutation { return &mutation{r.s} }

// query has a method for each field of the type Query.
type query struct{ s *graphqlServer }

// byID selects one.
func byID(id int64) directory.Query {
	return directory.Query{Where: directory.Is("id", id), Limit: 1, Uncounted: true}
}

// either is the one id of two arguments that mean the same.
func either(a, b *legacyID, name string) (int64, error) {
	switch {
	case a == nil && b == nil:
		return 0, badArgument("One of the arguments id and " + name + " must be given.")
	case a == nil:
		return int64(*b), nil
	case b != nil && *a != *b:
		return 0, badArgument("The arguments id and " + name + " must not differ.")
	}
	return int64(*a), nil
}

// User is a user, or what is left of one.
func (q *query) User(ctx context.Context, args struct{ ID, UserID *legacyID }) (*userNode, error) {
	id, err := either(args.ID, args.UserID, "userId")
	if err != nil {
		return nil, err
	}
	return q.s.user(ctx, id)
}

// user finds a user, or what is left of one; nil if there never was one.
func (s *graphqlServer) user(ctx context.Context, id int64) (*userNode, error) {
	p, err := s.person(ctx, id)
	if err != nil || p != nil {
		return userOrNone(ctx, p), err
	}
	gone, err := s.Directory.Tombstones(ctx, byID(id))
	if err != nil || len(gone.Items) == 0 {
		return nil, err
	}
	return deletedOf(ctx, &gone.Items[0]), nil
}

func userOrNone(ctx context.Context, p *directory.Person) *userNode {
	if p == nil {
		return nil
	}
	return userOf(ctx, p)
}

// person finds somebody; nil if there is nobody.
func (s *graphqlServer) person(ctx context.Context, id int64) (*directory.Person, error) {
	found, err := s.Directory.People(ctx, byID(id))
	if err != nil || len(found.Items) == 0 {
		return nil, err
	}
	return &found.Items[0], nil
}

// Users are those that the filters select, without those deleted unless they are asked
// for.
func (q *query) Users(ctx context.Context, args struct {
	Filters inputObject
	pageArgs
}) (*connection[*userNode], error) {
	where, err := conditions(args.Filters, []listFilter{
		{"userIds", byValues("id", directory.OpIn)},
		{"emails", byEmails},
		{"externalIds", byValues("external_id", directory.OpIn)},
		{"groupIds", byValues(directory.PersonGroups, directory.OpOverlap)},
		{"projectIds", byValues(directory.PersonSites, directory.OpOverlap)},
		{"skillIds", byValues(directory.PersonSkills, directory.OpOverlap)},
	})
	if err != nil {
		return nil, err
	}
	if !given[bool](args.Filters, "isDeleted").Value {
		return page(ctx, source[directory.Person, *userNode]{where, q.s.Directory.People, personID, userOf}, args.pageArgs)
	}
	where, err = conditions(args.Filters, []listFilter{
		{"userIds", byValues("id", directory.OpIn)}, {"emails", byNothing}, {"externalIds", byNothing}, {"groupIds", byNothing}, {"projectIds", byNothing}, {"skillIds", byNothing},
	})
	if err != nil {
		return nil, err
	}
	return page(ctx, source[directory.Tombstone, *userNode]{where, q.s.Directory.Tombstones, tombstoneID, deletedOf}, args.pageArgs)
}

// listFilter is a member of a filter that is a list, and what it selects.
type listFilter struct {
	name    string
	selects func(values []any) directory.Condition
}

// nothing selects nobody: ids are greater.
var nothing = directory.Test{Field: "id", Op: directory.OpLess, Values: []any{int64(0)}}

// conditions are what is given of a filter. An empty list selects nothing.
func conditions(in inputObject, filters []listFilter) (directory.Condition, error) {
	var all directory.All
	for _, f := range filters {
		list := given[[]any](in, f.name)
		switch {
		case !list.IsSet():
			continue
		case len(list.Value) > MaxFilter:
			return nil, badArgument(fmt.Sprintf("The filter %s has more than %d values.", f.name, MaxFilter))
		}
		var values []any
		for _, v := range list.Value {
			if text, is := v.(string); !is || schema.IsText(text) {
				values = append(values, v)
			}
		}
		if len(values) == 0 {
			all = append(all, nothing)
		} else {
			all = append(all, f.selects(values))
		}
	}
	if all == nil {
		return nil, nil
	}
	return all, nil
}

func byValues(field string, op directory.Op) func([]any) directory.Condition {
	return func(values []any) directory.Condition {
		return directory.Test{Field: field, Op: op, Values: values}
	}
}

func byNothing([]any) directory.Condition { return nothing }

// byEmails compares without case.
func byEmails(values []any) directory.Condition {
	var some directory.Any
	for _, v := range values {
		exactly := directory.LikeLiteral(directory.Fold(v.(string)))
		some = append(some, directory.Test{Field: "email", Op: directory.OpILike, Values: []any{exactly}})
	}
	return some
}

// Skill is a skill.
func (q *query) Skill(ctx context.Context, args struct{ ID, SkillID *legacyID }) (*skillNode, error) {
	id, err := either(args.ID, args.SkillID, "skillId")
	if err != nil {
		return nil, err
	}
	return q.s.skill(ctx, id)
}

func (s *graphqlServer) skill(ctx context.Context, id int64) (*skillNode, error) {
	found, err := s.Directory.Skills(ctx, byID(id))
	if err != nil || len(found.Items) == 0 {
		return nil, err
	}
	return skillOf(ctx, &found.Items[0]), nil
}

// Skills are those that the filters select.
func (q *query) Skills(ctx context.Context, args struct {
	Filters inputObject
	pageArgs
}) (*connection[*skillNode], error) {
	where, err := conditions(args.Filters, []listFilter{
		{"skillIds", byValues("id", directory.OpIn)},
		{"names", byValues("name", directory.OpIn)},
		{"parentIds", byValues(directory.SkillParent, directory.OpIn)},
		{"userIds", byValues(directory.SkillEmployees, directory.OpOverlap)},
	})
	if err != nil {
		return nil, err
	}
	return page(ctx, source[directory.Skill, *skillNode]{where, q.s.Directory.Skills, skillID, skillOf}, args.pageArgs)
}

// Project is a site.
func (q *query) Project(ctx context.Context, args struct{ ProjectID legacyID }) (*namedNode, error) {
	found, err := q.s.Directory.Websites(ctx, byID(int64(args.ProjectID)))
	if err != nil || len(found.Items) == 0 {
		return nil, err
	}
	return projectOf(ctx, &found.Items[0]), nil
}

// Projects are the sites.
func (q *query) Projects(ctx context.Context, args pageArgs) (*connection[*namedNode], error) {
	return page(ctx, source[directory.Site, *namedNode]{nil, q.s.Directory.Websites, siteID, projectOf}, args)
}

// Group is a group.
func (q *query) Group(ctx context.Context, args struct{ GroupID legacyID }) (*namedNode, error) {
	found, err := q.s.Directory.ChatGroups(ctx, byID(int64(args.GroupID)))
	if err != nil || len(found.Items) == 0 {
		return nil, err
	}
	return groupOf(ctx, &found.Items[0]), nil
}

// Groups are the groups.
func (q *query) Groups(ctx context.Context, args pageArgs) (*connection[*namedNode], error) {
	return page(ctx, source[directory.ChatGroup, *namedNode]{nil, q.s.Directory.ChatGroups, groupID, groupOf}, args)
}

// Client is the account of who asks; others are unknown.
func (q *query) Client(ctx context.Context, args struct{ ClientID legacyID }) (*namedNode, error) {
	account, err := q.s.Directory.GetAccount(ctx)
	if err != nil || account.AppID != int64(args.ClientID) {
		return nil, err
	}
	return clientOf(ctx, &account), nil
}

// Clients is the account of who asks.
func (q *query) Clients(ctx context.Context, args pageArgs) (*connection[*namedNode], error) {
	account, err := q.s.Directory.GetAccount(ctx)
	if err != nil {
		return nil, err
	}
	return page(ctx, source[directory.AccountRow, *namedNode]{nil, listed([]directory.AccountRow{account}, accountID), accountID, clientOf}, args)
}

// ProfessionalBaseRoles are the roles that users can be given.
func (q *query) ProfessionalBaseRoles() *[]*roleNode {
	roles := []*roleNode{}
	for _, r := range baseRoles {
		role := roleOf(r.word)
		role.people = q.s.Directory.People
		roles = append(roles, role)
	}
	return &roles
}

// Roles are the same.
func (q *query) Roles() *[]*roleNode { return q.ProfessionalBaseRoles() }

// Role is one of them.
func (q *query) Role(args struct{ RoleID legacyID }) *roleNode {
	for _, role := range *q.ProfessionalBaseRoles() {
		if role.ID == args.RoleID {
			return role
		}
	}
	return nil
}
