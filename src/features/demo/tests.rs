//! Tests of the invented community.

mod synthetic;

use super::{DemoCommunity, DemoPlan, demo_community};
use crate::features::ingest::record::{InteractionRecord, MemberRecord};
use entity::{Consent, InteractionKind, Timestamp, Visibility};
use std::collections::{HashMap, HashSet};

const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_123_456);
const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1_440 * MINUTE;

fn usual() -> DemoCommunity {
    demo_community(&DemoPlan::new(7, NOW))
}

fn tally(interactions: &[InteractionRecord]) -> HashMap<InteractionKind, usize> {
    let mut counts = HashMap::new();
    for interaction in interactions {
        *counts.entry(interaction.kind).or_default() += 1;
    }
    counts
}

#[test]
fn the_same_plan_gives_the_same_community() {
    assert_eq!(usual(), usual());
    assert_ne!(usual(), demo_community(&DemoPlan::new(8, NOW)));
}

#[test]
fn every_kind_and_visibility_occurs() {
    let community = usual();
    let counts = tally(&community.interactions);
    for kind in InteractionKind::ALL {
        assert!(counts.get(kind).copied().unwrap_or_default() >= 20, "{kind}");
    }
    for visibility in Visibility::ALL {
        let seen = community.interactions.iter().filter(|one| one.visibility == *visibility);
        assert!(seen.count() >= 100, "{visibility}");
    }
    for channel in ["forum", "chat", "email", "social"] {
        assert!(community.interactions.iter().any(|one| one.channel.as_deref() == Some(channel)));
    }
    assert!((15_000..=20_000).contains(&community.interactions.len()));
}

#[test]
fn everything_happened_within_the_period() {
    for (members, days) in [(400, 730), (37, 9), (3, 1), (1, 30), (0, 5), (20, 0)] {
        let plan = DemoPlan {
            members,
            days,
            ..DemoPlan::new(3, NOW)
        };
        let community = demo_community(&plan);
        let earliest = NOW.plus_micros(-DAY * i64::from(days.max(1)));
        let latest = NOW.plus_micros(-MINUTE);
        let joined = community.members.iter().filter_map(|one| one.joined_at);
        let active = community.members.iter().filter_map(|one| one.last_active_at);
        let done = community.interactions.iter().map(|one| one.occurred_at);
        assert!(joined.chain(active).chain(done).all(|at| at >= earliest && at <= latest));
    }
}

#[test]
fn the_oldest_comes_first() {
    assert!(usual().interactions.is_sorted_by_key(|one| one.occurred_at));
}

#[test]
fn ids_and_handles_and_accounts_are_unique() {
    let community = usual();
    let ids: HashSet<_> = community.interactions.iter().map(|one| &one.external_id).collect();
    assert_eq!(ids.len(), community.interactions.len());
    let members: HashSet<_> = community.members.iter().map(|one| &one.external_id).collect();
    assert_eq!(members.len(), community.members.len());
    let handles: HashSet<_> = community.members.iter().map(|one| &one.handle).collect();
    assert_eq!(handles.len(), community.members.len());
    let identities = || community.members.iter().flat_map(|one| &one.identities);
    let accounts: HashSet<_> = identities().map(|one| (&one.provider, &one.external_id)).collect();
    assert_eq!(accounts.len(), identities().count());
}

#[test]
fn whatever_is_referred_to_exists_and_is_older() {
    let community = usual();
    let members: HashSet<_> = community.members.iter().map(|one| one.external_id.as_str()).collect();
    let times: HashMap<_, _> = community
        .interactions
        .iter()
        .map(|one| (one.external_id.as_str(), one.occurred_at))
        .collect();
    for one in &community.interactions {
        let people = [&one.actor, &one.target];
        assert!(people.into_iter().flatten().all(|id| members.contains(id.as_str())));
        assert!(one.actor.is_none() || one.actor != one.target, "{one:?}");
        let earlier = [&one.thread, &one.parent, &one.retracts];
        for earlier in earlier.into_iter().flatten() {
            let at = times.get(earlier.as_str()).copied();
            assert!(at.is_some_and(|at| at <= one.occurred_at), "{one:?}");
        }
    }
}

#[test]
fn what_was_said_is_complete_and_shown_only_to_those_who_may_see_it() {
    for one in &usual().interactions {
        assert_eq!(one.retracts.is_some(), one.kind == InteractionKind::Retraction);
        assert!(one.sentiment.is_none_or(|mood| (-1.0..=1.0).contains(&mood)));
        let shown = one.thread.is_some() && one.visibility == Visibility::Public;
        assert_eq!(one.url.is_some(), shown, "{one:?}");
        assert!(one.text.as_ref().is_none_or(|text| !text.is_empty() && !text.contains('{')));
    }
}

#[test]
fn nobody_acts_before_joining() {
    let community = usual();
    let joined: HashMap<_, _> = community
        .members
        .iter()
        .map(|one| (one.external_id.as_str(), one.joined_at))
        .collect();
    for one in &community.interactions {
        let Some(actor) = one.actor.as_deref() else {
            continue;
        };
        assert!(
            joined.get(actor).copied().flatten().is_some_and(|at| at <= one.occurred_at),
            "{one:?}"
        );
    }
}

#[test]
fn those_who_were_invited_contribute() {
    let community = usual();
    let invited = community.interactions.iter().filter(|one| one.kind == InteractionKind::Invite);
    for invite in invited {
        let contributes = community
            .interactions
            .iter()
            .any(|one| one.actor == invite.target && one.occurred_at > invite.occurred_at);
        assert!(contributes, "{invite:?}");
    }
}

#[test]
fn staff_a_bot_and_two_who_opted_out_are_there() {
    let community = usual();
    let count = |what: fn(&MemberRecord) -> bool| community.members.iter().filter(|one| what(one)).count();
    assert_eq!(count(|one| one.is_staff == Some(true)), 6);
    assert_eq!(count(|one| one.is_bot == Some(true)), 1);
    assert_eq!(count(|one| one.consent == Some(Consent::OptedOut)), 2);
    assert_eq!(count(|_| true), 407);
}

#[test]
fn the_outage_is_the_busiest_day_for_complaints() {
    let community = usual();
    let mut days: HashMap<i64, usize> = HashMap::new();
    for one in community.interactions.iter().filter(|one| one.kind == InteractionKind::Complaint) {
        *days.entry(one.occurred_at.as_micros() / DAY).or_default() += 1;
    }
    let mut busiest: Vec<usize> = days.into_values().collect();
    busiest.sort_unstable_by(|left, right| right.cmp(left));
    assert!(busiest.first() >= Some(&15), "{busiest:?}");
}

#[test]
fn small_followings_help_most_and_large_ones_hardly_ever() {
    let community = usual();
    let answers = |few: fn(i64) -> bool| {
        let known: HashSet<_> = community
            .members
            .iter()
            .filter(|one| {
                let mut accounts = one.identities.iter();
                accounts.any(|account| account.provider == "twitter" && account.follower_count.is_some_and(few))
            })
            .map(|one| one.external_id.as_str())
            .collect();
        let helps = |one: &&InteractionRecord| {
            let helper = one.actor.as_deref();
            one.kind == InteractionKind::Answer && helper.is_some_and(|id| known.contains(id))
        };
        community.interactions.iter().filter(helps).count()
    };
    let (quiet, loud) = (answers(|count| count < 26), answers(|count| count > 50_000));
    assert!(quiet > 200 && loud < 20, "{quiet} {loud}");
}
