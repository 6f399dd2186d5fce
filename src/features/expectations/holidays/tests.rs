//! Small files with known holidays, and files with something wrong in them.

use entity::Timestamp;

use super::{MAX_BYTES, MAX_EVENTS, Reading, read};

const NOW: &str = "2026-11-23T12:00:00Z";

fn read_for(zone: &str, lines: &[&str]) -> Reading {
    let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}\r\nEND:VCALENDAR\r\n", lines.join("\r\n"));
    read(&text, zone, Timestamp::parse(NOW).unwrap())
}

/// An event of some lines; the first of them is line 5 of the file.
fn event(lines: &[&str]) -> Reading {
    let whole = [&["BEGIN:VEVENT", "SUMMARY:Feast"][..], lines, &["END:VEVENT"]].concat();
    read_for("Europe/Berlin", &whole)
}

/// The holidays of a file without problems, as `date name` or `date name from-to`.
fn told(reading: &Reading) -> Vec<String> {
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    let tell = |holiday: &super::Holiday| match holiday.closed {
        Some((from, to)) => format!("{} {} {from}-{to}", holiday.date, holiday.name),
        None => format!("{} {}", holiday.date, holiday.name),
    };
    reading.proposals.iter().map(tell).collect()
}

/// The lines of the problems of a file.
fn wrong_at(reading: &Reading) -> Vec<usize> {
    reading.problems.iter().map(|problem| problem.line).collect()
}

#[test]
fn whole_days() {
    let days = |lines: &[&str]| told(&event(lines));
    assert_eq!(days(&["DTSTART;VALUE=DATE:20261225"]), ["2026-12-25 Feast"]);
    assert_eq!(days(&["DTSTART:20261225"]), ["2026-12-25 Feast"], "that it is a date can be seen");
    assert_eq!(
        days(&["DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261226"]),
        ["2026-12-25 Feast"]
    );
    assert_eq!(
        days(&["DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261225"]),
        ["2026-12-25 Feast"]
    );
    let new_year = ["2026-12-31 Feast", "2027-01-01 Feast"];
    assert_eq!(days(&["DTSTART;VALUE=DATE:20261231", "DTEND;VALUE=DATE:20270102"]), new_year);
    assert_eq!(days(&["DTSTART;VALUE=DATE:20261231", "DURATION:P2D"]), new_year);
    assert_eq!(days(&["DTSTART;VALUE=DATE:20240101", "DURATION:P1W"]).len(), 7, "also long ago");
    assert_eq!(days(&["STATUS:CANCELLED", "DTSTART;VALUE=DATE:20261225"]), [""; 0]);
}

#[test]
fn parts_of_days_go_by_the_clock_of_the_calendar() {
    let parts = |lines: &[&str]| told(&event(lines));
    let expected = ["2026-12-24 Feast 12:00-24:00"];
    assert_eq!(parts(&["DTSTART:20261224T120000", "DTEND:20261225T000000"]), expected);
    assert_eq!(parts(&["DTSTART:20261224T110000Z", "DURATION:PT12H"]), expected);
    assert_eq!(
        parts(&[
            "DTSTART;TZID=\"America/New_York\":20261224T060000",
            "DTEND;VALUE=DATE-TIME:20261224T230000Z"
        ]),
        expected
    );
    let three = [
        "2026-12-24 Feast 22:30-24:00",
        "2026-12-25 Feast",
        "2026-12-26 Feast 00:00-01:15:30",
    ];
    assert_eq!(parts(&["DTSTART:20261224T223000", "DTEND:20261226T011530"]), three);
}

#[test]
fn every_year() {
    let years = |lines: &[&str]| told(&event(lines));
    let christmas: Vec<String> = (2026..=2031).map(|year| format!("{year}-12-25 Feast")).collect();
    assert_eq!(
        years(&[
            "DTSTART;VALUE=DATE:19700101",
            "DTEND;VALUE=DATE:19700102",
            "RRULE:FREQ=YEARLY;COUNT=50"
        ]),
        [""; 0]
    );
    assert_eq!(years(&["DTSTART;VALUE=DATE:19991225", "RRULE:FREQ=YEARLY"]), christmas);
    assert_eq!(
        years(&["DTSTART;VALUE=DATE:19991225", "RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25;WKST=SU"]),
        christmas
    );
    assert_eq!(years(&["DTSTART;VALUE=DATE:20251225", "RRULE:FREQ=YEARLY;COUNT=3"]), christmas[..2]);
    assert_eq!(
        years(&["DTSTART;VALUE=DATE:20251225", "RRULE:FREQ=YEARLY;UNTIL=20271225"]),
        christmas[..2]
    );
    assert_eq!(
        years(&["DTSTART;VALUE=DATE:20251225", "RRULE:FREQ=YEARLY;UNTIL=20271224T235959Z"]),
        christmas[..1]
    );
    let every_other = [christmas[1].clone(), christmas[3].clone(), christmas[5].clone()];
    assert_eq!(years(&["DTSTART;VALUE=DATE:20251225", "RRULE:FREQ=YEARLY;INTERVAL=2"]), every_other);
    let but_one = [
        "DTSTART;VALUE=DATE:20251225",
        "RRULE:FREQ=YEARLY;UNTIL=20281231",
        "EXDATE;VALUE=DATE:20261225,20300101",
    ];
    assert_eq!(years(&but_one), christmas[1..3]);
    let thanksgiving = ["2026-11-26 Feast", "2027-11-25 Feast"];
    assert_eq!(
        years(&["DTSTART;VALUE=DATE:20251127", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=3"]),
        thanksgiving
    );
    let memorial_day = ["2026-05-25 Feast", "2027-05-31 Feast"];
    assert_eq!(
        years(&["DTSTART;VALUE=DATE:20250526", "RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;COUNT=3"]),
        memorial_day
    );
    let leap_day = years(&["DTSTART;VALUE=DATE:20240229", "RRULE:FREQ=YEARLY;COUNT=2"]);
    assert_eq!(leap_day, ["2028-02-29 Feast"], "years without that date do not count");
    let evening = [
        "DTSTART;TZID=Europe/Berlin:20251224T140000",
        "DTEND;TZID=Europe/Berlin:20251224T180000",
        "RRULE:FREQ=YEARLY;COUNT=2",
    ];
    assert_eq!(years(&evening), ["2026-12-24 Feast 14:00-18:00"]);
}

#[test]
fn names_and_folded_lines() {
    let lines = [
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Berlin",
        "BEGIN:STANDARD",
        "DTSTART:19701025T030000",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        "END:STANDARD",
        "END:VTIMEZONE",
        "BEGIN:VEVENT",
        "DTSTART;VALUE=DA",
        " TE;X-NOTE=\"a:b;c\":2026",
        "\t1231",
        "SUMMARY;LANGUAGE=de:Silvester\\, a",
        " ber nur\\nhalb \\\\ schön",
        "BEGIN:VALARM",
        "DTSTART:nonsense",
        "END:VALARM",
        "end:vevent",
        "BEGIN:VEVENT",
        "SUMMARY:Feast",
        "DTSTART;VALUE=DATE:20261225",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "SUMMARY: Feast ",
        "DTSTART;VALUE=DATE:20261225",
        "END:VEVENT",
    ];
    let expected = ["2026-12-25 Feast", "2026-12-31 Silvester, aber nur halb \\ schön"];
    assert_eq!(told(&read_for("Europe/Berlin", &lines)), expected);
    let bare = format!("\u{feff}BEGIN:VCALENDAR\n{}\nEND:VCALENDAR", lines.join("\n"));
    assert_eq!(told(&read(&bare, "Europe/Berlin", Timestamp::parse(NOW).unwrap())), expected);
    let long = format!("SUMMARY:{}", "x".repeat(300));
    let reading = read_for("UTC", &["BEGIN:VEVENT", &long, "DTSTART:20261225", "END:VEVENT"]);
    assert_eq!(reading.proposals[0].name.len(), 200);
}

#[test]
fn what_is_wrong_with_an_event_is_told_by_line() {
    let wrong = |lines: &[&str]| {
        let reading = event(lines);
        assert!(reading.proposals.is_empty(), "{lines:?}");
        wrong_at(&reading)
    };
    for lines in [
        &["DTSTART;VALUE=DATE:20261325"][..],
        &["DTSTART;VALUE=DATE:2026-12-25"],
        &["DTSTART;VALUE=DATE:202612255"],
        &["DTSTART;VALUE=DATE:20261225T100000", "DURATION:PT1H"],
        &["DTSTART;VALUE=PERIOD:20261225", "DURATION:PT1H"],
        &["DTSTART;TZID=W. Europe Standard Time:20261225T100000", "DURATION:PT1H"],
        &["DTSTART:20261225T250000", "DURATION:PT1H"],
        &["DTSTART:20261225T100000"],
    ] {
        assert_eq!(wrong(lines), [5], "{lines:?}");
    }
    let date = "DTSTART;VALUE=DATE:20261225";
    for second in [
        date,
        "DTEND;VALUE=DATE:20261224",
        "DTEND;VALUE=DATE:20281225",
        "DTEND:20261226T000000",
        "DURATION:-P1D",
        "DURATION:1 day",
        "RRULE:FREQ=MONTHLY",
        "RRULE:FREQ=YEARLY;BYMONTHDAY=25",
        "RRULE:FREQ=YEARLY;BYDAY=FR",
        "RRULE:FREQ=YEARLY;BYMONTH=12;BYDAY=FR",
        "RRULE:FREQ=YEARLY;BYMONTH=11",
        "RRULE:FREQ=YEARLY;INTERVAL=0",
        "RRULE:FREQ=YEARLY;BYEASTER=-2",
        "RDATE;VALUE=DATE:20271225",
        "RECURRENCE-ID;VALUE=DATE:20261225",
        "EXDATE:never",
        "no colon",
        "X-NOTE;LANGUAGE:text",
        "X-NOTE;LANGUAGE=\"de:text",
        ":text",
    ] {
        assert_eq!(wrong(&[date, second]), [6], "{second}");
    }
    assert_eq!(wrong(&["DURATION:P1D"]), [3], "without DTSTART");
    assert_eq!(wrong(&[date, "DTEND;VALUE=DATE:20261226", "DURATION:P1D"]), [7]);
    let nameless = read_for("UTC", &["BEGIN:VEVENT", date, "SUMMARY: ", "END:VEVENT"]);
    assert_eq!((nameless.proposals.len(), wrong_at(&nameless)), (0, vec![3]));
}

#[test]
fn the_good_events_stay() {
    let good = |name: &str| format!("BEGIN:VEVENT\nSUMMARY:{name}\nDTSTART:20261225\nEND:VEVENT");
    let lines = [
        good("A").as_str(), // lines 3 to 6
        "BEGIN:VEVENT",     // 7
        "SUMMARY:without an end",
        &good("B"), // 9 to 12
        "BEGIN:VEVENT",
        "SUMMARY:without a date",
        "END:VEVENT",
        "END:VALARM", // 16
        "garbage",    // 17
        &good("C"),   // 18 to 21
        "BEGIN:VTODO",
        "BEGIN:VEVENT", // 23: in a wrong place
        "END:VEVENT",
        "END:VTODO",
        &good("D"),
        "BEGIN:VTODO", // 30
    ]
    .join("\n");
    let reading = read_for("UTC", &[&lines]);
    let names: Vec<&str> = reading.proposals.iter().map(|holiday| holiday.name.as_str()).collect();
    assert_eq!(names, ["A", "B", "C", "D"]);
    assert_eq!(wrong_at(&reading), [7, 13, 16, 17, 23, 30]);
}

#[test]
fn what_is_no_calendar_is_refused_as_a_whole() {
    let now = Timestamp::parse(NOW).unwrap();
    let refused = |text: &str| {
        let reading = read(text, "UTC", now);
        assert_eq!((reading.proposals.len(), reading.problems.len()), (0, 1));
        reading.problems[0].line
    };
    assert_eq!(refused(""), 1);
    assert_eq!(refused("\n\nName,Date\n"), 3);
    assert_eq!(refused("BEGIN:VCARD\nEND:VCARD"), 1);
    assert_eq!(refused(&" ".repeat(MAX_BYTES + 1)), 1);
    let event = "BEGIN:VEVENT\nSUMMARY:Feast\nDTSTART:20261225\nEND:VEVENT\n";
    let many = |count: usize| format!("BEGIN:VCALENDAR\n{}END:VCALENDAR", event.repeat(count));
    assert_eq!(told(&read(&many(MAX_EVENTS), "UTC", now)), ["2026-12-25 Feast"]);
    assert_eq!(refused(&many(MAX_EVENTS + 1)), MAX_EVENTS * 4 + 2);
    // Six years of a year and a day.
    let long = |name: usize| format!("BEGIN:VEVENT\nSUMMARY:{name}\nDTSTART:20200101\nDURATION:P366D\nRRULE:FREQ=YEARLY\nEND:VEVENT\n");
    assert_eq!(refused(&format!("BEGIN:VCALENDAR\n{}END:VCALENDAR", long(1))), 2);
    assert_eq!(read("BEGIN:VCALENDAR", "Nowhere/At_All", now).problems.len(), 1);
    assert_eq!(wrong_at(&read("BEGIN:VCALENDAR\nVERSION:2.0", "UTC", now)), [1]);
}

#[test]
fn blocks_and_problems_without_number_are_bounded() {
    let now = Timestamp::parse(NOW).unwrap();
    let deep = format!("BEGIN:VCALENDAR\n{}", "BEGIN:X\n".repeat(100_000));
    assert_eq!(read(&deep, "UTC", now).problems.len(), 1);
    let wrong = read(&format!("BEGIN:VCALENDAR\n{}END:VCALENDAR", "wrong\n".repeat(1_000)), "UTC", now);
    assert_eq!(wrong.problems.len(), 101);
    assert_eq!(wrong.problems[100].message, "there are 900 more problems");
}
