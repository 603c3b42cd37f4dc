package libraryh3lp

import (
	"maps"
	"slices"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/errors"
)

// properties are the vendor's names of the directory's parameters, where they
// differ.
var properties = map[string]string{
	"handle":                  "name",
	"last_name":               "name",
	"login":                   "name", // which follows the handle, as does the seat's
	"operator.operator_login": "name",
	"status_text":             "status",
	"group_id":                "queueId",
	"employee_id":             "userId",
}

// propertyOf is the vendor's name of what a violation is about.
func propertyOf(v errors.Violation) string {
	path := v.Path.String()
	if name, differs := properties[path]; differs {
		return name
	}
	return path
}

// nouns are what the parameters that name something else are about.
var nouns = map[string]string{
	"group_id":    queueType,
	"queueId":     queueType,
	"employee_id": userType,
	"userId":      userType,
}

// Contract is how the door maps the roster.
func Contract() dialect.Contract {
	return dialect.Contract{Fields: employeeFields, Codes: slices.Collect(maps.Keys(answers)), Answer: answerTo}
}

// Why fields have no name here.
const (
	ofOthers = "for other doors' clients"
	ofCalls  = "telephony, which the vendor has not"
	ofSeats  = "the vendor's users are their names; a new one gets a seat, with the defaults"
	ofPeople = "the vendor tells nothing of the person"
)

// employeeFields are the properties of users that an employee's fields become, or
// with a dot those of other resources.
var employeeFields = map[string]dialect.Field{
	"id":             {Name: "id"},
	"account_id":     {Name: "login.account_id"},
	"uuid":           {Why: ofOthers},
	"rocket_id":      {Why: ofOthers},
	"version":        {Why: ofOthers},
	"created_at":     {Why: ofPeople},
	"updated_at":     {Why: ofPeople},
	"login":          {Why: "users do not sign in here unless another door lets them; their name is the handle"},
	"blocked":        {Why: "the vendor has no such property"},
	"roles":          {Why: "the vendor tells of administrators alone, and only at a sign-in"},
	"first_name":     {Why: ofPeople},
	"last_name":      {Why: "a new user gets their name as last name; it is not shown"},
	"patronymic":     {Why: ofPeople},
	"email":          {Name: "email"},
	"email_verified": {Why: ofOthers},
	"external_id":    {Why: ofOthers},
	"handle":         {Name: "name"},

	"status_id":                    {Name: "show"},
	"status_since":                 {Why: "the vendor does not tell since when"},
	"finer_show":                   {Name: "show"},
	"status_text":                  {Name: "status"},
	"schedule_id":                  {Why: ofCalls},
	"call_recording":               {Why: ofCalls},
	"directions.in_external":       {Why: ofCalls},
	"directions.in_internal":       {Why: ofCalls},
	"directions.out_external":      {Why: ofCalls},
	"directions.out_internal":      {Why: ofCalls},
	"coach.id":                     {Why: ofCalls},
	"coach.always_enabled":         {Why: ofCalls},
	"groups":                       {Name: "assignments.queueId"},
	"number_ids":                   {Why: ofCalls},
	"link_ids":                     {Why: ofCalls},
	"extension.number":             {Why: ofCalls},
	"extension.voice_mail_enabled": {Why: ofCalls},
	"extension.queue_enabled":      {Why: ofCalls},

	"seat.display_name":              {Why: ofSeats},
	"seat.login":                     {Why: ofSeats},
	"seat.position_id":               {Why: ofSeats},
	"seat.offline_message_enabled":   {Why: ofSeats},
	"seat.invite_to_chat_enabled":    {Why: ofSeats},
	"seat.sites":                     {Why: ofSeats},
	"display_name":                   {Why: ofSeats},
	"channels.chat.enabled":          {Why: ofSeats},
	"channels.chat.slots":            {Why: ofSeats},
	"channels.chat.priority":         {Why: ofSeats},
	"channels.chat.available":        {Why: ofSeats},
	"channels.chat_and_call":         {Why: ofSeats},
	"channels.chat_to_video":         {Why: ofSeats},
	"channels.call.enabled":          {Why: ofSeats},
	"channels.call.slots":            {Why: ofSeats},
	"channels.call.priority":         {Why: ofSeats},
	"channels.call.available":        {Why: ofSeats},
	"channels.video.enabled":         {Why: ofSeats},
	"channels.video.slots":           {Why: ofSeats},
	"channels.video.priority":        {Why: ofSeats},
	"channels.video.available":       {Why: ofSeats},
	"channels.third_party.enabled":   {Why: ofSeats},
	"channels.third_party.slots":     {Why: ofSeats},
	"channels.third_party.priority":  {Why: ofSeats},
	"channels.third_party.available": {Why: ofSeats},
	"skills":                         {Why: ofPeople},
	"languages":                      {Why: ofPeople},
	"interface_language":             {Why: ofPeople},
	"time_zone":                      {Why: ofPeople},
	"profile.status":                 {Why: ofPeople},
	"profile.description":            {Why: ofPeople},
	"profile.facebook":               {Why: ofPeople},
	"profile.city":                   {Why: ofPeople},
	"profile.country":                {Why: ofPeople},
	"call_settings.from_phone":       {Why: ofOthers},
	"call_settings.ask_number":       {Why: ofOthers},
	"call_settings.phone":            {Why: ofOthers},
	"date_format":                    {Why: ofPeople},
	"time_format":                    {Why: ofPeople},
	"avatar":                         {Why: "the vendor has pictures of queues alone"},
	"saml_id":                        {Why: ofOthers},
}
