//! Cursors: one log each, checked, and expired when what came after them was deleted.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rapport::events::cursor::Cursor;
use serde_json::{Value, json};

use super::{ask, end, page};
use crate::on_both_engines;
use crate::support::TestApp;

on_both_engines! {
    async fn given_what_is_no_cursor_of_the_log_when_it_is_used_then_that_is_said(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (tea, coffee) = (app.community("tea").await, app.community("coffee").await);
        let (admin, other) = (app.admin(&tea).await, app.admin(&coffee).await);
        let good = end(&admin, "tea").await;
        let elsewhere = end(&other, "coffee").await;
        let forged = BASE64_URL_SAFE_NO_PAD.encode(format!("{}:7:0123456789", tea.community_id()));
        for wrong in [String::new(), "7".to_owned(), elsewhere, forged, format!("{good}="), good[2..].to_owned()] {
            let refused = ask(&admin, "tea", json!({ "after": wrong })).await;
            assert_eq!((refused.status, refused.code()), (200, "BAD_USER_INPUT"), "{wrong}");
            assert_eq!(refused.message(), "after: is not a cursor of this community's change log", "{wrong}");
            assert_eq!(refused.body["data"]["community"]["changes"], Value::Null);
        }
        assert_eq!(page(&admin, "tea", json!({ "after": good })).await["changes"], json!([]));
        assert_eq!(Cursor::decode(&good, tea.community_id()).unwrap().encode(), good);
    }
}
