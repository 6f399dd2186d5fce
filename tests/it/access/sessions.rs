//! Sessions of staff: signing in, going on, being thrown out, and grants that change under a token.

use entity::{Role, Visibility};
use rapport::context::Access;
use rapport::features::access::{self, NewStaff};
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::support::{Client, TestApp};

const PASSWORD: &str = "correct horse battery";
const DAY_MICROS: i64 = 86_400_000_000;
const MINUTE_MICROS: i64 = 60_000_000;

const SIGN_IN: &str = "mutation($email: String!, $password: String!) { signIn(input: { email: $email, password: $password }) { \
     session { accessToken expiresInSeconds refreshToken viewer { email grants { role community { slug } } } } userErrors { code message field } } }";
const REFRESH: &str = "mutation($token: String!) { refreshSession(input: { refreshToken: $token }) { \
     session { accessToken refreshToken viewer { email } } userErrors { code } } }";
const GRANT: &str =
    "mutation($input: GrantAccessInput!) { grantAccess(input: $input) { staffMember { id role } userErrors { code field } } }";

/// A viewer of a community, by password.
async fn given_staff(app: &TestApp, home: &Access, email: &str, password: Option<&str>) {
    let new = NewStaff {
        email: email.to_owned(),
        name: "Vera".to_owned(),
        password: password.map(str::to_owned),
        role: Role::Viewer,
        clearance: Visibility::Public,
    };
    access::service::put_staff(&app.app, &app.app.system("test"), home, new)
        .await
        .unwrap();
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> Value {
    app.client(None).ok(SIGN_IN, json!({ "email": email, "password": password })).await["signIn"].clone()
}

/// Signs Vera in: her access token and her refresh token.
async fn session(app: &TestApp) -> (String, String) {
    let session = sign_in(app, "vera@home.example", PASSWORD).await["session"].clone();
    (text(&session["accessToken"]), text(&session["refreshToken"]))
}

/// Trades a refresh token for the next one, or for the code of the error.
async fn refresh(app: &TestApp, token: &str) -> Result<(String, String), String> {
    let answer = app.client(None).send(REFRESH, json!({ "token": token })).await;
    match &answer.body["data"]["refreshSession"]["session"] {
        Value::Null => Err(answer.code().to_owned()),
        session => Ok((text(&session["accessToken"]), text(&session["refreshToken"]))),
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a text is expected, not {value}"))
        .to_owned()
}

fn refused() -> Result<(String, String), String> {
    Err("UNAUTHENTICATED".to_owned())
}

async fn role_of(client: &Client<'_>) -> Value {
    client.ok("{ viewer { grants { role } } }", json!({})).await["viewer"]["grants"].clone()
}

on_both_engines! {
    async fn given_the_right_password_when_signing_in_then_a_session_begins(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        given_staff(&app, &home, "Vera@Home.example", Some(PASSWORD)).await;

        for email in ["vera@home.example", "  VERA@home.EXAMPLE "] {
            let payload = sign_in(&app, email, PASSWORD).await;
            let session = &payload["session"];
            assert_eq!(payload["userErrors"], json!([]));
            assert_eq!(session["expiresInSeconds"], 15 * 60);
            assert_eq!(session["viewer"], json!({ "email": "vera@home.example", "grants": [{ "role": "VIEWER", "community": { "slug": "home" } }] }));
            let vera = app.client(Some(text(&session["accessToken"])));
            assert_eq!(vera.ok("{ viewer { email } }", json!({})).await["viewer"]["email"], "vera@home.example");
        }
    }

    async fn given_anything_wrong_when_signing_in_then_the_answer_never_says_what(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        given_staff(&app, &home, "vera@home.example", Some(PASSWORD)).await;
        given_staff(&app, &home, "outside@home.example", None).await;

        let expected = sign_in(&app, "vera@home.example", "not the password").await;
        assert_eq!(expected["session"], Value::Null);
        assert_eq!(expected["userErrors"][0]["code"], "INVALID");
        for (email, password) in [
            ("nobody@home.example", PASSWORD),
            ("outside@home.example", PASSWORD),
            ("outside@home.example", ""),
            ("vera@home.example", ""),
            ("vera@home.example", "Correct horse battery"),
            ("vera@home.example\0", PASSWORD),
            ("", PASSWORD),
            ("' OR 1=1 --", PASSWORD),
        ] {
            assert_eq!(sign_in(&app, email, password).await, expected, "{email:?} {password:?}");
        }
    }

    async fn given_a_session_when_it_is_refreshed_then_both_tokens_are_new_and_good(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        given_staff(&app, &home, "vera@home.example", Some(PASSWORD)).await;
        let (first_access, first) = session(&app).await;

        let (second_access, second) = refresh(&app, &first).await.unwrap();
        let (_, third) = refresh(&app, &second).await.unwrap();

        assert!(first != second && second != third && first_access != second_access);
        assert_eq!(role_of(&app.client(Some(second_access))).await, json!([{ "role": "VIEWER" }]));
    }

    async fn given_a_used_refresh_token_when_it_comes_back_then_its_whole_sign_in_ends_and_no_other(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        given_staff(&app, &home, "vera@home.example", Some(PASSWORD)).await;
        let (_, first) = session(&app).await;
        let (_, elsewhere) = session(&app).await;
        let (_, second) = refresh(&app, &first).await.unwrap();
        let (_, newest) = refresh(&app, &second).await.unwrap();

        assert_eq!(refresh(&app, &first).await, refused());

        for token in [&first, &second, &newest] {
            assert_eq!(refresh(&app, token).await, refused());
        }
        assert!(refresh(&app, &elsewhere).await.is_ok());
    }

    async fn given_two_at_once_with_one_refresh_token_when_both_refresh_then_one_gets_a_session_that_ends_with_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        given_staff(&app, &home, "vera@home.example", Some(PASSWORD)).await;
        let (_, token) = session(&app).await;

        let (a, b) = tokio::join!(refresh(&app, &token), refresh(&app, &token));

        let mut good: Vec<(String, String)> = [a, b].into_iter().filter_map(Result::ok).collect();
        assert_eq!(good.len(), 1);
        assert_eq!(refresh(&app, &good.remove(0).1).await, refused());
    }

    async fn given_tokens_that_nobody_issued_when_refreshing_then_they_are_refused(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        given_staff(&app, &home, "vera@home.example", Some(PASSWORD)).await;
        let (access, _) = session(&app).await;
        for token in ["", "x", "\0", access.as_str(), &"a".repeat(10_000)] {
            assert_eq!(refresh(&app, token).await, refused());
        }
    }

    async fn given_time_goes_by_when_tokens_run_out_then_they_are_refused(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        given_staff(&app, &home, "vera@home.example", Some(PASSWORD)).await;
        let (access, token) = session(&app).await;

        app.app.clock.advance_micros(14 * MINUTE_MICROS);
        assert_eq!(app.client(Some(access.clone())).send("{ viewer { name } }", json!({})).await.status, 200);
        app.app.clock.advance_micros(2 * MINUTE_MICROS);
        assert_eq!(app.client(Some(access)).send("{ viewer { name } }", json!({})).await.status, 401);

        app.app.clock.advance_micros(29 * DAY_MICROS);
        let (_, next) = refresh(&app, &token).await.unwrap();
        app.app.clock.advance_micros(30 * DAY_MICROS);
        assert_eq!(refresh(&app, &next).await, refused());
    }

    async fn given_a_session_when_signing_out_then_it_cannot_go_on(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        given_staff(&app, &home, "vera@home.example", Some(PASSWORD)).await;
        let (_, first) = session(&app).await;
        let (_, newest) = refresh(&app, &first).await.unwrap();
        let (_, elsewhere) = session(&app).await;

        let sign_out = "mutation($token: String!) { signOut(input: { refreshToken: $token }) { userErrors { code } } }";
        for token in [newest.as_str(), newest.as_str(), "never issued"] {
            let payload = app.client(None).ok(sign_out, json!({ "token": token })).await;
            assert_eq!(payload["signOut"]["userErrors"], json!([]));
        }

        assert_eq!(refresh(&app, &newest).await, refused());
        assert!(refresh(&app, &elsewhere).await.is_ok());
    }

    async fn given_a_token_when_the_grant_changes_or_goes_then_it_counts_at_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let admin = app.admin(&home).await;
        given_staff(&app, &home, "vera@home.example", Some(PASSWORD)).await;
        let vera = app.client(Some(session(&app).await.0));
        let upsert = "mutation { upsertMembers(input: { community: \"home\", members: [] }) { userErrors { code } } }";
        assert_eq!(vera.send(upsert, json!({})).await.code(), "FORBIDDEN");

        let mut grant = json!({ "community": "home", "email": "vera@home.example", "name": "Vera", "role": "AGENT", "clearance": "PRIVATE" });
        let granted = admin.ok(GRANT, json!({ "input": grant })).await["grantAccess"].clone();
        assert_eq!(granted["staffMember"]["role"], "AGENT");
        assert_eq!(vera.send(upsert, json!({})).await.code(), "");
        assert_eq!(vera.ok("{ viewer { grants { role clearance } } }", json!({})).await["viewer"]["grants"], json!([{ "role": "AGENT", "clearance": "PRIVATE" }]));

        grant["role"] = json!("VIEWER");
        admin.ok(GRANT, json!({ "input": grant })).await;
        assert_eq!(vera.send(upsert, json!({})).await.code(), "FORBIDDEN");

        let revoke = "mutation($id: ID!) { revokeAccess(input: { community: \"home\", staffId: $id }) { userErrors { code } } }";
        admin.ok(revoke, json!({ "id": granted["staffMember"]["id"] })).await;
        assert_eq!(vera.send("{ community(slug: \"home\") { name } }", json!({})).await.code(), "NOT_FOUND");
        assert_eq!(role_of(&vera).await, json!([]));
        let staff = admin.ok("{ community(slug: \"home\") { staff { email } } }", json!({})).await;
        assert_eq!(staff["community"]["staff"], json!([{ "email": "admin-private@home.example" }]));
    }

    async fn given_a_short_password_when_access_is_granted_then_nothing_is_kept_of_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let admin = app.admin(&home).await;
        let grant = |password: &str| {
            json!({ "input": {
                "community": "home", "email": "vera@home.example", "name": "Vera", "role": "ADMIN", "clearance": "PRIVATE", "password": password,
            } })
        };
        for password in ["", "eleven char", "ääääääääääü"] {
            let payload = admin.ok(GRANT, grant(password)).await["grantAccess"].clone();
            assert_eq!(payload, json!({ "staffMember": null, "userErrors": [{ "code": "INVALID", "field": ["password"] }] }), "{password:?}");
        }
        let staff = admin.ok("{ community(slug: \"home\") { staff { email } } }", json!({})).await;
        assert_eq!(staff["community"]["staff"].as_array().unwrap().len(), 1);

        let payload = admin.ok(GRANT, grant("twelve chars")).await["grantAccess"].clone();
        assert_eq!(payload["userErrors"], json!([]));
        assert_ne!(sign_in(&app, "vera@home.example", "twelve chars").await["session"], Value::Null);
    }

    async fn given_a_bad_address_or_name_when_access_is_granted_then_the_field_is_named(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let admin = app.admin(&home).await;
        let long = "x".repeat(255);
        let cases = ["", "vera", "@home.example", "vera@", "ve ra@home.example", "ve\0ra@home.example", &format!("{long}@home.example")]
            .map(|email| ("email", email.to_owned()))
            .into_iter()
            .chain(["", " ", "Ve\0ra", &long].map(|name| ("name", name.to_owned())));
        for (field, value) in cases {
            let mut input = json!({ "community": "home", "email": "vera@home.example", "name": "Vera", "role": "VIEWER", "clearance": "PUBLIC" });
            input[field] = json!(value);
            let answer = admin.send(GRANT, json!({ "input": input })).await;
            let payload = &answer.body["data"]["grantAccess"];
            assert_eq!(payload["userErrors"][0]["field"], json!([field]), "{field} {value:?}: {}", answer.body);
            assert_eq!(payload["staffMember"], Value::Null, "{field} {value:?}");
        }
    }
}
