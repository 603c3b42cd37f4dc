package iadvize

import (
	"maps"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/errors"
)

// mistake is what a code of the catalogue means to clients of iAdvize, who tell fewer
// things apart.
type mistake int

// The mistakes.
const (
	ours         mistake = iota // a fault of the server, of which nothing is told
	keyRefused                  // the key or token is none, or not any more
	notAllowed                  // the key is good, and may not do this
	tooMany                     // sign-ins, or calls for the server
	fieldMissing                // a field that is required
	notValid                    // the value of a field
	unknownField                // a field that there is none of
	inUse                       // a value that must be unique, and is another's
	notFound                    // an id that is nothing's
	dependedOn                  // what others depend on, and cannot be deleted
	tooLong                     // more items than may be
	wrongRequest                // whatever else is wrong with a request
)

// mistakes are those of all codes.
var mistakes = map[*errors.Code]mistake{
	errors.InternalError: ours,

	errors.AccessTokenInvalid: keyRefused,
	errors.AccessTokenExpired: keyRefused,
	errors.AccessTokenBlocked: keyRefused,
	errors.AuthError:          keyRefused,

	errors.IPNotWhitelisted:           notAllowed,
	errors.AccountInactive:            notAllowed,
	errors.Forbidden:                  notAllowed,
	errors.SystemEntity:               notAllowed,
	errors.MethodComponentDisabled:    notAllowed,
	errors.ParameterComponentDisabled: notAllowed,
	errors.TariffRestrictions:         notAllowed,

	errors.LimitExceeded: tooMany,
	errors.Other:         tooMany, // overload, at these doors

	errors.RequiredParameterMissed:      fieldMissing,
	errors.DataTypeError:                notValid,
	errors.InvalidParameterValue:        notValid,
	errors.InvalidParametersCombination: notValid,
	errors.InvalidDateTime:              notValid,
	errors.UnexpectedParameters:         unknownField,
	errors.SortProhibited:               unknownField,
	errors.FilterProhibited:             unknownField,
	errors.AlreadyInUse:                 inUse,
	errors.DuplicateEntity:              inUse,
	errors.EntityNotFound:               notFound,
	errors.DependencyError:              dependedOn,
	errors.DataLimitExceeded:            tooLong,

	errors.ParseError:                 wrongRequest,
	errors.InvalidRequest:             wrongRequest,
	errors.BatchNotSupported:          wrongRequest,
	errors.NotificationsNotSupported:  wrongRequest,
	errors.MethodNotFound:             wrongRequest,
	errors.DateIntervalLimitReached:   wrongRequest,
	errors.CampaignIsInactive:         wrongRequest,
	errors.VersionConflict:            wrongRequest,
	errors.InvalidState:               wrongRequest,
	errors.VirtualPhoneNumberNotFound: wrongRequest,
}

// mistakeOf is what the first thing that is wrong means; ours for an error that is not
// of the catalogue.
func mistakeOf(err error) (mistake, errors.Violation) {
	e := errors.Of(err)
	return mistakes[e.Code()], e.Violations[0]
}

// codes are those that there is an answer for.
func codes() []*errors.Code {
	return slices.SortedFunc(maps.Keys(mistakes), func(a, b *errors.Code) int { return strings.Compare(a.Mnemonic+a.Scope, b.Mnemonic+b.Scope) })
}
