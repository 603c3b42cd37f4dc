package directory

import (
	"context"
	"slices"
	"time"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// writer carries one create or update of an employee: what was asked for, what
// was prepared outside the transaction, and what it found wrong inside.
type writer struct {
	s     *Service
	actor Actor

	employee     *Employee // the new one; nil in updates
	status       schema.Opt[string]
	statusID     schema.Opt[int64]
	numbers      []UpdatePhoneNumber
	numbersGiven bool
	statusSince  schema.Opt[moment] // when the status was changed; now if absent
	*Names
	*Work
	*Workplace
	*Extras
	*PersonParams
	isPerson bool // PersonParams are a command's
	avatar   *Avatar

	password     schema.Opt[string] // in plain text
	passwordHash schema.Opt[string] // of password, once that is hashed, or made elsewhere; "" for no password
	e164s        []string           // of numbers
	did          touched
	spareIDs     []int64 // two for each of numbers: the number may be new, and the employee's having it
}

func (s *Service) newWriter(actor Actor, names *Names, work *Work, workplace *Workplace, extras *Extras, p *PersonParams) *writer {
	w := &writer{s: s, actor: actor, Names: names, Work: work, Workplace: workplace, Extras: extras, PersonParams: p, isPerson: p != nil}
	if p == nil {
		w.PersonParams = &PersonParams{}
	}
	o := w.Operator.Value
	w.password, w.passwordHash = o.Password, o.PasswordHash
	if o.PasswordHash.Value == NoPasswordHash {
		w.passwordHash.Value = ""
	}
	if w.Password.IsSet() {
		w.password = w.Password
	}
	return w
}

// slow hashes the password, if one is given; that takes tens of milliseconds.
func (w *writer) slow() func(context.Context) error {
	if !w.password.IsSet() {
		return nil
	}
	return func(ctx context.Context) error {
		hash, err := w.s.hasher.hash(ctx, w.password.Value)
		w.passwordHash = schema.Some(hash)
		return err
	}
}

// setsPassword reports whether a password was given, or its hash.
func (w *writer) setsPassword() bool { return w.password.IsSet() || w.passwordHash.IsSet() }

// changesPassword reports whether what was given is another than the employee has. A
// password always is, since what it is compared with is not known; a hash that they
// have already is none.
func (w *writer) changesPassword(tx Tx, employee int64) (bool, error) {
	if w.password.IsSet() || !w.passwordHash.IsSet() {
		return w.password.IsSet(), nil
	}
	had, err := tx.PasswordHash(employee)
	return had != w.passwordHash.Value, err
}

// prepare does what cannot be done, or need not be, in a transaction.
func (w *writer) prepare(ctx context.Context) error {
	if w.PersonParams.Avatar.IsSet() {
		id, err := w.s.newUUID()
		if err != nil {
			return err
		}
		mediaType, data := w.PersonParams.Avatar.Value.split()
		w.avatar = &Avatar{id, mediaType, data}
	}
	if len(w.numbers) == 0 {
		return nil
	}
	w.e164s = make([]string, len(w.numbers))
	for i, n := range w.numbers {
		if n.PhoneNumber.PhoneNumber.IsSet() {
			w.e164s[i] = n.PhoneNumber.PhoneNumber.Value.e164(w.s.region)
		}
	}
	var err error
	w.spareIDs, err = w.s.store.NewIDs(ctx, 2*len(w.numbers))
	return err
}

// asks is what the unit is going to ask for.
func (w *writer) asks() (f Foresight) {
	for _, n := range w.numbers {
		if !n.PhoneID.IsSet() {
			f.Numbers = append(f.Numbers, n.PhoneNumber.PhoneNumber.Value.Identity())
		}
	}
	f.Groups = w.Groups.Value
	return f
}

func (w *writer) create(tx Tx, arrange func(*errors.List) error) error {
	var bad errors.List
	e := w.employee.clone() // a unit may run twice
	before := &Employee{ID: e.ID}
	w.apply(before, e, &bad)
	numbers, err := w.resolve(tx, before, e, &bad)
	if err != nil {
		return err
	}
	if err := w.authorize(tx, before, e); err != nil {
		return err
	}
	if !w.Handle.IsSet() {
		if err := w.deriveHandle(tx, e); err != nil {
			return err
		}
	}
	if err := w.nameSeat(tx, e); err != nil {
		return err
	}
	if err := w.save(tx, &bad, e, arrange, func() ([]UniqueValue, error) { return tx.InsertEmployee(e, w.passwordHash.Value) }); err != nil {
		return err
	}
	if err := w.putBeside(tx, e.ID); err != nil {
		return err
	}
	w.did = touched{e.ID, e.Version, created}
	return appendEvent(tx, w.actor, e.CreatedAt, KindEmployee, e.ID, created, nil, eventEmployee{e, numbers})
}

func (w *writer) update(tx Tx, c *UpdateEmployee, arrange func(*errors.List) error) error {
	before, numbersBefore, err := existing(tx, c.ID, c.ExpectedVersion)
	if err != nil {
		return err
	}
	w.did = touched{id: before.ID}
	var bad errors.List
	e := before.clone()
	e.Version, e.UpdatedAt = before.Version+1, w.s.now()
	w.apply(before, e, &bad)
	if err := w.nameSeat(tx, e); err != nil {
		return err
	}
	w.followHandle(before, e)
	if err := w.authorize(tx, before, e); err != nil {
		return err
	}
	numbers, err := w.resolve(tx, before, e, &bad)
	if err != nil {
		return err
	}
	if !w.numbersGiven {
		numbers = numbersBefore
	}
	unchanged, err := same(before, e)
	if err != nil {
		return err
	}
	newPassword, err := w.changesPassword(tx, e.ID)
	if err != nil {
		return err
	}
	unchanged = unchanged && slices.Equal(numbersBefore, numbers) && !newPassword
	if unchanged && len(bad.Violations()) == 0 {
		return w.connect(tx, e.ID)
	}
	if err := w.save(tx, &bad, e, arrange, func() ([]UniqueValue, error) { return tx.UpdateEmployee(before, e) }); err != nil {
		return err
	}
	if newPassword {
		if err := tx.SetPassword(e.ID, w.passwordHash.Value); err != nil {
			return err
		}
	}
	if err := w.putBeside(tx, e.ID); err != nil {
		return err
	}
	w.did = touched{e.ID, e.Version, updated}
	return appendEvent(tx, w.actor, e.UpdatedAt, KindEmployee, e.ID, updated, eventEmployee{before, numbersBefore}, eventEmployee{e, numbers})
}

// putBeside keeps what was given and is no part of the employee's document.
func (w *writer) putBeside(tx Tx, employee int64) error {
	if w.PersonParams.Avatar.Given() {
		if err := tx.PutAvatar(employee, w.avatar); err != nil {
			return err
		}
	}
	return w.connect(tx, employee)
}

// save writes e, unless something is wrong with it, and tells all that is.
func (w *writer) save(tx Tx, bad *errors.List, e *Employee, arrange func(*errors.List) error, write func() ([]UniqueValue, error)) error {
	if len(bad.Violations()) > 0 {
		write = func() ([]UniqueValue, error) { return tx.Taken(e) }
	}
	taken, err := write()
	if err != nil {
		return err
	}
	addTaken(bad, taken, e)
	return arrange(bad)
}

// addTaken notes which of e's values others have.
func addTaken(bad *errors.List, taken []UniqueValue, e *Employee) {
	for _, value := range taken {
		switch value {
		case UniqueHandle:
			bad.Add(errors.AlreadyInUse, place("handle"), errors.Shown(e.Handle))
		case UniqueExtension:
			bad.Add(errors.AlreadyInUse, place("extension", "extension_phone_number"), errors.Shown(string(e.Extension.Number)))
		case UniqueOperatorLogin:
			bad.Add(errors.AlreadyInUse, place("operator", "operator_login"), errors.Shown(e.Seat.Login))
		case UniqueExternalID:
			bad.Add(errors.AlreadyInUse, place("external_id"), errors.Shown(e.ExternalID))
		case UniqueSAMLID:
			bad.Add(errors.AlreadyInUse, place("saml_id"), errors.Shown(e.SAMLID))
		case UniqueEmail:
			bad.Add(errors.AlreadyInUse, place("email"), errors.Shown(string(e.Email)))
		case UniqueLogin:
			bad.Add(errors.AlreadyInUse, place("login"), errors.Shown(e.Login))
		}
	}
}

// set writes to to what was given: the value, or for null the standard one.
func set[T any](to *T, given, standard schema.Opt[T]) {
	if given.Given() {
		*to = given.Or(standard.Value)
	}
}

// setOptional sets to to what was given, which may be nothing.
func setOptional[T any](to *schema.Opt[T], given schema.Opt[T]) {
	switch {
	case given.IsSet():
		*to = given
	case given.IsNull():
		*to = none[T]()
	}
}

// none is the standard of what has none: the zero value.
func none[T any]() schema.Opt[T] { return schema.Opt[T]{} }

// apply puts what was given into e, which was before, and notes what does not fit e
// as it is.
func (w *writer) apply(before, e *Employee, bad *errors.List) {
	standard := &w.s.standards
	set(&e.FirstName, w.FirstName, none[string]())
	set(&e.LastName, w.LastName, none[string]())
	set(&e.Patronymic, w.Patronymic, none[string]())

	w.Work.apply(&e.Directions, &standard.create.Work)
	set(&e.Email, w.Email, none[Email]())
	set(&e.CallRecording, w.CallRecording, standard.create.CallRecording)
	set(&e.ScheduleID, w.ScheduleID, none[int64]())
	set(&e.Groups, w.Groups, none[[]int64]())
	w.applyCoach(e, bad)
	w.applyExtension(e, bad)
	w.applyOperator(e, bad)
	w.applySeat(e)
	w.applyChannels(e, bad)

	set(&e.ExternalID, w.ExternalID, none[string]())
	if w.Handle.IsSet() {
		e.Handle, _ = w.Handle.Value.normalized() // Valid, says the schema
	}
	set(&e.Roles, w.Roles, none[[]Role]())
	set(&e.Skills, w.Skills, none[[]int64]())
	set(&e.Languages, w.Languages, none[[]Language]())
	set(&e.InterfaceLanguage, w.InterfaceLanguage, none[Language]())
	set(&e.TimeZone, w.TimeZone, none[TimeZone]())
	if p := w.Profile; p.IsSet() {
		set(&e.Profile.Status, p.Value.Status, none[string]())
		set(&e.Profile.Description, p.Value.Description, none[string]())
		set(&e.Profile.Facebook, p.Value.Facebook, none[string]())
		set(&e.Profile.City, p.Value.City, none[string]())
		set(&e.Profile.Country, p.Value.Country, none[string]())
	} else if p.IsNull() {
		e.Profile = Profile{}
	}
	w.applyPerson(before, e, bad)
}

func (w *writer) applyCoach(e *Employee, bad *errors.List) {
	if w.Coach.IsNull() {
		e.Coach = Coach{}
		return
	}
	coach := w.Coach.Value
	set(&e.Coach.ID, coach.ID, none[int64]())
	set(&e.Coach.AlwaysEnabled, coach.AlwaysEnabled, none[bool]())
	if e.Coach.ID == e.ID {
		bad.Add(errors.InvalidParameterValue, place("coach", "coach_id"), shownID(e.ID))
	}
	if e.Coach.ID == 0 {
		if coach.AlwaysEnabled.Or(false) {
			bad.Add(errors.InvalidParametersCombination, place("coach", "coach_always_enabled"), nil)
		}
		e.Coach.AlwaysEnabled = false
	}
}

func (w *writer) applyExtension(e *Employee, bad *errors.List) {
	if w.Extension.IsNull() {
		e.Extension = Extension{}
	}
	if !w.Extension.IsSet() {
		return
	}
	x := w.Extension.Value
	if e.Extension.Number == "" && !x.Number.IsSet() {
		bad.Add(errors.RequiredParameterMissed, place("extension", "extension_phone_number"), nil)
	}
	set(&e.Extension.Number, x.Number, none[ExtensionText]())
	set(&e.Extension.VoiceMailEnabled, x.VoiceMailEnabled, none[bool]())
	set(&e.Extension.QueueEnabled, x.QueueEnabled, none[bool]())
}

func (w *writer) applyOperator(e *Employee, bad *errors.List) {
	if w.Operator.IsNull() {
		e.Seat, e.Channels = nil, Channels{}
	}
	if !w.Operator.IsSet() {
		return
	}
	o := w.Operator.Value
	if e.Seat == nil {
		required := func(name string, given bool) {
			if !given {
				bad.Add(errors.RequiredParameterMissed, place("operator", name), nil)
			}
		}
		required("operator_display_name", o.DisplayName.IsSet())
		required("operator_login", o.Login.IsSet())
		required("operator_password", o.Password.IsSet() || o.PasswordHash.IsSet())
		w.takeSeat(e)
	}
	set(&e.Seat.DisplayName, o.DisplayName, none[string]())
	set(&e.Seat.Login, o.Login, none[string]())
	set(&e.Seat.PositionID, o.PositionID, none[int64]())
	set(&e.Seat.OfflineMessageEnabled, o.OfflineMessageEnabled, none[bool]())
	set(&e.Seat.InviteToChatEnabled, o.InviteToChatEnabled, none[bool]())
	set(&e.Seat.Sites, o.Sites, none[[]int64]())
	set(&e.Channels.Chat.Enabled, o.ChatEnabled, w.s.standards.operator.ChatEnabled)
}

// takeSeat gives e a seat without names, with the channels that a new one has.
func (w *writer) takeSeat(e *Employee) {
	e.Seat = &Seat{}
	c := &w.s.standards.channel
	channel := Channel{c.Enabled.Value, c.Slots.Value, c.Priority.Value, c.Available.Value}
	e.Channels = Channels{Chat: channel, Call: channel, Video: channel, ThirdParty: channel}
	e.Channels.Chat.Enabled = w.s.standards.operator.ChatEnabled.Value
}

func (w *writer) applyChannels(e *Employee, bad *errors.List) {
	if !w.Channels.Given() {
		return
	}
	if e.Seat == nil {
		if w.Channels.IsSet() {
			bad.Add(errors.InvalidParametersCombination, place("channels"), nil)
		}
		return
	}
	standard := &w.s.standards.channel
	apply := func(to *Channel, given schema.Opt[ChannelParams], enabled schema.Opt[bool]) {
		p := given.Value
		if !given.IsSet() && (given.IsNull() || w.Channels.IsNull()) { // null resets every member
			p = ChannelParams{schema.Null[bool](), schema.Null[int64](), schema.Null[int64](), schema.Null[bool]()}
		}
		set(&to.Enabled, p.Enabled, enabled)
		set(&to.Slots, p.Slots, standard.Slots)
		set(&to.Priority, p.Priority, standard.Priority)
		set(&to.Available, p.Available, standard.Available)
	}
	c := w.Channels.Value
	apply(&e.Channels.Chat, c.Chat, w.s.standards.operator.ChatEnabled)
	apply(&e.Channels.Call, c.Call, standard.Enabled)
	apply(&e.Channels.Video, c.Video, standard.Enabled)
	apply(&e.Channels.ThirdParty, c.ThirdParty, standard.Enabled)
	if chat := w.Operator.Value.ChatEnabled; chat.IsSet() { // a value wins over a null
		e.Channels.Chat.Enabled = chat.Value
	}
}

// authorize refuses what only administrators do: to give or take the roles
// administrator and manager, to change who of those signs in and how, and to set an
// administrator's password; and what needs the rights of members. And the last
// administrator stays one.
func (w *writer) authorize(tx Tx, before, e *Employee) error {
	rolesChange := !slices.Equal(grantsOf(before.Roles), grantsOf(e.Roles))
	accessChanges := before.Login != e.Login || before.Blocked != e.Blocked
	takesOver := accessChanges && (before.is(Administrator) || before.is(Manager)) ||
		w.setsPassword() && before.is(Administrator) && w.actor.EmployeeID != before.ID
	if (rolesChange || takesOver) && !w.actor.is(Administrator) {
		return errors.E(errors.Forbidden)
	}
	right := UpdateMembers
	if before.Version == 0 {
		right = InsertMembers
	}
	if accessChanges && !w.actor.May(right) {
		return errors.E(errors.Forbidden)
	}
	return keepAdministrator(tx, before, e)
}

func (w *writer) deriveHandle(tx Tx, e *Employee) error {
	var login string
	if e.Seat != nil {
		login = e.Seat.Login
	}
	local := string(e.Email)
	if i := slices.Index([]byte(local), '@'); i >= 0 {
		local = local[:i]
	}
	var err error
	e.Handle, err = tx.FreeHandle(deriveHandle(login, local, e.FullName()))
	return err
}

// resolve checks what e refers to, finds or makes its phone numbers, and notes
// what is missing.
func (w *writer) resolve(tx Tx, before, e *Employee, bad *errors.List) ([]Number, error) {
	if w.status.IsSet() {
		id, err := tx.StatusByMnemonic(w.status.Value)
		if err != nil {
			return nil, err
		}
		e.StatusID = id
	}
	set(&e.StatusID, w.statusID, none[int64]())
	if err := w.choose(tx, e); err != nil {
		return nil, err
	}
	since := w.since(before, e, bad)
	if e.StatusID != before.StatusID {
		e.StatusSince = since
		if !w.Show.IsSet() {
			e.FinerShow = ""
		}
	}

	o := w.Operator.Value
	for _, r := range []struct {
		kind Kind
		at   errors.Path
		one  schema.Opt[int64]
		many schema.Opt[[]int64]
	}{
		{KindStatus, place("status_id"), w.statusID, none[[]int64]()},
		{KindSchedule, place("schedule_id"), w.ScheduleID, none[[]int64]()},
		{KindEmployee, place("coach", "coach_id"), w.Coach.Value.ID, none[[]int64]()},
		{KindGroup, place("groups"), none[int64](), w.Groups},
		{KindPosition, place("operator", "operator_position_id"), o.PositionID, none[[]int64]()},
		{KindSite, place("operator", "operator_sites"), none[int64](), o.Sites},
		{KindSkill, place("skills"), none[int64](), w.Skills},
		{KindGroup, place("group_id"), w.GroupID, none[[]int64]()},
		{KindSite, place("sites"), none[int64](), w.PersonParams.Sites},
		{KindSkill, place("add_skills"), none[int64](), w.AddSkills},
		{KindSkill, place("remove_skills"), none[int64](), w.RemoveSkills},
	} {
		ids := r.many.Value
		if r.one.IsSet() {
			ids = []int64{r.one.Value}
		}
		if len(ids) == 0 {
			continue
		}
		unknown, err := tx.Unknown(r.kind, ids)
		if err != nil {
			return nil, err
		}
		for i, id := range ids {
			if !slices.Contains(unknown, id) {
				continue
			}
			at := r.at
			if r.many.IsSet() {
				at = at.Index(i)
			}
			bad.Add(errors.EntityNotFound, at, shownID(id))
		}
	}
	if !w.numbersGiven {
		return nil, nil
	}
	return w.resolveNumbers(tx, e, bad)
}

// moment is a date_time and what it means.
type moment struct {
	text DateTime
	at   time.Time
}

// since is when e has got the status: now, unless something else was given, which
// must not be in the future, nor before the second in which the status that e had
// began. It is never before that status, not even where clocks differ.
func (w *writer) since(before, e *Employee, bad *errors.List) time.Time {
	at := e.UpdatedAt
	if w.statusSince.IsSet() {
		at = w.statusSince.Value.at
		if at.After(e.UpdatedAt) || at.Before(before.StatusSince.Truncate(time.Second)) {
			bad.Add(errors.InvalidParameterValue, place("date_time"), errors.Shown(string(w.statusSince.Value.text)))
		}
	}
	if at.Before(before.StatusSince) {
		return before.StatusSince
	}
	return at
}

// resolveNumbers finds each number by phone_id, else by its text, else makes it,
// and gives it the settings given.
func (w *writer) resolveNumbers(tx Tx, e *Employee, bad *errors.List) ([]Number, error) {
	had, links := e.NumberIDs, e.LinkIDs
	e.NumberIDs, e.LinkIDs = nil, nil
	var ids []int64
	var identities []string
	for _, n := range w.numbers {
		if n.PhoneID.IsSet() {
			ids = append(ids, n.PhoneID.Value)
		} else {
			identities = append(identities, n.PhoneNumber.PhoneNumber.Value.Identity())
		}
	}
	byID, byIdentity := map[int64]Number{}, map[string]Number{}
	if len(ids) > 0 {
		found, err := tx.NumbersByID(ids)
		if err != nil {
			return nil, err
		}
		for _, n := range found {
			byID[n.ID] = n
		}
	}
	if len(identities) > 0 {
		found, err := tx.NumbersByIdentity(identities)
		if err != nil {
			return nil, err
		}
		for _, n := range found {
			byIdentity[n.Identity] = n
		}
	}
	var numbers []Number
	for i, params := range w.numbers {
		at := place("phone_numbers").Index(i)
		text := params.PhoneNumber.PhoneNumber
		old, exists := byIdentity[text.Value.Identity()]
		if params.PhoneID.IsSet() {
			if old, exists = byID[params.PhoneID.Value]; !exists {
				bad.Add(errors.EntityNotFound, at.Key("phone_id"), shownID(params.PhoneID.Value))
				continue
			}
		}
		n := old
		standard := w.s.standards.number
		if !exists {
			n = Number{ID: w.spareIDs[2*i], ChannelsCount: standard.ChannelsCount.Value, DialTime: standard.DialTime.Value, Status: standard.Status.Value}
		}
		if text.IsSet() && (!exists || params.PhoneID.IsSet()) {
			n.Identity, n.Spelling, n.E164 = text.Value.Identity(), string(text.Value), w.e164s[i]
		}
		set(&n.ChannelsCount, params.ChannelsCount, standard.ChannelsCount)
		set(&n.DialTime, params.DialTime, standard.DialTime)
		set(&n.Status, params.Status, standard.Status)
		if slices.Contains(e.NumberIDs, n.ID) { // a phone_id and a text, or two phone_ids, mean the same number
			if params.PhoneID.IsSet() {
				bad.Add(errors.InvalidParameterValue, at.Key("phone_id"), shownID(n.ID))
			} else {
				bad.Add(errors.InvalidParameterValue, at.Key("phone_number"), errors.Shown(string(text.Value)))
			}
			continue
		}
		if n != old {
			if err := w.putNumber(tx, old, n, exists, at, bad); err != nil {
				return nil, err
			}
		}
		link := w.spareIDs[2*i+1]
		if was := slices.Index(had, n.ID); was >= 0 {
			link = links[was]
		}
		e.NumberIDs, e.LinkIDs, numbers = append(e.NumberIDs, n.ID), append(e.LinkIDs, link), append(numbers, n)
	}
	return numbers, nil
}

// putNumber writes a number and, where others may share it, an event.
func (w *writer) putNumber(tx Tx, old, n Number, existed bool, at errors.Path, bad *errors.List) error {
	before := &old
	if !existed {
		before = nil
	}
	free, err := tx.PutNumber(before, n)
	if err != nil {
		return err
	}
	if !free {
		bad.Add(errors.AlreadyInUse, at.Key("phone_number"), errors.Shown(n.Spelling))
		return nil
	}
	if !existed {
		return nil
	}
	return appendEvent(tx, w.actor, w.s.now(), KindNumber, n.ID, updated, old, n)
}
