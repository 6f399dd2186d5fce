//! The demo community has cases of every kind, with promises kept and broken.

use rapport::features::communities::service as communities;
use rapport::features::demo::DemoPlan;
use rapport::features::demo::seed::{DEMO_ADMIN, DEMO_SLUG, seed};
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use crate::on_both_engines;
use crate::support::TestApp;

/// How many rows of the demo each value of a column has.
async fn tally(app: &TestApp, table: &str, column: &str) -> Vec<(i64, i64)> {
    let access = communities::open(&app.app.db, DEMO_SLUG).await.unwrap();
    let db = app.app.db.read();
    let text = format!("SELECT CAST({column} AS BIGINT), COUNT(*) FROM {table} WHERE community_id = ");
    let sql = rapport::db::query::Sql::new(db.get_database_backend(), &text)
        .value(access.community_id().0)
        .text(" GROUP BY 1 ORDER BY 1");
    let rows = db.query_all_raw(sql.build()).await.unwrap();
    rows.iter()
        .map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap()))
        .collect()
}

fn values(tally: &[(i64, i64)]) -> Vec<i64> {
    tally.iter().map(|(value, _)| *value).collect()
}

on_both_engines! {
    async fn the_demo_has_cases_of_every_kind(engine: Engine) {
        let app = TestApp::start(engine).await;
        let plan = DemoPlan { days: 240, ..DemoPlan::new(42, app.now()) };
        seed(&app.app, &plan).await.unwrap();
        assert_eq!(values(&tally(&app, "cases", "status").await), [1, 2, 3, 4, 5, 6, 7], "every status, merged too");
        assert_eq!(values(&tally(&app, "cases", "visibility").await), [0, 2]);
        let clocks = tally(&app, "clocks", "state").await;
        for (state, least) in [(4, 5), (5, 10), (6, 1)] {
            assert!(clocks.iter().any(|(found, count)| *found == state && *count >= least), "{state}: {clocks:?}");
        }
        assert_eq!(values(&tally(&app, "clocks", "metric").await), [1, 2, 3, 4, 5]);
        let apologies = values(&tally(&app, "apologies", "status").await);
        assert!([1, 3, 4, 6].iter().all(|status| apologies.contains(status)), "drafted, accepted, rejected, retracted: {apologies:?}");
        let follow_ups = values(&tally(&app, "follow_ups", "status").await);
        assert!([1, 2, 3, 4, 5].iter().all(|status| follow_ups.contains(status)), "{follow_ups:?}");
        assert!(tally(&app, "repairs", "kind").await.len() >= 2);

        // What is promised can be read without signing in, with how well it was kept.
        let anybody = app.client(None);
        let promised = anybody.ok("{ publishedExpectations(community: \"demo\") { name metric } }", json!({})).await;
        assert_eq!(promised["publishedExpectations"].as_array().unwrap().len(), 7);
        let admin = rapport::features::access::service::staff_id(&app.app, DEMO_ADMIN).await.unwrap();
        let admin = app.client(Some(app.app.tokens.issue_staff(admin, app.now(), 900).unwrap()));
        let found = admin.ok("{ community(slug: \"demo\") { cases(first: 100) { totalCount nodes { number backdated } } } }", json!({})).await;
        let nodes = found["community"]["cases"]["nodes"].as_array().unwrap();
        assert!(nodes.iter().any(|case| case["backdated"] == true) && nodes.iter().any(|case| case["backdated"] == false));
    }
}
