package errors

// Code is one row of the error catalogue: what a client may be told.
type Code struct {
	Number   int    // JSON-RPC error code; several mnemonics share one
	Mnemonic string // the key that clients are told to act on; unique but for "forbidden"
	Message  string // English text; {name} stands for a value of Params
	Scope    string // which methods may answer it: "all" or a verb or a method
	When     string // what the client did
}

// The catalogue: UIS/CoMagic Data API v2.0, "List of errors". Spellings that
// look wrong ("opreations", "interdependet") are the vendor's and clients match
// on them. version_conflict alone is ours.
var (
	ParseError                   = &Code{-32700, "parse_error", "Invalid JSON was received by the server.", "all", "the body is not one strict JSON document"}
	InvalidRequest               = &Code{-32600, "invalid_request", "Invalid Request The JSON sent is not a valid Request object", "all", "jsonrpc, id, method or params is not what JSON-RPC 2.0 says, or a limit on size was passed"}
	BatchNotSupported            = &Code{-32099, "batch_opreations_not_supported", "Batch operations not supported", "all", "a batch was sent and batches are switched off"}
	NotificationsNotSupported    = &Code{-32099, "notifications_not_supported", "Notifications not supported", "all", "id is missing and notifications are switched off"}
	MethodNotFound               = &Code{-32601, "method_not_found", "The method does not exist / is not available", "all", "no method has this name"}
	AccessTokenExpired           = &Code{-32001, "access_token_expired", "Access token has been expired", "all", "the permanent token is past its end date"}
	AccessTokenBlocked           = &Code{-32001, "access_token_blocked", "Access token has been blocked", "all", "the token, or the member who holds it, is blocked"}
	AccessTokenInvalid           = &Code{-32001, "access_token_invalid", "Access token is invalid", "all", "no such token, or its session is over"}
	AuthError                    = &Code{-32001, "auth_error", "Login or password is wrong", "login.user", "login or password is wrong"}
	IPNotWhitelisted             = &Code{-32003, "ip_not_whitelisted", "Your IP {ip} is not whitelisted", "all", "the address is not on the account's or token's list"}
	Forbidden                    = &Code{-32003, "forbidden", "Permission denied", "all", "the caller has no right to this method or action, or may not act as user_id; a blocked member signs in"}
	AccountInactive              = &Code{-32009, "account_inactive", "Your account has been disabled, contact the support service", "all", "the account is disabled"}
	MethodComponentDisabled      = &Code{-32602, "method_component_disabled", "You need at least one of the following components to access this method: {components}", "all", "the account lacks a component that the method needs"}
	ParameterComponentDisabled   = &Code{-32008, "parameter_component_disabled", "You need at least one of the following components to access this parameter: {components}", "all", "the account lacks a component that a parameter needs"}
	LimitExceeded                = &Code{-32029, "limit_exceeded", "Limit per {limit_type} has been exceeded. Value of current limit per {limit_type} is {limit_max_value}", "all", "too many calls or sign-ins in a day or a minute"}
	InternalError                = &Code{-32603, "internal_error", "Internal error, contact the support service", "all", "a fault of the server; its log says which"}
	DataTypeError                = &Code{-32602, "data_type_error", "Data supplied is of wrong type", "all", "another JSON type was expected"}
	RequiredParameterMissed      = &Code{-32602, "required_parameter_missed", "The required parameter has been missed", "all", "a required parameter is absent or null"}
	InvalidParameterValue        = &Code{-32602, "invalid_parameter_value", "Invalid parameter value", "all", "the value is outside what is allowed"}
	UnexpectedParameters         = &Code{-32602, "unexpected_parameters", "Unexpected method parameter(s)", "all", "a parameter, or a field named in filter, sort or fields, does not exist"}
	InvalidParametersCombination = &Code{-32602, "invalid_parameters_combination", "The combination of parameters is not permitted", "all", "parameters contradict each other"}
	Other                        = &Code{-32602, "error", "{error_message}", "all", "what no other mnemonic says; the message tells"}

	SortProhibited           = &Code{-32602, "sort_prohibited", "Sort by parameter is prohibited", "get", "the field cannot be sorted by"}
	FilterProhibited         = &Code{-32602, "filter_prohibited", "Filter by parameter is prohibited", "get", "the field cannot be filtered by"}
	DateIntervalLimitReached = &Code{-32602, "date_interval_limit_reached", "Max value of requested date interval is 3 months", "get", "the interval is over three months"}

	EntityNotFound     = &Code{-32602, "entity_not_found", "Entity not found", "delete, create, update, set, unset, upload", "the id, or an id that is referred to, does not exist"}
	DependencyError    = &Code{-32602, "dependency_error", "You have interdependet entities", "delete", "other entities depend on this one"}
	SystemEntity       = &Code{-32602, "forbidden", "Permission denied", "delete", "a system entity cannot be deleted"}
	DuplicateEntity    = &Code{-32602, "duplicate_entity", "Duplicate entity", "create, update, set, unset", "such an entity exists already"}
	CampaignIsInactive = &Code{-32602, "campaign_is_inactive", "Campaign is inactive", "create, update, set, unset", "the campaign is inactive"}
	InvalidDateTime    = &Code{-32602, "invalid_date_time", "Invalid date time", "create, update, set, unset", "a date or time does not exist"}
	DataLimitExceeded  = &Code{-32602, "data_limit_exceeded", "A new data limit has been exceeded", "create, update, set, unset", "more items than allowed"}
	TariffRestrictions = &Code{-32602, "tariff_restrictions", "Action is not allowed for your tariff plan. You need contact support service or change your tariff plan settings in your account", "create, update, set, unset", "the tariff plan does not allow it"}
	AlreadyInUse       = &Code{-32602, "already_in_use", "This value is already used by another entity", "create, update, set, unset", "the value must be unique and another entity has it"}
	VersionConflict    = &Code{-32602, "version_conflict", "The entity has been changed since the expected version", "update, delete", "expected_version is not the entity's version (an extension of rosterd)"}

	InvalidState               = &Code{-32602, "invalid_state", "An attempt was made to use a status that is not correct in this state", "update.customer_status", "the status does not fit the state"}
	VirtualPhoneNumberNotFound = &Code{-32007, "virtual_phone_number_not_found", "Virtual phone number {virtual_phone_number} not found.", "enable.virtual_numbers, disable.virtual_numbers", "the number is not the account's"}
)

// GivenUp is what a call of an atomic batch answers that may have been good itself.
func GivenUp() *Error {
	return E(Other, "error_message", "The batch was given up because another of its calls failed; nothing of it was done")
}

// Catalogue returns every code, in the order of the documentation.
func Catalogue() []*Code {
	return []*Code{
		ParseError, InvalidRequest, BatchNotSupported, NotificationsNotSupported, MethodNotFound,
		AccessTokenExpired, AccessTokenBlocked, AccessTokenInvalid, AuthError,
		IPNotWhitelisted, Forbidden, AccountInactive, MethodComponentDisabled, ParameterComponentDisabled,
		LimitExceeded, InternalError, DataTypeError, RequiredParameterMissed, InvalidParameterValue,
		UnexpectedParameters, InvalidParametersCombination, Other,
		SortProhibited, FilterProhibited, DateIntervalLimitReached,
		EntityNotFound, DependencyError, SystemEntity, DuplicateEntity, CampaignIsInactive, InvalidDateTime,
		DataLimitExceeded, TariffRestrictions, AlreadyInUse, VersionConflict,
		InvalidState, VirtualPhoneNumberNotFound,
	}
}
