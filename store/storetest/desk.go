package storetest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// codes are those of an error's violations; nil of none.
func codes(err error) (codes []*errors.Code) {
	if err == nil {
		return nil
	}
	for _, v := range errors.Of(err).Violations {
		codes = append(codes, v.Code)
	}
	return codes
}

func testSkills(b *bench) {
	c := newChat(b)
	create := func(name string, parent int64) (int64, error) {
		command := directory.CreateSkill{}
		command.Name = schema.Some(name)
		if parent != 0 {
			command.ParentID = schema.Some(parent)
		}
		r := c.service.CreateSkills(c.ctx, []directory.CreateSkill{command})[0]
		return r.Value, r.Err
	}
	update := func(id int64, change func(*directory.UpdateSkill)) error {
		command := directory.UpdateSkill{ID: schema.Some(id)}
		change(&command)
		return c.service.UpdateSkills(c.ctx, []directory.UpdateSkill{command})[0].Err
	}
	want := func(what string, err error, codesWanted ...*errors.Code) {
		b.Helper()
		if !slices.Equal(codes(err), codesWanted) {
			b.Errorf("%s: got %v", what, err)
		}
	}
	top, err := create("Languages", 0)
	want("a skill", err)
	french, err := create("French", top)
	want("a part of it", err)
	_, err = create("French", 0)
	want("the same name", err, errors.DuplicateEntity)
	_, err = create("Lost", 404)
	want("a part of nothing", err, errors.EntityNotFound)
	want("its own part", update(top, func(s *directory.UpdateSkill) { s.ParentID = schema.Some(top) }), errors.InvalidParameterValue)
	want("a part of its part", update(top, func(s *directory.UpdateSkill) { s.ParentID = schema.Some(french) }), errors.InvalidParameterValue)
	want("another's name", update(french, func(s *directory.UpdateSkill) { s.Name = schema.Some("Languages") }), errors.DuplicateEntity)
	want("an order and a place", update(french, func(s *directory.UpdateSkill) {
		s.Order, s.IsLocation, s.Name = schema.Some[int64](3), schema.Some(true), schema.Some("Français")
	}))
	want("unknown", update(404, func(s *directory.UpdateSkill) {}), errors.EntityNotFound)
	deep := top
	for i := range directory.MaxParents + 1 {
		next, err := create(fmt.Sprint("part ", i), deep)
		if limit := i == directory.MaxParents; limit != errors.HasCode(err, errors.DataLimitExceeded) || !limit && err != nil {
			b.Errorf("part %d: got %v", i, err)
		}
		deep = next
	}
	anna := c.add("anna", func(p *directory.CreatePerson) { p.Skills = schema.Some([]int64{french}) })
	read := func(where directory.Condition) (names []string) {
		b.Helper()
		page, err := c.service.Skills(c.ctx, directory.Query{Where: where, Order: []directory.Order{{Field: "name"}}, Limit: 100})
		if err != nil {
			b.Fatal(err)
		}
		for _, s := range page.Items {
			names = append(names, fmt.Sprint(s.Name, s.Order, s.IsLocation))
		}
		return names
	}
	if got := read(directory.Test{Field: directory.SkillEmployees, Op: directory.OpOverlap, Values: []any{anna}}); !slices.Equal(got, []string{"Français3 true"}) {
		b.Errorf("skills of an employee: got %v", got)
	}
	if got := c.person(anna).Skilled; len(got) != 1 || got[0].ID != french || got[0].ParentID != top || got[0].CreatedAt.IsZero() {
		b.Errorf("an employee's skills: got %+v", got)
	}
	remove := func(id int64) error {
		return c.service.DeleteSkills(c.ctx, []directory.DeleteSkill{{ID: schema.Some(id)}})[0].Err
	}
	want("one that somebody has", remove(french), errors.DependencyError)
	want("the top", remove(top))
	want("the top again", remove(top), errors.EntityNotFound)
	if got := read(directory.Test{Field: directory.SkillParent, Op: directory.OpNull}); !slices.Equal(got, []string{"Français3 true", "part 00 false"}) {
		b.Errorf("what was a part of it: got %v", got)
	}
}

// What desks say of people.
func testDesk(b *bench) {
	c := newChat(b)
	site, skill := b.ids(2), b.ids(2)
	var groups []int64
	for _, name := range []string{"one", "two"} {
		command := directory.CreateChatGroup{}
		command.Name = schema.Some(name)
		groups = append(groups, c.service.CreateChatGroups(c.ctx, []directory.CreateChatGroup{command})[0].Value)
	}
	b.in(c.account, func(tx directory.Tx) error {
		var err error
		for i := range 2 {
			_, err1 := tx.InsertSite(directory.Site{ID: site[i], DomainName: fmt.Sprintf("%d.example", i), Currency: "EUR", Language: "fr", TimeZone: "Europe/Paris"})
			_, err2 := tx.InsertSkill(directory.Skill{ID: skill[i], Name: fmt.Sprint(i), CreatedAt: time.Now()})
			err = errors.Join(err, err1, err2)
		}
		return err
	})
	picture := []byte("\x89PNG, or so")
	uri := schema.Some(directory.DataURI("data:image/png;base64," + base64.StdEncoding.EncodeToString(picture)))
	id := c.add("anna", func(p *directory.CreatePerson) {
		p.Seat, p.Sites, p.Skills, p.GroupID, p.Avatar = schema.Some(true), schema.Some(site), schema.Some(skill[:1]), schema.Some(groups[0]), uri
		p.Channels = schema.Some(directory.ChannelsParams{Call: schema.Some(directory.ChannelParams{Enabled: schema.Some(true)})})
		p.ChatAndCall, p.FromPhone, p.Phone = schema.Some(true), schema.Some(true), schema.Some(directory.PhoneText("+33123456789"))
		p.DateFormat, p.TimeFormat, p.SAMLID, p.DisplayName = schema.Some(directory.DateFormat("DMY")), schema.Some(directory.TimeFormat("CLASSIC")), schema.Some("saml"), schema.Some("Annie")
	})
	p := c.person(id)
	if p.ShownName() != "Annie" || p.LastName != "anna" || !p.Channels.ChatAndCall || p.CallSettings != (directory.CallSettings{FromPhone: true, Phone: "+33123456789"}) ||
		p.DateFormat != "DMY" || p.TimeFormat != "CLASSIC" || p.SAMLID != "saml" || len(p.Serves) != 2 || p.Serves[1].ID != site[1] || p.Serves[0].Currency != "EUR" || len(p.In) != 1 {
		b.Errorf("got %+v", p)
	}
	avatar, err := c.service.Avatar(b.Context(), p.Avatar)
	if err != nil || avatar == nil || avatar.MediaType != "image/png" || !bytes.Equal(avatar.Data, picture) {
		b.Errorf("avatar: got %+v, %v", avatar, err)
	}
	for _, tt := range []struct {
		what   string
		change func(*directory.UpdatePerson)
		want   []*errors.Code
	}{
		{"another first group", func(p *directory.UpdatePerson) { p.GroupID = schema.Some(groups[1]) }, nil},
		{"both groups", func(p *directory.UpdatePerson) { p.Groups = schema.Some([]int64{groups[1], groups[0]}) }, nil},
		{"the second is the first", func(p *directory.UpdatePerson) { p.GroupID = schema.Some(groups[0]) }, nil},
		{"an unknown group", func(p *directory.UpdatePerson) { p.GroupID = schema.Some[int64](404) }, []*errors.Code{errors.EntityNotFound}},
		{"unknown skills", func(p *directory.UpdatePerson) {
			p.AddSkills, p.RemoveSkills = schema.Some([]int64{404}), schema.Some([]int64{405})
		}, []*errors.Code{errors.EntityNotFound, errors.EntityNotFound}},
		{"one skill for another", func(p *directory.UpdatePerson) {
			p.AddSkills, p.RemoveSkills = schema.Some(skill[1:]), schema.Some(skill[:1])
		}, nil},
		{"video without video", func(p *directory.UpdatePerson) { p.ChatToVideo = schema.Some(true) }, []*errors.Code{errors.InvalidParametersCombination}},
		{"no calls any more", func(p *directory.UpdatePerson) {
			p.Channels = schema.Some(directory.ChannelsParams{Call: schema.Some(directory.ChannelParams{Enabled: schema.Some(false)})})
		}, nil},
		{"a phone without a number", func(p *directory.UpdatePerson) { p.Phone = schema.Null[directory.PhoneText]() }, []*errors.Code{errors.InvalidParametersCombination}},
		{"a desk that asks for a number", func(p *directory.UpdatePerson) {
			p.FromPhone, p.AskNumber = schema.Some(false), schema.Some(true)
		}, []*errors.Code{errors.InvalidParametersCombination}},
		{"no picture", func(p *directory.UpdatePerson) {
			p.Avatar = schema.Some(directory.DataURI("data:text/html;base64,AAAA"))
		}, []*errors.Code{errors.InvalidParameterValue}},
		{"a picture less", func(p *directory.UpdatePerson) { p.Avatar = schema.Null[directory.DataURI]() }, nil},
	} {
		if got := codes(c.tryChange(c.ctx, id, tt.change)); !slices.Equal(got, tt.want) {
			b.Errorf("%s: got %v", tt.what, got)
		}
	}
	p = c.person(id)
	if !slices.Equal(p.Groups, groups[:1]) || !slices.Equal(p.Skills, skill[1:]) || p.Channels.ChatAndCall || p.Avatar != "" {
		b.Errorf("changed: got groups %v, want %v; skills %v; %+v", p.Groups, groups[:1], p.Skills, p.Channels)
	}
	if avatar, err := c.service.Avatar(b.Context(), avatar.ID); avatar != nil || err != nil {
		b.Errorf("a picture that is gone: got %v, %v", avatar, err)
	}
	c.change(id, func(p *directory.UpdatePerson) { p.Avatar = uri })
	other := c.add("boris")
	if got := codes(c.tryChange(c.ctx, other, func(p *directory.UpdatePerson) { p.SAMLID = schema.Some("saml") })); !slices.Equal(got, []*errors.Code{errors.AlreadyInUse}) {
		b.Errorf("another's SAML id: got %v", got)
	}
	if got := codes(c.tryChange(c.ctx, other, func(p *directory.UpdatePerson) { p.Sites = schema.Some(site) })); !slices.Equal(got, []*errors.Code{errors.InvalidParametersCombination}) {
		b.Errorf("sites without a seat: got %v", got)
	}
	for field, values := range map[string][]any{directory.PersonSites: {site[0]}, directory.PersonSkills: {skill[1], skill[0]}, directory.PersonGroups: {groups[0]}} {
		page, err := c.service.People(c.ctx, directory.Query{Where: directory.Test{Field: field, Op: directory.OpOverlap, Values: values}, Limit: 10, Uncounted: true})
		if err != nil || len(page.Items) != 1 || page.Items[0].ID != id || page.Total != 0 {
			b.Errorf("by %s: got %d people, a total of %d, %v", field, len(page.Items), page.Total, err)
		}
	}

	// What was signed in, and what is left.
	for _, field := range []string{directory.PersonSignedIn, directory.PersonConnected} {
		page, err := c.service.People(c.ctx, directory.Query{Where: equals(field, true), Limit: 10})
		if err != nil || page.Total != 0 {
			b.Errorf("%s: got %d, %v", field, page.Total, err)
		}
	}
	if _, err := c.service.SignIn(b.Context(), directory.SignIn{Login: schema.Some("admin"), Password: schema.Some("secret")}, "192.0.2.1"); err != nil {
		b.Fatal(err)
	}
	page, err := c.service.People(c.ctx, directory.Query{Where: equals(directory.PersonSignedIn, true), Limit: 10})
	if err != nil || page.Total != 1 || time.Since(page.Items[0].SignedInAt).Abs() > time.Hour || page.Items[0].Activity.Connected {
		b.Errorf("signed in: got %+v, %v", page.Items, err)
	}
	before := c.person(id)
	if r := c.service.DeleteEmployees(c.ctx, []directory.DeleteEmployee{{ID: schema.Some(id)}})[0]; r.Err != nil {
		b.Fatal(r.Err)
	}
	if n := b.number(`select count(*) from avatars`); n != 0 {
		b.Errorf("%d pictures are left", n)
	}
	left, err := c.service.Tombstones(c.ctx, directory.Query{Where: equals("id", id), Limit: 1})
	if err != nil || len(left.Items) != 1 || !left.Items[0].CreatedAt.Equal(before.CreatedAt) || left.Items[0].DeletedAt.Before(before.UpdatedAt) {
		b.Errorf("tombstones: got %+v, %v", left, err)
	}
}

func testWebsites(b *bench) {
	c := newChat(b)
	command := directory.CreateWebsite{}
	command.DomainName, command.Currency = schema.Some(directory.DomainName("shop.example")), schema.Some(directory.Currency("EUR"))
	r := c.service.CreateWebsites(c.ctx, []directory.CreateWebsite{command})[0]
	if r.Err != nil {
		b.Fatal(r.Err)
	}
	update := directory.UpdateWebsite{}
	update.ID, update.Name, update.Language, update.TimeZone = schema.Some(r.Value), schema.Some("Shop"), schema.Some(directory.Language("fr")), schema.Some(directory.TimeZone("Europe/Paris"))
	if r := c.service.UpdateWebsites(c.ctx, []directory.UpdateWebsite{update})[0]; r.Err != nil {
		b.Fatal(r.Err)
	}
	page, err := c.service.Websites(c.ctx, directory.Query{Where: equals("domain_name", "shop.example"), Limit: 1})
	want := []directory.Site{{ID: r.Value, DomainName: "shop.example", Name: "Shop", Currency: "EUR", Language: "fr", TimeZone: "Europe/Paris"}}
	if diff := cmp.Diff(want, page.Items); diff != "" || err != nil {
		b.Errorf("websites (%v) (-want +got):\n%s", err, diff)
	}
	bad := directory.CreateWebsite{}
	bad.DomainName, bad.Currency, bad.TimeZone = schema.Some(directory.DomainName("x.example")), schema.Some(directory.Currency("euro")), schema.Some(directory.TimeZone("Nowhere"))
	if got := codes(c.service.CreateWebsites(c.ctx, []directory.CreateWebsite{bad})[0].Err); !slices.Equal(got, []*errors.Code{errors.InvalidParameterValue, errors.InvalidParameterValue}) {
		b.Errorf("bad settings: got %v", got)
	}
	parts := func(name string, parent int64) directory.CreateChatGroup {
		g := directory.CreateChatGroup{}
		g.Name, g.ParentID = schema.Some(name), schema.Some(parent)
		return g
	}
	top := directory.CreateChatGroup{}
	top.Name = schema.Some("top")
	group := c.service.CreateChatGroups(c.ctx, []directory.CreateChatGroup{top})[0]
	part := c.service.CreateChatGroups(c.ctx, []directory.CreateChatGroup{parts("part", group.Value), parts("lost", 404)})
	if part[0].Err != nil || !errors.HasCode(part[1].Err, errors.EntityNotFound) {
		b.Fatalf("parts: got %v, %v", part[0].Err, part[1].Err)
	}
	if r := c.service.DeleteGroups(c.ctx, []directory.DeleteGroup{{ID: schema.Some(group.Value)}})[0]; r.Err != nil {
		b.Fatal(r.Err)
	}
	groups, err := c.service.ChatGroups(c.ctx, directory.Query{Where: directory.Test{Field: directory.GroupParent, Op: directory.OpNull}, Limit: 10})
	if err != nil || len(groups.Items) != 1 || groups.Items[0].ID != part[0].Value || groups.Items[0].CreatedAt.IsZero() {
		b.Errorf("the part of a group that is gone: got %+v, %v", groups.Items, err)
	}
}
