//! Promises: calendars, proposed holidays, expectations, and what everybody may read of them.

use super::Reach::Open;
use super::{ADMIN, MANAGER, MEMBER_OF_STAFF, Piece, Row, VIEWER};

#[rustfmt::skip]
pub(super) const PIECES: &[Piece] = &[
    ("$promised", r#"publishedExpectations(community:"home")"#),
    ("$aDay", r#"openIntervals(from:"2026-01-05T00:00:00Z",to:"2026-01-06T00:00:00Z")"#),
    (
        "$newCalendar",
        r#"createCalendar(input:{community:"home",name:"Weekend",zone:"Europe/Berlin",hours:[{day:SUNDAY,opens:"10:00",closes:"16:00"}]})"#,
    ),
    (
        "$holidays",
        r#"proposeHolidays(input:{community:"home",calendarId:"%calendar",ical:"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20311225\nSUMMARY:Christmas\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:Never\nEND:VEVENT\nEND:VCALENDAR"})"#,
    ),
    ("$newPromise", r#"draftExpectation(input:{community:"home",name:"New",publicText:"Soon.",metric:UPDATE,target:"P1D"})"#),
    ("$dropped", r#"discardExpectation(input:{community:"home",expectationId:"%draft"})"#),
    ("$settings", r#"updateCommunity(input:{community:"home",publishExpectations:true})"#),
];

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    ("Query", "{@}", Open, "$promised{name}"),
    ("PublishedExpectation", "{$promised{@}}", Open, "name publicText metric target severities categories channels calendar{zone} effectiveFrom keptRate90Days{kept}"),
    ("PublishedCalendar", "{$promised{calendar{@}}}", Open, "zone hours{day}"),
    ("OpenHours", "{$promised{calendar{hours{@}}}}", Open, "day opens closes"),
    ("KeptRate", "{$promised{keptRate90Days{@}}}", Open, "kept broken rate"),
    ("Community", "{$home{@}}", MEMBER_OF_STAFF, "publishesExpectations"),
    ("Community", "{$home{@}}", VIEWER, "calendars{totalCount} holidayProposals{totalCount} expectations{totalCount}"),
    ("CalendarConnection", "{$home{calendars{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{id} totalCount"),
    ("Calendar", "{$home{calendars{nodes{@}}}}", VIEWER, "id name version zone hours{day} holidays{date} openNow $aDay{from} createdAt \
        supersededAt versions{totalCount}"),
    ("Calendar", r#"{node(id:"%calendar"){...on Calendar{@}}}"#, VIEWER, "id name versions{totalCount}"),
    ("OpenHours", "{$home{calendars{nodes{hours{@}}}}}", VIEWER, "day opens closes"),
    ("Holiday", "{$home{calendars{nodes{holidays{@}}}}}", VIEWER, "date name closed{from}"),
    ("ClosedHours", "{$home{calendars{nodes{holidays{closed{@}}}}}}", VIEWER, "from to"),
    ("OpenInterval", "{$home{calendars{nodes{$aDay{@}}}}}", VIEWER, "from to"),
    ("HolidayProposalConnection", "{$home{holidayProposals{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{id} totalCount"),
    ("HolidayProposal", "{$home{holidayProposals{nodes{@}}}}", VIEWER, "id calendar{id} holiday{date} status proposedAt decidedAt"),
    ("HolidayProposal", r#"{node(id:"%proposal"){...on HolidayProposal{@}}}"#, VIEWER, "id holiday{date}"),
    ("ExpectationConnection", "{$home{expectations{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{id} totalCount"),
    ("Expectation", "{$home{expectations{nodes{@}}}}", VIEWER, "id version status name publicText metric target warnBefore calendar{id} \
        severities categories channels pauseOn effectiveFrom effectiveTo publishedAt keptRate{kept} versions{totalCount}"),
    ("Expectation", r#"{node(id:"%draft"){...on Expectation{@}}}"#, VIEWER, "id name versions{totalCount}"),
    ("KeptRate", "{$home{expectations{nodes{keptRate{@}}}}}", VIEWER, "kept broken rate"),
    ("Mutation", "mutation{@}", MANAGER, r#"$newCalendar{userErrors{code}} $holidays{userErrors{code}} $newPromise{userErrors{code}}
        updateCalendar(input:{community:"home",calendarId:"%calendar",name:"Desk 2"}){userErrors{code}}
        decideHolidays(input:{community:"home",calendarId:"%calendar",approve:["%proposal"]}){userErrors{code}}
        updateExpectation(input:{community:"home",expectationId:"%draft",name:"Later"}){userErrors{code}}
        publishExpectation(input:{community:"home",expectationId:"%draft"}){userErrors{code}}
        retireExpectation(input:{community:"home",expectationId:"%draft"}){userErrors{code}} $dropped{userErrors{code}}
        $settings{userErrors{code}}"#),
    ("Mutation", "mutation{@}", ADMIN, r#"updateCommunity(input:{community:"home",name:"Home"}){userErrors{code}}"#),
    ("CalendarPayload", "mutation{$newCalendar{@}}", MANAGER, "calendar{id} userErrors{code}"),
    ("ProposeHolidaysPayload", "mutation{$holidays{@}}", MANAGER, "proposals{id} added problems{line} userErrors{code}"),
    ("HolidayProblem", "mutation{$holidays{problems{@}}}", MANAGER, "line message"),
    ("ExpectationPayload", "mutation{$newPromise{@}}", MANAGER, "expectation{id} userErrors{code}"),
    ("DiscardExpectationPayload", "mutation{$dropped{@}}", MANAGER, "discardedId userErrors{code}"),
    ("UpdateCommunityPayload", "mutation{$settings{@}}", MANAGER, "community{id} userErrors{code}"),
];
