package rocketchat

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/directory"
)

// setting is one of the vendor's settings, kept for the account under its key.
type setting string

func (s setting) key() string { return "setting:" + string(s) }

// The settings that there are.
const (
	livechatEnabled         setting = "Livechat_enabled"
	livechatRoutingMethod   setting = "Livechat_Routing_Method"
	departmentRemoval       setting = "Omnichannel_enable_department_removal"
	allowInvisible          setting = "Accounts_AllowInvisibleStatusOption"
	allowInfiniteCount      setting = "API_Allow_Infinite_Count"
	countLimit              setting = "API_Upper_Count_Limit"
	defaultCount            setting = "API_Default_Count"
	enableRateLimiter       setting = "API_Enable_Rate_Limiter"
	rateLimiterCalls        setting = "API_Enable_Rate_Limiter_Limit_Calls_Default"
	rateLimiterMilliseconds setting = "API_Enable_Rate_Limiter_Limit_Time_Default"
)

// MaxSetting is the greatest value of a setting that is a number; none is below 0.
const MaxSetting = 1_000_000_000

// settingTable are the settings with their defaults, whose types are theirs: bool,
// string or float64. What clients set before they use agents, and what concerns
// conversations alone, is kept for them and does nothing here.
var settingTable = []struct {
	id       setting
	standard any
	words    []string // that a string may be
}{
	{livechatEnabled, false, nil},
	{livechatRoutingMethod, "Auto_Selection", []string{"Auto_Selection", "Manual_Selection", "External", "Load_Balancing", "Load_Rotation"}},
	{departmentRemoval, false, nil},
	{allowInvisible, true, nil},
	{allowInfiniteCount, true, nil},
	{countLimit, 100.0, nil},
	{defaultCount, 50.0, nil},
	{enableRateLimiter, true, nil},
	{rateLimiterCalls, 10.0, nil},
	{rateLimiterMilliseconds, 60000.0, nil},
}

// settings are the endpoints of settings.
var settings = []endpoint{
	{method: http.MethodGet, path: "settings/{id}", needs: []permission{viewPrivilegedSetting}, handle: (*call).getSetting},
	{method: http.MethodPost, path: "settings/{id}", needs: []permission{editPrivilegedSetting}, grants: []directory.Right{directory.UpdateAccounts}, params: &putSettingRule, handle: (*call).putSetting},
}

var putSettingRule = closed(nil, anything("value"))

func (c *call) getSetting() (any, error) {
	id := setting(c.r.PathValue("id"))
	value := c.setting(id)
	if value == nil {
		return nil, errBad("")
	}
	return struct {
		ID    setting `json:"_id"`
		Value any     `json:"value"`
	}{id, value}, nil
}

func (c *call) putSetting() (any, error) {
	id := setting(c.r.PathValue("id"))
	if c.setting(id) == nil || c.params["value"] == nil {
		return nil, errBad("")
	}
	if !id.accepts(c.params["value"]) {
		return nil, coded(http.StatusBadRequest, "error-invalid-setting-value", "Invalid value of the setting "+string(id))
	}
	value, err := json.Marshal(c.params["value"])
	if err != nil {
		return nil, err
	}
	return nil, c.Directory.PutDoorSettings(c.ctx, Door, map[string]jsontext.Value{id.key(): value})
}

// accepts reports whether a value is of the setting's type, and within its bounds.
func (s setting) accepts(value any) bool {
	for _, row := range settingTable {
		if row.id != s {
			continue
		}
		switch value := value.(type) {
		case bool:
			_, ok := row.standard.(bool)
			return ok
		case string:
			return slices.Contains(row.words, value)
		case float64:
			_, ok := row.standard.(float64)
			return ok && value == math.Trunc(value) && value >= 0 && value <= MaxSetting
		}
	}
	return false
}

// isOn and amount are the value of a setting, which is a boolean or a number.
func (c *call) isOn(s setting) bool {
	b, _ := c.setting(s).(bool)
	return b
}
func (c *call) amount(s setting) int64 {
	f, _ := c.setting(s).(float64)
	return int64(f)
}

// setting is the value of a setting in the caller's account, nil if there is no such
// setting.
func (c *call) setting(s setting) any {
	for _, row := range settingTable {
		if row.id != s {
			continue
		}
		if kept, ok := c.kept[s.key()]; ok {
			var value any
			if json.Unmarshal(kept, &value) == nil && s.accepts(value) {
				return value
			}
		}
		return row.standard
	}
	return nil
}

// limit counts a call of an endpoint, tells the caller in the headers how many are
// left, and refuses one too many.
func (c *call) limit(e *endpoint) error {
	if !c.isOn(enableRateLimiter) || c.may(bypassRateLimit) {
		return nil
	}
	calls, length := c.amount(rateLimiterCalls), time.Duration(c.amount(rateLimiterMilliseconds))*time.Millisecond
	if calls == 0 || length == 0 {
		return nil
	}
	w := c.limits.count(limitKey{c.actor.AccountID, e.method, e.path, c.address()}, length)
	h := c.w.Header()
	h.Set("X-RateLimit-Limit", strconv.FormatInt(calls, 10))
	h.Set("X-RateLimit-Remaining", strconv.FormatInt(max(0, calls-w.count), 10))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(w.ends.UnixMilli(), 10))
	if w.count > calls {
		return errTooManyRequests(w.ends.Sub(c.Clock()))
	}
	return nil
}
