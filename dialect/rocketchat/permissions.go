package rocketchat

import (
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/directory"
)

// permission is what some roles may do. Which ones, is kept for the account, under
// permissionKey.
type permission string

// permissionKey is the name under which the roles of a permission are kept.
func (p permission) key() string { return "permission:" + string(p) }

// The permissions that mean something here.
const (
	accessPermissions     permission = "access-permissions"
	viewPrivilegedSetting permission = "view-privileged-setting"
	editPrivilegedSetting permission = "edit-privileged-setting"
	createUser            permission = "create-user"
	editOtherUserInfo     permission = "edit-other-user-info"
	editOtherUserActive   permission = "edit-other-user-active-status"
	editOtherUserPassword permission = "edit-other-user-password"
	deleteUser            permission = "delete-user"
	assignRoles           permission = "assign-roles"
	assignAdminRole       permission = "assign-admin-role"
	viewFullOtherUserInfo permission = "view-full-other-user-info"
	bypassRateLimit       permission = "api-bypass-rate-limit"

	viewLivechatManager         permission = "view-livechat-manager"
	transferLivechatGuest       permission = "transfer-livechat-guest"
	editOmnichannelContact      permission = "edit-omnichannel-contact"
	manageLivechatAgents        permission = "manage-livechat-agents"
	manageLivechatManagers      permission = "manage-livechat-managers"
	viewLRoom                   permission = "view-l-room"
	viewLivechatDepartments     permission = "view-livechat-departments"
	manageLivechatDepartments   permission = "manage-livechat-departments"
	addLivechatDepartmentAgents permission = "add-livechat-department-agents"
	removeLivechatDepartment    permission = "remove-livechat-department"
)

// permissionTable is which roles have each permission where the account has said
// nothing else. livechat-monitor, bot and app are roles of the vendor's that are
// nobody's here.
var permissionTable = []struct {
	id    permission
	roles []string
}{
	{accessPermissions, []string{roleAdmin}},
	{viewPrivilegedSetting, []string{roleAdmin}},
	{editPrivilegedSetting, []string{roleAdmin}},
	{createUser, []string{roleAdmin}},
	{editOtherUserInfo, []string{roleAdmin}},
	{editOtherUserActive, []string{roleAdmin}},
	{editOtherUserPassword, []string{roleAdmin}},
	{deleteUser, []string{roleAdmin}},
	{assignRoles, []string{roleAdmin}},
	{assignAdminRole, []string{roleAdmin}},
	{viewFullOtherUserInfo, []string{roleAdmin}},
	{bypassRateLimit, []string{roleAdmin, "bot", "app"}},
	{viewLivechatManager, []string{roleManager, "livechat-monitor", roleAdmin}},
	{transferLivechatGuest, []string{roleManager, "livechat-monitor", roleAdmin}},
	{editOmnichannelContact, []string{roleManager, roleAgent, roleAdmin}},
	{manageLivechatAgents, []string{roleManager, "livechat-monitor", roleAdmin}},
	{manageLivechatManagers, []string{roleManager, roleAdmin}},
	{viewLRoom, []string{roleManager, "livechat-monitor", roleAgent, roleAdmin}},
	{viewLivechatDepartments, []string{roleManager, "livechat-monitor", roleAdmin}},
	{manageLivechatDepartments, []string{roleManager, "livechat-monitor", roleAdmin}},
	{addLivechatDepartmentAgents, []string{roleManager, "livechat-monitor", roleAdmin}},
	{removeLivechatDepartment, []string{roleManager, roleAdmin}},
}

// permissions are the endpoints of permissions.
var permissions = []endpoint{
	{method: http.MethodGet, path: "permissions.listAll", params: &listPermissionsRule, handle: (*call).listPermissions},
	{method: http.MethodPost, path: "permissions.update", needs: []permission{accessPermissions}, grants: []directory.Right{directory.UpdateAccounts}, params: &updatePermissionsRule, handle: (*call).updatePermissions},
}

// rolesWith are the roles that have p in the caller's account; nil if there is no such
// permission.
func (c *call) rolesWith(p permission) []string {
	roles := []string{}
	if kept, ok := c.kept[p.key()]; ok && json.Unmarshal(kept, &roles) == nil {
		return roles
	}
	for _, row := range permissionTable {
		if row.id == p {
			return row.roles
		}
	}
	return nil
}

// may reports whether one of the caller's roles has p, mayAny whether one has one.
func (c *call) may(p permission) bool {
	with := c.rolesWith(p)
	return slices.ContainsFunc(rolesOf(&c.self), func(role string) bool { return slices.Contains(with, role) })
}
func (c *call) mayAny(ps ...permission) bool { return slices.ContainsFunc(ps, c.may) }

var (
	listPermissionsRule   = closed(nil)
	updatePermissionsRule = closed([]string{"permissions"}, list("permissions", closed([]string{"_id", "roles"}, text("_id"), member{"roles", rule{kind: anArray, items: &rule{kind: aText}, distinct: true}})))
)

// permissionRow is a permission as it is shown.
type permissionRow struct {
	ID    permission `json:"_id"`
	Roles []string   `json:"roles"`
}

func (c *call) allPermissions() []permissionRow {
	rows := make([]permissionRow, len(permissionTable))
	for i, row := range permissionTable {
		rows[i] = permissionRow{row.id, c.rolesWith(row.id)}
	}
	return rows
}

// listPermissions answers all that there are. When they changed is not kept, so that
// there is no asking for what has changed since.
func (c *call) listPermissions() (any, error) {
	return struct {
		Update []permissionRow `json:"update"`
		Remove []permissionRow `json:"remove"`
	}{c.allPermissions(), []permissionRow{}}, nil
}

// updatePermissions gives permissions to roles, and to no others.
func (c *call) updatePermissions() (any, error) {
	changed := map[string]jsontext.Value{}
	given := c.params["permissions"].([]any)
	for _, item := range given {
		id := permission(textOf(item.(map[string]any), "_id"))
		if c.rolesWith(id) == nil || changed[id.key()] != nil {
			return nil, &failure{status: http.StatusBadRequest, Text: "Invalid permission", ErrorType: "error-invalid-permission"}
		}
		roles := item.(map[string]any)["roles"].([]any)
		for _, role := range roles {
			if !slices.Contains(assignable, role.(string)) && !slices.Contains(otherRoles, role.(string)) {
				return nil, &failure{status: http.StatusBadRequest, Text: "Invalid role", ErrorType: "error-invalid-role"}
			}
		}
		value, err := json.Marshal(roles)
		if err != nil {
			return nil, err
		}
		changed[id.key()] = value
	}
	if err := c.Directory.PutDoorSettings(c.ctx, Door, changed); err != nil {
		return nil, err
	}
	var err error
	if c.kept, err = c.Directory.DoorSettings(c.ctx, Door); err != nil {
		return nil, err
	}
	return struct {
		Permissions []permissionRow `json:"permissions"`
	}{c.allPermissions()}, nil
}
