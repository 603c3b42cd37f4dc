package iadvize

import (
	"net/http"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

const fieldConnected = "connected"

var liveEndpoints = []restEndpoint{
	{method: http.MethodGet, path: "operator/live", noun: operators.name, params: []string{"filters", fieldConnected}, handle: (*restCall).listLive},
	{method: http.MethodGet, path: "operator/{id}/live", noun: operators.name, handle: (*restCall).getLive},
	{method: http.MethodPut, path: "operator/{id}/live", noun: operators.name, handle: (*restCall).updateLive},
}

// liveChannels are the channels that REST knows.
var liveChannels = []channel{chat, call, video}

var lives = noun[directory.Person]{name: operators.name, noLink: true, columns: append([]column[directory.Person]{
	{fieldID, func(p *directory.Person) any { return p.ID }},
	{fieldConnected, func(p *directory.Person) any { return p.Activity.Connected }},
}, liveColumns()...)}

func liveColumns() (columns []column[directory.Person]) {
	for _, of := range liveChannels {
		columns = append(columns, column[directory.Person]{of.word, func(p *directory.Person) any {
			l := of.live(p)
			return object{{"enabled", l.Enabled}, {"slot_number", l.Ongoing}, {"slot_max_number", l.Slots}, {"busy", l.Busy}, {"available", l.Available}}
		}})
	}
	return columns
}

func (c *restCall) getLive() (result, error) { return getPerson(c, &lives) }

// listLive answers all operators who are available by one channel at least, or who are
// connected or not, as it is asked for: of who is not, those who have ever signed in. It
// has no pages, as the vendor's has none.
func (c *restCall) listLive() (result, error) {
	picked, err := lives.pick(c, nil)
	if err != nil {
		return result{}, err
	}
	if err := c.moveConnected(); err != nil {
		return result{}, err
	}
	where, names, err := c.where(operatorFilters)
	if err != nil {
		return result{}, err
	}
	is := func(field string) directory.Test { return directory.Is(field, true) }
	asked := slices.Contains(names, fieldConnected)
	if asked {
		where = append(where, directory.Any{is(directory.PersonConnected), is(directory.PersonSignedIn)})
	} else {
		where = append(where, is(directory.PersonConnected))
	}
	rows := []object{}
	err = c.Directory.EachPerson(c.ctx, directory.Query{Where: where, Order: newestFirst}, func(p *directory.Person) error {
		if !asked && !slices.ContainsFunc(liveChannels, func(of channel) bool { return of.live(p).Available }) {
			return nil
		}
		if len(rows) == c.maxLive {
			return errTooManyLive(c.maxLive)
		}
		rows = append(rows, lives.show(p, p.ID, picked))
		return nil
	})
	if err != nil {
		return result{}, err
	}
	return result{filters: names, data: rows}, nil
}

// moveConnected puts the parameter connected among the filters, where it may stand too.
func (c *restCall) moveConnected() error {
	v, given := c.query[fieldConnected]
	if !given {
		return nil
	}
	filters, isMap := c.query["filters"].(map[string]any)
	if !isMap && c.query["filters"] != nil {
		return errNotValid("filters", "")
	}
	if filters == nil {
		filters = map[string]any{}
	}
	if _, twice := filters[fieldConnected]; twice {
		return errNotValid(fieldConnected, "")
	}
	filters[fieldConnected], c.query["filters"] = v, filters
	return nil
}

// liveInput is what a write says of availability, by the channels' words.
type liveInput struct {
	p            *directory.Person
	available    map[string]bool
	disconnected bool
}

var liveFields = []field[liveInput]{
	{chat.word, func(l *liveInput, v any) bool { return l.take(chat, v) }},
	{call.word, func(l *liveInput, v any) bool { return l.take(call, v) }},
	{video.word, func(l *liveInput, v any) bool { return l.take(video, v) }},
	{fieldConnected, func(l *liveInput, v any) bool {
		on, ok := flag(v)
		l.disconnected = ok
		return ok && !on
	}},
}

// take reads what is said of a channel. One that is off cannot be available.
func (l *liveInput) take(of channel, v any) bool {
	said, _ := v.(map[string]any)
	on, ok := flag(said["available"])
	l.available[of.word] = on
	return ok && len(said) == 1 && (!on || of.of(&l.p.Channels).Enabled)
}

// updateLive makes an operator available or not, and disconnects them.
func (c *restCall) updateLive() (result, error) {
	p, err := c.person()
	if err != nil {
		return result{}, err
	}
	l := liveInput{p: p, available: map[string]bool{}}
	if err := readFields(c.body, liveFields, &l); err != nil {
		return result{}, err
	}
	if len(c.body) == 0 {
		return result{}, errMissing(chat.word)
	}
	var said []string
	var channels directory.ChannelsParams
	for _, of := range liveChannels {
		on, given := l.available[of.word]
		if !given {
			continue
		}
		*of.params(&channels) = schema.Some(directory.ChannelParams{Available: schema.Some(on)})
		word := "unavailable"
		if on {
			word = "available"
		}
		said = append(said, "Operator is now "+word+" for "+of.word+" channel.")
	}
	if len(said) > 0 && p.Seat != nil { // who has none is available for nothing
		var command directory.UpdatePerson
		command.ID, command.Channels = schema.Some(p.ID), schema.Some(channels)
		if err := c.Directory.UpdatePeople(c.ctx, []directory.UpdatePerson{command})[0].Err; err != nil {
			return result{}, err
		}
	}
	if l.disconnected {
		said = append(said, "Operator is now disconnected.")
		command := directory.UpdateActivity{ID: schema.Some(p.ID), Connected: schema.Some(false)}
		if err := c.Directory.UpdateActivity(c.ctx, []directory.UpdateActivity{command})[0].Err; err != nil {
			return result{}, err
		}
	}
	return result{message: strings.Join(said, " ")}, nil
}
