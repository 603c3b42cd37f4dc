package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// Who may call: accounts, tokens, members, and points.

// accountColumns are those of accounts a that scanAccount reads.
const accountColumns = `a.id, a.name, a.time_zone, a.disabled, a.disabled_components, a.allow_ips, coalesce(a.partner_id, 0), a.points_per_minute, a.points_per_day, coalesce(a.jid_host, ''), a.created_at`

// scanAccount reads accountColumns, and what else the row has before them.
func scanAccount(row scanner, before ...any) (a directory.Account, err error) {
	var created int64
	var components, ips string
	err = row.Scan(append(before, &a.ID, &a.Name, &a.TimeZone, &a.Disabled, &components, &ips, &a.PartnerID, &a.PointsPerMinute, &a.PointsPerDay, &a.JIDHost, &created)...)
	a.DisabledComponents, a.AllowIPs, a.CreatedAt = split[directory.Component](components), split[directory.AddressRange](ips), moment(created)
	return a, err
}

// join and split write and read a list in a text column.
func join[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, t := range list {
		texts[i] = string(t)
	}
	return strings.Join(texts, ",")
}

func split[T ~string](text string) []T {
	if text == "" {
		return nil
	}
	var list []T
	for t := range strings.SplitSeq(text, ",") {
		list = append(list, T(t))
	}
	return list
}

// moment is a time as columns keep it; 0 is none.
func moment(microseconds int64) time.Time {
	if microseconds == 0 {
		return time.Time{}
	}
	return time.UnixMicro(microseconds).UTC()
}

// Accounts lists all accounts, by id.
func (s *Store) Accounts(ctx context.Context) (accounts []directory.Account, err error) {
	err = s.snapshot(ctx, func(r *reader) error {
		return r.each(func(row scanner) error {
			a, err := scanAccount(row)
			accounts = append(accounts, a)
			return err
		}, `select `+accountColumns+` from accounts a order by a.id`)
	})
	return accounts, err
}

// Account finds an account, and nil if there is none.
func (s *Store) Account(ctx context.Context, id int64) (account *directory.Account, err error) {
	err = s.snapshot(ctx, func(r *reader) error {
		a, err := scanAccount(r.row(`select `+accountColumns+` from accounts a where a.id = $1`, id))
		return found(&account, a, err)
	})
	return account, err
}

// AccountByJIDHost finds an account, and nil if there is none.
func (s *Store) AccountByJIDHost(ctx context.Context, host string) (account *directory.Account, err error) {
	err = s.snapshot(ctx, func(r *reader) error {
		a, err := scanAccount(r.row(`select `+accountColumns+` from accounts a where a.jid_host = $1`, host))
		return found(&account, a, err)
	})
	return account, err
}

// found puts what a query of one row has found into *to, and leaves it where there
// is no row.
func found[T any](to **T, v T, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	*to = &v
	return err
}

func (t *tx) InsertAccount(a directory.Account) error {
	_, err := t.exec(`insert into accounts (id, name, time_zone, disabled, employees, last_event, created_at, disabled_components, allow_ips, partner_id, points_per_minute, points_per_day, jid_host)
		values ($1, $2, $3, $4, 0, 0, $5, $6, $7, $8, $9, $10, $11)`,
		a.ID, a.Name, string(a.TimeZone), a.Disabled, a.CreatedAt.UnixMicro(), join(a.DisabledComponents), join(a.AllowIPs), id(a.PartnerID), a.PointsPerMinute, a.PointsPerDay, nullable(string(a.JIDHost)))
	return err
}

func (t *tx) Account() (directory.Account, error) {
	return scanAccount(t.row(`select `+accountColumns+` from accounts a where a.id = $1`, t.account))
}

func (t *tx) UpdateAccount(a directory.Account) (bool, error) {
	if err := t.flush(); err != nil {
		return false, err
	}
	var others int64
	err := t.row(`select count(*) from accounts where jid_host = $1 and id <> $2`, string(a.JIDHost), t.account).Scan(&others)
	if err != nil || others > 0 {
		return false, err
	}
	_, err = t.exec(`update accounts set name = $2, time_zone = $3, disabled = $4, disabled_components = $5, allow_ips = $6, partner_id = $7,
			points_per_minute = $8, points_per_day = $9, jid_host = $10
		where id = $1`,
		t.account, a.Name, string(a.TimeZone), a.Disabled, join(a.DisabledComponents), join(a.AllowIPs), id(a.PartnerID),
		a.PointsPerMinute, a.PointsPerDay, nullable(string(a.JIDHost)))
	return true, err
}

const tokenQuery = `select t.account_id, t.id, coalesce(t.employee_id, 0), t.digest, t.session, t.label, t.created_at, coalesce(t.expires_at, 0), t.blocked, t.rights, t.allow_ips, t.door,
		e.document, exists (select 1 from accounts c where c.partner_id = t.account_id), ` + accountColumns + `
	from tokens t
	join accounts a on a.id = t.account_id
	left join employees e on e.account_id = t.account_id and e.id = t.employee_id
	where `

func scanToken(row scanner) (t directory.Token, err error) {
	var created, expires int64
	var rights, ips string
	var document sql.NullString
	t.Account, err = scanAccount(row, &t.AccountID, &t.ID, &t.EmployeeID, &t.Digest, &t.Session, &t.Label, &created, &expires, &t.Blocked, &rights, &ips, &t.Door, &document, &t.Partner)
	if err != nil {
		return t, err
	}
	t.CreatedAt, t.ExpiresAt = moment(created), moment(expires)
	t.Rights, t.AllowIPs = split[directory.Right](rights), split[directory.AddressRange](ips)
	if !document.Valid {
		return t, nil
	}
	var holder directory.Employee
	err = readDocument(document.String, &holder)
	t.Login, t.Roles, t.HolderBlocked = holder.Login, holder.Roles, holder.Blocked
	return t, err
}

// TokenByDigest finds a token, and nil if there is none. It answers what was so within
// tokenFresh, and since the last change by this process. Nobody may change what it
// returns.
func (s *Store) TokenByDigest(ctx context.Context, digest []byte) (*directory.Token, error) {
	token, age := s.tokens.get(digest)
	if token != nil {
		return token, nil
	}
	asked := time.Now()
	err := s.single(ctx, func(r *reader) error {
		t, err := scanToken(r.row(tokenQuery+`t.digest = $1`, digest))
		return found(&token, t, err)
	})
	if token != nil {
		s.tokens.put(token, asked, age)
	}
	return token, err
}

// Tokens lists all permanent tokens, by id.
func (s *Store) Tokens(ctx context.Context) (tokens []directory.Token, err error) {
	err = s.snapshot(ctx, func(r *reader) error {
		return r.each(func(row scanner) error {
			t, err := scanToken(row)
			tokens = append(tokens, t)
			return err
		}, tokenQuery+`not t.session order by t.id`)
	})
	return tokens, err
}

func (t *tx) InsertToken(k directory.Token) error {
	var expires any
	if !k.ExpiresAt.IsZero() {
		expires = k.ExpiresAt.UnixMicro()
	}
	t.add(tokens, t.account, k.ID, id(k.EmployeeID), k.Digest, k.Session, k.Label, k.CreatedAt.UnixMicro(), expires, k.Blocked, join(k.Rights), join(k.AllowIPs), k.Door)
	return nil
}

func (t *tx) BlockToken(id int64, blocked bool) (bool, error) {
	n, err := t.exec(`update tokens set blocked = $3 where account_id = $1 and id = $2`, t.account, id, blocked)
	return n > 0, err
}

func (t *tx) DeleteToken(id int64) (bool, error) {
	n, err := t.exec(`delete from tokens where account_id = $1 and id = $2`, t.account, id)
	if err != nil || n == 0 {
		return false, err
	}
	return true, t.forget(directory.KindToken, id)
}

func (t *tx) DeleteExpiredSessions(employee int64, now time.Time) error {
	_, err := t.exec(`delete from tokens where account_id = $1 and employee_id = $2 and session and expires_at <= $3`, t.account, employee, now.UnixMicro())
	return err
}

func (t *tx) Sessions(employee int64, door string) (n int64, err error) {
	if err := t.flush(); err != nil {
		return 0, err
	}
	err = t.row(`select count(*) from tokens where account_id = $1 and employee_id = $2 and session and door = $3`, t.account, employee, door).Scan(&n)
	return n, err
}

func (t *tx) PasswordHash(employee int64) (hash string, err error) {
	if t.isNew(employee) {
		if err := t.flush(); err != nil {
			return "", err
		}
	}
	err = t.row(`select coalesce(min(password_hash), '') from employees where account_id = $1 and id = $2`, t.account, employee).Scan(&hash)
	return hash, err
}

func (t *tx) ReplacePasswordHash(employee int64, old, hash string) error {
	_, err := t.exec(`update employees set password_hash = $4 where account_id = $1 and id = $2 and password_hash = $3`, t.account, employee, old, hash)
	return err
}

func (t *tx) SetPassword(employee int64, hash string) error {
	if _, err := t.exec(`update employees set password_hash = $3 where account_id = $1 and id = $2`, t.account, employee, nullable(hash)); err != nil {
		return err
	}
	_, err := t.exec(`delete from tokens where account_id = $1 and employee_id = $2 and session`, t.account, employee)
	return err
}

const memberQuery = `select e.document, coalesce(e.password_hash, ''), ` + accountColumns + `
	from employees e join accounts a on a.id = e.account_id
	where e.login is not null and `

func scanMember(row scanner) (m directory.Member, hash string, err error) {
	var document string
	if m.Account, err = scanAccount(row, &document, &hash); err != nil {
		return m, "", err
	}
	var e directory.Employee
	err = json.Unmarshal([]byte(document), &e)
	m.EmployeeID, m.Login, m.FullName, m.Roles, m.Blocked = e.ID, e.Login, e.FullName(), e.Roles, e.Blocked
	return m, hash, err
}

// MemberByLogin finds who signs in with a login, and nil if nobody does.
func (s *Store) MemberByLogin(ctx context.Context, login string) (member *directory.Member, hash string, err error) {
	err = s.snapshot(ctx, func(r *reader) (err error) {
		var m directory.Member
		m, hash, err = scanMember(r.row(memberQuery+`e.login_folded = $1`, directory.Fold(login)))
		return found(&member, m, err)
	})
	return member, hash, err
}

// signInQuery finds members by what they call themselves, a few at most: within an
// account e-mail addresses of members and handles are unique.
var signInQuery = fmt.Sprintf(memberQuery+`%%s order by e.account_id limit %d`, directory.SignInCandidates)

// MembersByName finds those who may sign in by a name: by login or, if nobody has
// that, by e-mail address, or else by handle.
func (s *Store) MembersByName(ctx context.Context, name string) (candidates []directory.Candidate, err error) {
	err = s.snapshot(ctx, func(r *reader) error {
		for _, by := range []string{`e.login_folded = $1`, `e.email_folded = $1`, `e.handle = $1`} {
			err := r.each(func(row scanner) error {
				m, hash, err := scanMember(row)
				candidates = append(candidates, directory.Candidate{Member: m, PasswordHash: hash})
				return err
			}, fmt.Sprintf(signInQuery, by), directory.Fold(name))
			if err != nil || len(candidates) > 0 {
				return err
			}
		}
		return nil
	})
	return candidates, err
}

// PasswordHashes reads the password hashes of ids; those who have none are missing.
func (s *Store) PasswordHashes(ctx context.Context, account int64, ids []int64) (map[int64]string, error) {
	hashes := make(map[int64]string, len(ids))
	err := s.snapshot(ctx, func(r *reader) error {
		return r.each(func(row scanner) error {
			var id int64
			var hash string
			err := row.Scan(&id, &hash)
			hashes[id] = hash
			return err
		}, `select id, password_hash from employees where account_id = $1 and `+s.flavor.ids("id", "$2")+` and password_hash is not null`, account, list(ids))
	})
	return hashes, err
}

// DoorSettings reads an account's settings of a door.
func (s *Store) DoorSettings(ctx context.Context, account int64, door string) (map[string]jsontext.Value, error) {
	settings := map[string]jsontext.Value{}
	err := s.snapshot(ctx, func(r *reader) error {
		return r.each(func(row scanner) error {
			var name, value string
			err := row.Scan(&name, &value)
			settings[name] = jsontext.Value(value)
			return err
		}, `select name, value from door_settings where account_id = $1 and door = $2`, account, door)
	})
	return settings, err
}

func (t *tx) PutDoorSetting(door, name string, value jsontext.Value) error {
	_, err := t.exec(`insert into door_settings (account_id, door, name, value) values ($1, $2, $3, $4)
		on conflict (account_id, door, name) do update set value = excluded.value`, t.account, door, name, string(value))
	return err
}

// Members lists the members of all accounts, by account and id.
func (s *Store) Members(ctx context.Context) (members []directory.Member, err error) {
	err = s.snapshot(ctx, func(r *reader) error {
		return r.each(func(row scanner) error {
			m, _, err := scanMember(row)
			members = append(members, m)
			return err
		}, memberQuery+`1 = 1 order by e.account_id, e.id`)
	})
	return members, err
}

// CustomerUser finds a member of a partner's customers, and nil if there is none.
func (s *Store) CustomerUser(ctx context.Context, partner, id int64) (member *directory.Member, err error) {
	err = s.snapshot(ctx, func(r *reader) error {
		m, _, err := scanMember(r.row(memberQuery+`a.partner_id = $1 and e.id = $2`, partner, id))
		return found(&member, m, err)
	})
	return member, err
}

var customerUserView = &view{
	from: "employees e", id: "e.id", mine: "e.login is not null and e.account_id in (select a.id from accounts a where a.partner_id = $1)",
	fields: map[string]field{
		"id":          {expr: "e.id"},
		"name":        {expr: "e.full_name", folded: "e.full_name_folded"},
		"customer_id": {expr: "e.account_id"},
	},
}

// CustomerUsers reads a page of the members of a partner's customers.
func (s *Store) CustomerUsers(ctx context.Context, partner int64, q directory.Query) (directory.Page[directory.Member], error) {
	return page(ctx, s, customerUserView, partner, q, func(r *reader, ids []int64, place func(int64) *directory.Member) error {
		return r.each(func(row scanner) error {
			m, _, err := scanMember(row)
			*place(m.EmployeeID) = m
			return err
		}, memberQuery+`a.partner_id = $1 and `+s.flavor.ids("e.id", "$2"), partner, list(ids))
	})
}

// pointsLane is the account whose lane the writer counts an account's points in. No
// account has an id below 0, so that on PostgreSQL points wait for each other, at
// their own row, and neither for what else is written to the account nor that for
// them.
func pointsLane(account int64) int64 { return -account }

// TakePoints counts all that are asked for, and takes back in the same transaction
// those that are too many: until it ends, nobody else can count.
func (s *Store) TakePoints(ctx context.Context, r directory.PointsRequest) (taken int64, used directory.PointsUsed, err error) {
	err = s.writer.do(ctx, pointsLane(r.AccountID), []task{func(t *tx) error {
		var minute, day int64
		err := t.row(`insert into account_points (account_id, minute_started, minute_used, day_started, day_used) values ($1, $2, $3, $2, $3)
			on conflict (account_id) do update set
				minute_used = case when account_points.minute_started > $4 then account_points.minute_used else 0 end + excluded.minute_used,
				minute_started = case when account_points.minute_started > $4 then account_points.minute_started else excluded.minute_started end,
				day_used = case when account_points.day_started > $5 then account_points.day_used else 0 end + excluded.day_used,
				day_started = case when account_points.day_started > $5 then account_points.day_started else excluded.day_started end
			returning minute_started, minute_used, day_started, day_used`,
			r.AccountID, r.Now.UnixMicro(), r.N, r.MinuteEnded.UnixMicro(), r.DayEnded.UnixMicro()).
			Scan(&minute, &used.Minute, &day, &used.Day)
		if err != nil {
			return err
		}
		used.MinuteOpened, used.DayOpened = moment(minute), moment(day)
		var over int64
		if r.PerMinute > 0 {
			over = max(over, used.Minute-r.PerMinute)
		}
		if r.PerDay > 0 {
			over = max(over, used.Day-r.PerDay)
		}
		over = min(over, r.N)
		if taken = r.N - over; over == 0 {
			return nil
		}
		used.Minute, used.Day = used.Minute-over, used.Day-over
		return t.returnPoints(r.AccountID, over, used)
	}})[0]
	return taken, used, err
}

// ReturnPoints takes n off those windows that are still the same.
func (s *Store) ReturnPoints(ctx context.Context, account, n int64, used directory.PointsUsed) error {
	return s.writer.do(ctx, pointsLane(account), []task{func(t *tx) error { return t.returnPoints(account, n, used) }})[0]
}

// returnPoints sets no savepoint, for which rows of others that wait would have to
// be written first: nothing that it can fail with leaves the transaction standing.
func (t *tx) returnPoints(account, n int64, used directory.PointsUsed) error {
	_, err := t.group.session.exec(`update account_points set
			minute_used = minute_used - case when minute_started = $3 then cast($2 as bigint) else 0 end,
			day_used = day_used - case when day_started = $4 then cast($2 as bigint) else 0 end
		where account_id = $1`, account, n, used.MinuteOpened.UnixMicro(), used.DayOpened.UnixMicro())
	return err
}
