package iadvize

import (
	"context"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/directory"
)

// What queries are answered with. The names of fields are those of the schema.

// userNode is a User, of either type.
type userNode struct {
	ID                legacyID
	Email             *string
	LastName          string
	FirstName         *string
	Pseudo, UserName  *string
	AvatarURL, Avatar *word
	CreatedAt         *dateTime
	IsDeleted         *bool
	DeletedAt         *dateTime
	InterfaceLanguage *word
	SpokenLanguages   []word
	Skills            *[]*skillNode
	Presence          *presenceNode
	Availability      *availabilityNode

	CountryPreferences *preferencesNode

	SAMLUserID, SAMLID           *string
	ExternalID                   *string
	Group                        *namedNode
	AskForClickToCallPhoneNumber *bool
	ClickToCallPhoneNumber       *string
	RoleName                     *string
	Role                         *roleNode
	Channels                     *channelsNode
	LastLoggedAt                 *dateTime

	isExpert bool
	serves   []directory.Site
}

// ToProfessional and ToExpert tell of which type the user is.
func (u *userNode) ToProfessional() (*userNode, bool) { return u, !u.isExpert }
func (u *userNode) ToExpert() (*userNode, bool)       { return u, u.isExpert }

// Projects are the sites of the seat.
func (u *userNode) Projects(ctx context.Context, args pageArgs) (*connection[*namedNode], error) {
	return page(ctx, source[directory.Site, *namedNode]{read: listed(u.serves, siteID), id: siteID, node: projectOf}, args)
}

type presenceNode struct{ IsConnected bool }

type availabilityNode struct{ Chat, Call, Video, ThirdParty *channelAvailability }

type channelAvailability struct {
	IsEnabled, IsAvailable       bool
	NumberOfOngoingConversations int32
	NumberOfSlots                int32
}

type preferencesNode struct {
	DateFormat        *string
	InterfaceLanguage word
	Languages         []word
	TimeFormat        *string
	Timezone          *string
}

type channelsNode struct {
	CallConfiguration       *callNode
	ChatConfiguration       *chatNode
	ThirdPartyConfiguration *thirdPartyNode
	VideoConfiguration      *videoNode
}

type callNode struct {
	ClickToCallPhoneNumber                             *string
	HasPriorityOnCall, IsAlwaysAskForNumber, IsEnabled bool
	RespondFrom                                        string
}

type chatNode struct {
	HasPriorityOnChat, IsAllowChatToVideo, IsEnabled bool
	IsSimultaneousCallAllowed                        *bool
	NumberOfSlots                                    int32
}

type thirdPartyNode struct {
	IsEnabled     bool
	NumberOfSlots int32
}

type videoNode struct{ HasPriorityOnVideo, IsEnabled bool }

// namedNode is a UserGroup, a Project or a Client.
type namedNode struct {
	ID   legacyID
	Name string
}

type skillNode struct {
	ID         legacyID
	Name       string
	ParentID   *legacyID
	IsLocation bool
	CreatedAt  *dateTime
}

// some is a text, or nothing if it is empty.
func some[T ~string, S ~string](text S) *T {
	if text == "" {
		return nil
	}
	t := T(text)
	return &t
}

// The words of respondFrom.
const (
	respondFromDesk  = "DESK"
	respondFromPhone = "CLICK_TO_CALL_NUMBER"
)

// defaultLanguage is that of the desk of who has chosen none.
const defaultLanguage = "en"

// userOf is a person as a User.
func userOf(ctx context.Context, p *directory.Person) *userNode {
	exists, calls, channels := false, &p.CallSettings, &p.Channels
	role := baseRoleOf(&p.Employee)
	u := &userNode{
		ID: legacyID(p.ID), Email: some[string](p.Email), LastName: p.LastName, FirstName: some[string](p.FirstName),
		Pseudo: some[string](p.ShownName()), UserName: some[string](p.ShownName()),
		CreatedAt: momentOf(p.CreatedAt), IsDeleted: &exists,
		InterfaceLanguage: some[word](p.InterfaceLanguage), SpokenLanguages: []word{}, Skills: &[]*skillNode{},
		Presence: &presenceNode{p.Activity.Connected},
		Availability: &availabilityNode{
			Chat: availabilityOf(chat, p), Call: availabilityOf(call, p), Video: availabilityOf(video, p), ThirdParty: availabilityOf(thirdParty, p),
		},
		SAMLID: some[string](p.SAMLID), SAMLUserID: some[string](p.SAMLID), ExternalID: some[string](p.ExternalID),
		AskForClickToCallPhoneNumber: &calls.AskNumber, ClickToCallPhoneNumber: some[string](calls.Phone),
		RoleName: &role, Role: roleOf(role), LastLoggedAt: momentOf(p.SignedInAt),
		Channels: &channelsNode{
			CallConfiguration: &callNode{
				ClickToCallPhoneNumber: some[string](calls.Phone), HasPriorityOnCall: channels.Call.Priority > noPriority,
				IsAlwaysAskForNumber: calls.AskNumber, IsEnabled: channels.Call.Enabled, RespondFrom: respondFromDesk,
			},
			ChatConfiguration: &chatNode{
				HasPriorityOnChat: channels.Chat.Priority > noPriority, IsAllowChatToVideo: channels.ChatToVideo, IsEnabled: channels.Chat.Enabled,
				IsSimultaneousCallAllowed: &channels.ChatAndCall, NumberOfSlots: int32(channels.Chat.Slots),
			},
			ThirdPartyConfiguration: &thirdPartyNode{channels.ThirdParty.Enabled, int32(channels.ThirdParty.Slots)},
			VideoConfiguration:      &videoNode{channels.Video.Priority > noPriority, channels.Video.Enabled},
		},
		isExpert: slices.Equal(rolesOf(&p.Employee), []string{roleExpert}), serves: p.Serves,
	}
	if calls.FromPhone {
		u.Channels.CallConfiguration.RespondFrom = respondFromPhone
	}
	if p.Avatar != "" {
		u.Avatar = some[word](callerOf(ctx).origin + AvatarPrefix + p.Avatar)
		u.AvatarURL = u.Avatar
	}
	for _, language := range p.Languages {
		u.SpokenLanguages = append(u.SpokenLanguages, word(language))
	}
	u.CountryPreferences = &preferencesNode{
		DateFormat: some[string](p.DateFormat), InterfaceLanguage: defaultLanguage, Languages: u.SpokenLanguages,
		TimeFormat: some[string](p.TimeFormat), Timezone: some[string](p.TimeZone),
	}
	if u.InterfaceLanguage != nil {
		u.CountryPreferences.InterfaceLanguage = *u.InterfaceLanguage
	}
	for i := range p.Skilled {
		*u.Skills = append(*u.Skills, skillOf(ctx, &p.Skilled[i]))
	}
	if len(p.In) > 0 {
		u.Group = &namedNode{legacyID(p.In[0].ID), p.In[0].Name}
	}
	return u
}

// deletedOf is what is left of a User.
func deletedOf(_ context.Context, t *directory.Tombstone) *userNode {
	gone := true
	return &userNode{
		ID: legacyID(t.ID), CreatedAt: momentOf(t.CreatedAt), IsDeleted: &gone, DeletedAt: momentOf(t.DeletedAt), SpokenLanguages: []word{},
	}
}

func availabilityOf(c channel, p *directory.Person) *channelAvailability {
	l := c.live(p)
	return &channelAvailability{l.Enabled, l.Available, int32(l.Ongoing), int32(l.Slots)}
}

func skillOf(_ context.Context, s *directory.Skill) *skillNode {
	n := &skillNode{ID: legacyID(s.ID), Name: s.Name, IsLocation: s.IsLocation, CreatedAt: momentOf(s.CreatedAt)}
	if s.ParentID != 0 {
		parent := legacyID(s.ParentID)
		n.ParentID = &parent
	}
	return n
}

// projectOf is a site. One without a name is called by its domain name.
func projectOf(_ context.Context, s *directory.Site) *namedNode {
	if s.Name == "" {
		return &namedNode{legacyID(s.ID), s.DomainName}
	}
	return &namedNode{legacyID(s.ID), s.Name}
}

func groupOf(_ context.Context, g *directory.ChatGroup) *namedNode {
	return &namedNode{legacyID(g.ID), g.Name}
}

func clientOf(_ context.Context, a *directory.AccountRow) *namedNode {
	return &namedNode{legacyID(a.AppID), a.Name}
}

func personID(p *directory.Person) int64       { return p.ID }
func tombstoneID(t *directory.Tombstone) int64 { return t.ID }
func siteID(s *directory.Site) int64           { return s.ID }
func skillID(s *directory.Skill) int64         { return s.ID }
func groupID(g *directory.ChatGroup) int64     { return g.ID }
func accountID(a *directory.AccountRow) int64  { return a.AppID }

// roleNode is a role that users can be given: ProfessionalRole, and
// ProfessionalRoleWithPermissions. What it permits is not told.
type roleNode struct {
	ID           legacyID
	Name         string
	Description  *string
	BaseRoleName *string
	Permissions  *[]*permissionNode

	who    directory.Condition
	people func(context.Context, directory.Query) (directory.Page[directory.Person], error)
}

type permissionNode struct{ Name string }

// UserCount counts who has the role.
func (r *roleNode) UserCount(ctx context.Context) (*int32, error) {
	found, err := r.people(ctx, directory.Query{Where: r.who})
	n := int32(found.Total)
	return &n, err
}

// baseRoles are the roles, by their ids.
var baseRoles = []struct {
	id   legacyID
	word string
	who  directory.Condition // who has it, and no greater one
}{
	{1, roleAdmin, directory.Is(directory.PersonAdministrator, true)},
	{2, roleManager, directory.All{directory.Is(directory.PersonAdministrator, false), directory.Is(directory.PersonManager, true)}},
	{3, roleOperator, directory.All{directory.Is(directory.PersonAdministrator, false), directory.Is(directory.PersonManager, false)}},
}

// roleOf is the role that REST has a word for.
func roleOf(word string) *roleNode {
	for _, r := range baseRoles {
		if r.word == word {
			base := strings.ToUpper(word)
			return &roleNode{ID: r.id, Name: word, BaseRoleName: &base, who: r.who}
		}
	}
	return nil
}
