//! Cases of the past: how each went, as chance has it. What goes on past the present has not happened yet, so that the latest
//! ones are still open.

use entity::{CaseStatus, InteractionKind, Severity, Timestamp, Visibility};

use super::{ADMIN, AGENT, DAY, DemoCase, HOUR, MANAGER, amends, words};
use crate::features::cases::backdate::record::{CaseRecord, RecordedEvent, What};
use crate::features::demo::DEMO_SOURCE;
use crate::features::demo::dialogue::fill;
use crate::features::demo::dice::Dice;
use crate::features::ingest::record::{InteractionRecord, MemberRecord};

/// Longest subject made of a complaint, in characters.
const LONGEST_SUBJECT: usize = 80;

/// How a case starts.
pub(super) struct Start {
    record: CaseRecord,
    /// The company's answer in the thread of the complaint: when, by whom, in which interaction, in which words.
    answer: Option<(i64, String, String, String)>,
}

/// A case opened from a complaint in the forum or by mail.
pub(super) fn from_complaint(dice: &mut Dice, complaint: &InteractionRecord, said: &[InteractionRecord]) -> Option<Start> {
    let severity = match dice.weighted(&[0.05, 0.22, 0.56, 0.17])? {
        0 => Severity::Critical,
        1 => Severity::High,
        2 => Severity::Normal,
        _ => Severity::Low,
    };
    let text = complaint.text.as_deref().unwrap_or("Complaint");
    let record = CaseRecord {
        source: DEMO_SOURCE.to_owned(),
        external_id: format!("case-{}", complaint.external_id),
        member: complaint.actor.clone()?,
        origin: Some(complaint.external_id.clone()),
        subject: shortened(text),
        text: None,
        category: complaint.topics.first().cloned(),
        severity,
        channel: complaint.channel.clone(),
        visibility: complaint.visibility,
        opened_at: complaint.occurred_at,
        events: Vec::new(),
    };
    let answer = said.iter().find(|reply| {
        let by_staff = reply.actor.as_ref().is_some_and(|actor| actor.starts_with("staff-"));
        reply.kind == InteractionKind::Reply && by_staff && reply.thread == complaint.thread && reply.occurred_at >= complaint.occurred_at
    });
    let answer = answer.and_then(|reply| {
        let (at, text) = (reply.occurred_at.as_micros(), reply.text.clone()?);
        Some((at, reply.actor.clone()?, reply.external_id.clone(), text))
    });
    Some(Start { record, answer })
}

/// A case that came in by another way.
pub(super) fn from_elsewhere(dice: &mut Dice, number: i64, at: i64, members: &[MemberRecord]) -> Option<Start> {
    let here = |member: &&MemberRecord| is_customer(member) && member.joined_at.is_some_and(|joined| joined.as_micros() < at);
    let customers: Vec<&MemberRecord> = members.iter().filter(here).collect();
    let member = dice.pick(&customers)?.external_id.clone();
    let matter = dice.pick(words::MATTERS)?;
    let (subject, text) = (fill(matter.subject, dice), fill(matter.text, dice));
    let channel = dice.phrase(&["email", "email", "phone", "chat"]);
    let record = CaseRecord {
        source: DEMO_SOURCE.to_owned(),
        external_id: format!("case-{}", number + 1),
        member,
        origin: None,
        subject: capitalized(&subject),
        text: Some(text),
        category: Some(matter.category.to_owned()),
        severity: matter.severity,
        channel: Some(channel.to_owned()),
        visibility: Visibility::Private,
        opened_at: Timestamp::from_micros(at),
        events: Vec::new(),
    };
    Some(Start { record, answer: None })
}

/// Whether somebody is neither staff nor a bot.
pub(super) fn is_customer(member: &MemberRecord) -> bool {
    member.is_staff != Some(true) && member.is_bot != Some(true)
}

/// The first sentence, or the start of it: short enough to be a subject. The dots of a version end no sentence.
fn shortened(text: &str) -> String {
    let end = [". ", "! ", "? "].iter().filter_map(|mark| text.find(mark)).min();
    let sentence = end.and_then(|end| text.get(..=end)).unwrap_or(text).trim_end_matches('.').trim();
    if sentence.chars().count() <= LONGEST_SUBJECT {
        return sentence.to_owned();
    }
    sentence.chars().take(LONGEST_SUBJECT - 1).chain(['…']).collect()
}

/// A subject with a capital letter, also where a room begins it.
fn capitalized(subject: &str) -> String {
    let mut letters = subject.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Tells how a case went.
pub(super) fn tell(dice: &mut Dice, end: i64, start: Start) -> DemoCase {
    let at = start.record.opened_at.as_micros();
    let mut plot = Plot {
        dice,
        end,
        at,
        answered_at: at,
        by: String::new(),
        record: start.record,
    };
    // Where the story comes to the present, it stops.
    let _told_so_far = plot.unfold(start.answer);
    let Plot {
        dice, answered_at, record, ..
    } = plot;
    let amends = amends::draw(dice, answered_at, end);
    DemoCase::new(record, amends)
}

/// A case while it is told.
struct Plot<'a> {
    dice: &'a mut Dice,
    end: i64,
    at: i64,
    answered_at: i64,
    /// Who of the company writes.
    by: String,
    record: CaseRecord,
}

impl Plot<'_> {
    fn unfold(&mut self, answer: Option<(i64, String, String, String)>) -> Option<()> {
        self.answer(answer)?;
        if self.dice.chance(0.3) {
            self.work(3.0)?;
            let note = self.dice.phrase(words::NOTES);
            self.happens(What::Note(note.to_owned()));
        }
        if self.dice.chance(0.1) {
            self.look_closer()?;
        }
        match self.dice.weighted(&[0.36, 0.16, 0.48]) {
            Some(0) => self.ask()?,
            Some(1) => self.hold()?,
            _ => {}
        }
        if self.record.visibility == Visibility::Public && self.dice.chance(0.12) {
            self.work(2.0)?;
            self.happens(What::Visibility(Visibility::Private));
        }
        let mean = if self.dice.chance(0.15) { 220.0 } else { 26.0 };
        self.solve(mean, words::SOLUTIONS)?;
        let comes_back = self.dice.chance(0.13);
        if comes_back {
            self.wait(30.0)?;
            let text = self.phrase(words::RELAPSES);
            self.happens(What::Message(text));
            self.solve(20.0, words::SECOND_SOLUTIONS)?;
        }
        self.feel(comes_back)?;
        self.at += 6 * DAY;
        self.work(1.0)?;
        self.happens(What::Status(CaseStatus::Closed));
        Some(())
    }

    /// Time passes for the customer; `None` when that goes past the present.
    fn wait(&mut self, mean_hours: f64) -> Option<()> {
        self.at += (self.dice.waiting(mean_hours) * HOUR as f64) as i64 + HOUR / 12;
        (self.at <= self.end).then_some(())
    }

    /// Time passes until somebody of the company, who works on weekdays, gets to it.
    fn work(&mut self, mean_hours: f64) -> Option<()> {
        self.at += (self.dice.waiting(mean_hours) * HOUR as f64) as i64 + HOUR / 12;
        self.at = at_work(self.at, self.dice);
        (self.at <= self.end).then_some(())
    }

    fn happens(&mut self, what: What) {
        let mut event = RecordedEvent::new(Timestamp::from_micros(self.at), what);
        if matches!(event.what, What::Reply(_) | What::Note(_)) {
            event.by = Some(self.by.clone());
        }
        self.record.events.push(event);
    }

    fn phrase(&mut self, pool: &[&'static str]) -> String {
        fill(self.dice.phrase(pool), self.dice)
    }

    /// Somebody takes the case and answers, in the thread of the complaint if they did that.
    fn answer(&mut self, answer: Option<(i64, String, String, String)>) -> Option<()> {
        let (to, by) = self.choose_staff();
        self.by = by;
        let told = match answer {
            Some((at, by, interaction, text)) => {
                (self.at, self.by) = (at, by);
                RecordedEvent {
                    interaction: Some(interaction),
                    by: Some(self.by.clone()),
                    ..RecordedEvent::new(Timestamp::from_micros(at), What::Reply(text))
                }
            }
            None => {
                let mean = if self.dice.chance(0.15) { 40.0 } else { 4.0 };
                self.work(mean)?;
                let text = self.phrase(words::FIRST_REPLIES);
                RecordedEvent {
                    by: Some(self.by.clone()),
                    ..RecordedEvent::new(Timestamp::from_micros(self.at), What::Reply(text))
                }
            }
        };
        self.answered_at = self.at;
        self.happens(What::Assignee(Some(to.to_owned())));
        self.record.events.push(told);
        Some(())
    }

    /// Who gets the case, and who of the forum's staff writes.
    fn choose_staff(&mut self) -> (&'static str, String) {
        let by = match self.record.category.as_deref() {
            Some("billing") => "staff-6",
            Some("firmware" | "mobile-app") => "staff-4",
            _ => self.dice.phrase(&["staff-2", "staff-3", "staff-5"]),
        };
        let to = if self.record.visibility == Visibility::Public {
            self.dice.phrase(&[AGENT, AGENT, ADMIN])
        } else {
            self.dice.phrase(&[MANAGER, MANAGER, ADMIN])
        };
        (to, by.to_owned())
    }

    /// The case turns out to be worse, or about something else.
    fn look_closer(&mut self) -> Option<()> {
        self.work(4.0)?;
        if self.dice.chance(0.5) {
            self.happens(What::Severity(if self.record.severity <= Severity::High {
                Severity::Normal
            } else {
                Severity::High
            }));
        } else {
            let category = self.dice.phrase(&["firmware", "hardware", "networking"]);
            self.happens(What::Category(Some(category.to_owned())));
        }
        Some(())
    }

    fn ask(&mut self) -> Option<()> {
        self.work(3.0)?;
        let question = self.phrase(words::QUESTIONS);
        self.happens(What::Reply(question));
        self.happens(What::Status(CaseStatus::WaitingOnCustomer));
        if self.dice.chance(0.8) {
            self.wait(22.0)?;
            let answer = self.phrase(words::ANSWERS);
            self.happens(What::Message(answer));
        } else {
            self.at += 7 * DAY;
            self.work(2.0)?;
        }
        Some(())
    }

    fn hold(&mut self) -> Option<()> {
        self.work(4.0)?;
        let reason = self.phrase(words::HOLDS);
        self.happens(What::Reply(reason));
        self.happens(What::Status(CaseStatus::OnHold));
        self.work(90.0)?;
        let news = self.phrase(words::NEWS);
        self.happens(What::Reply(news));
        self.happens(What::Status(CaseStatus::Open));
        Some(())
    }

    fn solve(&mut self, mean_hours: f64, pool: &[&'static str]) -> Option<()> {
        self.work(mean_hours)?;
        let text = self.phrase(pool);
        self.happens(What::Reply(text));
        self.happens(What::Status(CaseStatus::Resolved));
        Some(())
    }

    /// Some say how they feel afterwards: better when it was quick.
    fn feel(&mut self, came_back: bool) -> Option<()> {
        if !self.dice.chance(0.55) {
            return Some(());
        }
        let days = (self.at - self.record.opened_at.as_micros()) / DAY;
        let (low, high) = if came_back || days > 6 { (-0.6, 0.4) } else { (0.1, 0.95) };
        self.wait(20.0)?;
        let mood = (self.dice.between(low, high) * 100.0).round() / 100.0;
        self.happens(What::Sentiment(mood));
        Some(())
    }
}

/// The instant itself on a weekday between 7 and 16 hours UTC, otherwise some time after work begins again.
pub(super) fn at_work(at: i64, dice: &mut Dice) -> i64 {
    let (mut day, hour) = (at.div_euclid(DAY), at.rem_euclid(DAY) / HOUR);
    // 1970-01-01 was a Thursday.
    let is_workday = |day: i64| (day + 3).rem_euclid(7) < 5;
    if is_workday(day) && (7..16).contains(&hour) {
        return at;
    }
    if hour >= 16 || !is_workday(day) {
        day += 1;
    }
    while !is_workday(day) {
        day += 1;
    }
    day * DAY + 7 * HOUR + dice.below(2 * HOUR as u64) as i64
}
