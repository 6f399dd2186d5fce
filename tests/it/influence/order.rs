//! The same interactions give the same scores, to the last bit, in whatever order and batches they came, on every engine.

use std::collections::BTreeMap;

use entity::Timestamp;
use rapport::context::Access;
use rapport::features::influence::keeper::Scope;
use rapport::features::influence::model::Signal;
use serde_json::{Value, json};

use super::{Dice, accounts, taken_back};
use crate::ingest::calls::{did, statuses, upsert, with};
use crate::on_both_engines;
use crate::support::{Client, Engine, TestApp, TestDatabase, block_on};

const PEOPLE: usize = 14;

/// Interactions of every kind between a few people over two years, some of them taken back.
fn community(now: Timestamp, count: usize, seed: u64) -> Vec<Value> {
    let mut dice = Dice(seed);
    let kinds = [
        "QUESTION",
        "POST",
        "ANSWER",
        "ANSWER",
        "REPLY",
        "MESSAGE",
        "SOLUTION_ACCEPTED",
        "COMMENT",
        "KUDOS",
        "KUDOS",
        "ENDORSEMENT",
        "MENTION",
        "SHARE",
        "INVITE",
        "DOWNVOTE",
        "FLAG",
    ];
    let mut told = Vec::new();
    for n in 0..count {
        // Few instants, so that many have the same.
        let at = now.plus_micros(-(dice.below(600) as i64 + 2) * 100_000_000_000).to_string();
        if n > 5 && dice.below(12) == 0 {
            told.push(taken_back(&format!("i-{n}"), &format!("i-{}", dice.below(count)), &at));
            continue;
        }
        let mut person = || {
            let number = dice.below(PEOPLE + 1);
            if number == PEOPLE { String::new() } else { format!("m-{number}") }
        };
        let (actor, target) = (person(), person());
        let topics: Vec<&str> = ["green", "black", "white"]
            .into_iter()
            .filter(|_topic| dice.below(3) == 0)
            .collect();
        told.push(with(
            did(dice.one_of::<&str>(&kinds), &format!("i-{n}"), &actor, &target, &at),
            &json!({ "topics": topics }),
        ));
    }
    told
}

/// Records interactions in the order given, in batches of any size.
async fn record(client: &Client<'_>, slug: &str, told: Vec<Value>, dice: &mut Dice) {
    // Staff and those who opted out are known from the start; everybody else is whoever is named first.
    upsert(
        client,
        slug,
        vec![
            json!({ "externalId": "m-0", "isStaff": true }),
            json!({ "externalId": "m-1", "consent": "OPTED_OUT" }),
        ],
    )
    .await;
    let mut rest = told.as_slice();
    while !rest.is_empty() {
        let (batch, others) = rest.split_at((1 + dice.below(40)).min(rest.len()));
        let payload = client.record(slug, batch.to_vec()).await;
        assert!(statuses(&payload).iter().all(|status| *status == "CREATED"), "{payload:#}");
        rest = others;
    }
}

/// Rank, and the bits of the points in all and by signal, by account.
type Ranks = BTreeMap<String, (usize, [u64; 5])>;

/// The ranking that clients read now: as of when, of how many, and of whom.
async fn live(app: &TestApp, access: &Access) -> (Timestamp, usize, Ranks) {
    let scope = Scope {
        community: access.community_id(),
        topic: None,
    };
    let ranking = app.app.scores.ranking(scope, app.now()).await.unwrap();
    let accounts = accounts(app, access).await;
    let standings = ranking.between(None, None).iter().map(|standing| {
        let [help, recognition, attention, advocacy] = Signal::ALL.map(|signal| standing.points.of(signal).to_bits());
        let bits = [standing.total.to_bits(), help, recognition, attention, advocacy];
        (accounts[&standing.member].clone(), (ranking.rank(standing.total), bits))
    });
    (ranking.as_of, ranking.population, standings.collect())
}

/// What is shown of the scores as of an instant, as text: no number is read on the way, so that no digit is lost.
async fn told_as_of(client: &Client<'_>, slug: &str, at: Timestamp) -> Vec<String> {
    let one = |n: usize, fields: &str| format!(" m{n}: memberByIdentity(provider: \"forum\", externalId: \"m-{n}\") {{ {fields} }}");
    let score = format!(
        "all: influence(at: \"{at}\") {{ points value signals {{ signal points share }} receipts {{ totalCount points }} }} \
         green: influence(topic: \"green\", at: \"{at}\") {{ points value }}"
    );
    let mut found = vec![text(client, slug, &(0..PEOPLE).map(|n| one(n, &score)).collect::<String>()).await];
    for topic in ["", "topic: \"black\", "] {
        let board = format!("leaderboard({topic}at: \"{at}\", first: 100) {{ nodes {{ rank points value member {{ displayName }} }} }}");
        found.push(sorted(&text(client, slug, &board).await, "{\"rank\""));
    }
    for n in 2..5 {
        let receipts = format!(
            "influence(at: \"{at}\") {{ receipts(first: 100) {{ nodes {{ valueWithout points interaction {{ externalId }} }} }} }}"
        );
        found.push(sorted(&text(client, slug, &one(n, &receipts)).await, "{\"valueWithout\""));
    }
    found
}

/// The rows of a list in an order that does not depend on ids: among equals, the one that was known first comes first.
fn sorted(text: &str, row: &str) -> String {
    let mut rows: Vec<&str> = text.split(row).skip(1).map(|row| row.trim_end_matches([',', ']', '}'])).collect();
    assert!(rows.len() > 3, "{text}");
    rows.sort_unstable();
    rows.join("\n")
}

/// The body of an answer as it came.
async fn text(client: &Client<'_>, slug: &str, fields: &str) -> String {
    let query = format!("{{ community(slug: \"{slug}\") {{ {fields} }} }}");
    let request = client
        .app
        .http
        .post(format!("{}/graphql", client.app.base))
        .header("content-type", "application/json");
    let request = request
        .bearer_auth(client.token.as_ref().unwrap())
        .body(json!({ "query": query }).to_string());
    let text = request.send().await.unwrap().text().await.unwrap();
    assert!(!text.contains("\"errors\""), "{text}");
    text
}

on_both_engines! {
    async fn order_and_batches_do_not_matter(engine: Engine) {
        const SLUGS: [&str; 4] = ["as-told", "backwards", "shuffled", "shuffled-too"];
        let app = TestApp::start(engine).await;
        for seed in [11, 12] {
            let told = community(app.now(), 260, seed);
            let mut all = Vec::new();
            for (n, slug) in SLUGS.into_iter().enumerate() {
                let slug = format!("{slug}-{seed}");
                let access = app.community(&slug).await;
                // The ledger is there before the first interaction: all of them come in one by one.
                app.scores_settled(&access).await;
                let mut dice = Dice(seed * 100 + n as u64);
                let mut told = told.clone();
                match n {
                    0 => {}
                    1 => told.reverse(),
                    _ => dice.shuffle(&mut told),
                }
                let admin = app.admin(&access).await;
                record(&admin, &slug, told, &mut dice).await;
                all.push((slug, access));
            }
            // And one that is read whole, when all is there.
            let slug = format!("at-once-{seed}");
            let access = app.community(&slug).await;
            record(&app.admin(&access).await, &slug, told, &mut Dice(seed)).await;
            all.push((slug, access));

            for (_, access) in &all {
                app.scores_settled(access).await;
            }
            // After a while all rankings are made anew, in one go and so as of one instant.
            app.app.clock.advance_micros(6 * 60 * 1_000_000);
            for (_, access) in &all {
                app.scores_settled(access).await;
            }
            let at = app.now().plus_micros(-86_400_000_000);
            let first_live = live(&app, &all[0].1).await;
            assert!(first_live.2.len() > 8, "{first_live:?}");
            let first_told = told_as_of(&app.admin(&all[0].1).await, &all[0].0, at).await;
            for (slug, access) in &all[1..] {
                assert_eq!(live(&app, access).await, first_live, "{slug}");
                let told = told_as_of(&app.admin(access).await, slug, at).await;
                assert_eq!(told, first_told, "{slug}");
            }
        }
    }
}

#[test]
fn engines_agree() {
    if TestDatabase::create_bare(Engine::Postgres).is_none() {
        return;
    }
    block_on(async {
        let now = rapport::clock::Clock::default().now();
        let at = now.plus_micros(-86_400_000_000);
        let told = community(now, 260, 21);
        let mut found = Vec::new();
        for (engine, seed) in [(Engine::Sqlite, 1), (Engine::Postgres, 2)] {
            let app = TestApp::start(engine).await;
            let access = app.community("tea").await;
            let (mut dice, mut told) = (Dice(seed), told.clone());
            dice.shuffle(&mut told);
            let admin = app.admin(&access).await;
            record(&admin, "tea", told, &mut dice).await;
            app.scores_settled(&access).await;
            let live = live(&app, &access).await;
            let ranks: BTreeMap<String, usize> = live.2.into_iter().map(|(account, (rank, _))| (account, rank)).collect();
            found.push((told_as_of(&admin, "tea", at).await, live.1, ranks));
        }
        assert_eq!(found[0], found[1]);
    });
}
