//! Bearer tokens: only good ones are taken, and nothing that looks like one.

use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use entity::{Role, Visibility};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rapport::auth::Jwks;
use rapport::config::Environment;
use rapport::features::access;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::support::{Engine, SECRET, TestApp};

const ISSUER: &str = "https://id.example";
const AUDIENCE: &str = "rapport";
const EMAIL: &str = "viewer-public@home.example";
const EC: &str = include_str!("keys/ec.pem");
const EC_2: &str = include_str!("keys/ec-2.pem");
const RSA: &str = include_str!("keys/rsa.pem");
const ED: &str = include_str!("keys/ed.pem");
const JWKS: &str = include_str!("keys/jwks.json");
const ROTATED: &str = include_str!("keys/rotated.json");

/// A server that takes its own tokens and those of an outside provider, with one viewer who may call by either.
struct Gate {
    app: TestApp,
    jwks: PathBuf,
    staff: String,
    _folder: tempfile::TempDir,
}

impl Gate {
    async fn open(engine: Engine) -> Self {
        Self::open_with(engine, true).await
    }

    async fn open_with(engine: Engine, has_secret: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let jwks = folder.path().join("jwks.json");
        std::fs::write(&jwks, JWKS).unwrap();
        let app = TestApp::start_with(engine, |settings| {
            settings.jwks_file = Some(jwks.clone());
            settings.jwt_issuer = Some(ISSUER.to_owned());
            settings.jwt_audience = Some(AUDIENCE.to_owned());
            if !has_secret {
                settings.env = Environment::Production;
                settings.auth_secret = None;
            }
        })
        .await;
        let home = app.community("home").await;
        let new = access::NewStaff {
            email: EMAIL.to_owned(),
            name: "Vera".to_owned(),
            password: None,
            role: Role::Viewer,
            clearance: Visibility::Public,
        };
        let person = access::service::put_staff(&app.app, &app.app.system("test"), &home, new)
            .await
            .unwrap();
        Self {
            app,
            jwks,
            staff: format!("staff:{}", person.id),
            _folder: folder,
        }
    }

    fn now(&self) -> i64 {
        self.app.now().as_micros() / 1_000_000
    }

    /// What a good token of our own says.
    fn own(&self) -> Value {
        json!({ "iss": "rapport", "aud": "rapport-api", "sub": self.staff, "nbf": self.now(), "exp": self.now() + 600 })
    }

    /// What a good token of the outside provider says.
    fn outside(&self) -> Value {
        json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "u-1", "email": EMAIL, "email_verified": true, "nbf": self.now(), "exp": self.now() + 600 })
    }

    async fn status(&self, authorization: &str) -> u16 {
        self.ask(&[authorization]).await.0
    }

    async fn ask(&self, authorizations: &[&str]) -> (u16, Value, String) {
        let mut request = self
            .app
            .http
            .post(format!("{}/graphql", self.app.base))
            .header("content-type", "application/json");
        for authorization in authorizations {
            request = request.header("authorization", *authorization);
        }
        let response = request.body(r#"{"query":"{viewer{email}}"}"#).send().await.unwrap();
        let challenge = response
            .headers()
            .get("www-authenticate")
            .map(|value| value.to_str().unwrap().to_owned());
        (
            response.status().as_u16(),
            response.json().await.unwrap(),
            challenge.unwrap_or_default(),
        )
    }

    async fn assert_taken(&self, token: &str, what: &str) {
        let (status, body, _) = self.ask(&[&format!("Bearer {token}")]).await;
        assert_eq!((status, &body["data"]["viewer"]["email"]), (200, &json!(EMAIL)), "{what}: {body}");
    }

    async fn assert_refused(&self, token: &str, what: &str) {
        self.assert_headers_refused(&[&format!("Bearer {token}")], what).await;
    }

    async fn assert_headers_refused(&self, authorizations: &[&str], what: &str) {
        let (status, body, challenge) = self.ask(authorizations).await;
        assert_eq!((status, challenge.as_str()), (401, "Bearer realm=\"rapport\""), "{what}: {body}");
        assert_eq!(body["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{what}: {body}");
        assert_eq!(body.get("data"), None, "{what}: {body}");
        assert!(
            !authorizations
                .iter()
                .any(|header| header.len() > 20 && body.to_string().contains(*header)),
            "{what}: {body}"
        );
    }
}

fn sign(algorithm: Algorithm, kid: Option<&str>, claims: &Value, key: &EncodingKey) -> String {
    let mut header = Header::new(algorithm);
    header.kid = kid.map(str::to_owned);
    jsonwebtoken::encode(&header, claims, key).unwrap()
}

fn own_token(claims: &Value) -> String {
    sign(Algorithm::HS256, None, claims, &EncodingKey::from_secret(SECRET.as_bytes()))
}

fn outside_token(claims: &Value) -> String {
    sign(
        Algorithm::ES256,
        Some("ec-1"),
        claims,
        &EncodingKey::from_ec_pem(EC.as_bytes()).unwrap(),
    )
}

/// Claims that differ in one: null takes it out.
fn but(mut claims: Value, name: &str, value: Value) -> Value {
    let fields = claims.as_object_mut().unwrap();
    if value.is_null() {
        fields.remove(name);
    } else {
        fields.insert(name.to_owned(), value);
    }
    claims
}

fn encoded(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

/// What is wrong with claims of either kind, with the claim as it is then.
fn flaws(now: i64) -> Vec<(&'static str, Value)> {
    vec![
        ("exp", json!(now - 60)),
        ("exp", json!(0)),
        ("exp", json!("tomorrow")),
        ("exp", Value::Null),
        ("nbf", json!(now + 60)),
        ("aud", json!("another-api")),
        ("aud", json!(["another-api", ""])),
        ("aud", Value::Null),
        ("iss", json!("https://evil.example")),
        ("iss", Value::Null),
        ("sub", Value::Null),
    ]
}

on_both_engines! {
    async fn given_our_own_token_when_its_claims_are_good_then_it_is_taken(engine: Engine) {
        let gate = Gate::open(engine).await;
        let now = gate.now();
        gate.assert_taken(&own_token(&gate.own()), "as it should be").await;
        gate.assert_taken(&own_token(&but(gate.own(), "aud", json!(["other", "rapport-api"]))), "one of several audiences").await;
        gate.assert_taken(&own_token(&but(gate.own(), "exp", json!(now - 2))), "a clock a little ahead").await;
        gate.assert_taken(&own_token(&but(gate.own(), "nbf", json!(now + 3))), "a clock a little behind").await;
        assert_eq!(gate.status(&format!("bEaReR {}", own_token(&gate.own()))).await, 200);
    }

    async fn given_our_own_token_when_a_claim_is_wrong_then_it_is_refused(engine: Engine) {
        let gate = Gate::open(engine).await;
        let mut flaws = flaws(gate.now());
        for subject in ["robot:1", "staff:", "staff:1x", "staff:999999", "client:rc_unknown", "1", ""] {
            flaws.push(("sub", json!(subject)));
        }
        for (claim, value) in flaws {
            let what = format!("{claim} = {value}");
            gate.assert_refused(&own_token(&but(gate.own(), claim, value)), &what).await;
        }
    }

    async fn given_a_token_without_a_good_signature_when_it_is_used_then_it_is_refused(engine: Engine) {
        let gate = Gate::open(engine).await;
        let good = own_token(&gate.own());
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let (header, _) = signed.split_once('.').unwrap();
        let payload = encoded(&gate.own());

        for name in ["none", "None", "NONE", "nOnE", "", "HS", "hs256"] {
            let unsigned = encoded(&json!({ "alg": name, "typ": "JWT" }));
            gate.assert_refused(&format!("{unsigned}.{payload}."), &format!("alg {name:?}, unsigned")).await;
            gate.assert_refused(&format!("{unsigned}.{payload}.{signature}"), &format!("alg {name:?}, signed")).await;
        }
        let other = encoded(&but(gate.own(), "exp", json!(gate.now() + 999_999)));
        for (what, token) in [
            ("no signature", format!("{signed}.")),
            ("no signature part", signed.to_owned()),
            ("tampered payload", format!("{header}.{other}.{signature}")),
            ("cut signature", good[..good.len() - 4].to_owned()),
            ("another secret", sign(Algorithm::HS256, None, &gate.own(), &EncodingKey::from_secret(b"another secret that is just as long as it should be"))),
            ("an empty secret", sign(Algorithm::HS256, None, &gate.own(), &EncodingKey::from_secret(b""))),
            ("HS384", sign(Algorithm::HS384, None, &gate.own(), &EncodingKey::from_secret(SECRET.as_bytes()))),
            ("HS512", sign(Algorithm::HS512, None, &gate.own(), &EncodingKey::from_secret(SECRET.as_bytes()))),
            ("a key of its own in the header", format!("{}.{payload}.{signature}", encoded(&json!({ "alg": "HS256", "jwk": { "kty": "oct", "k": "AAAA" } })))),
            ("four parts", format!("{good}.{signature}")),
            ("one letter", "x".to_owned()),
            ("dots", "..".to_owned()),
            ("more dots", "....".to_owned()),
            ("three letters", "a.b.c".to_owned()),
            ("no JSON", "bm90.anNvbg.eA".to_owned()),
            ("very long", "a".repeat(4_000)),
        ] {
            gate.assert_refused(&token, what).await;
        }
    }

    async fn given_the_public_key_as_a_shared_secret_when_a_token_is_signed_with_it_then_it_is_refused(engine: Engine) {
        let gate = Gate::open(engine).await;
        let texts = [include_str!("keys/ec.pub.pem"), include_str!("keys/rsa.pub.pem"), JWKS];
        for text in texts.into_iter().flat_map(|text| [text, text.trim_end()]) {
            let key = EncodingKey::from_secret(text.as_bytes());
            for kid in [None, Some("ec-1"), Some("rsa-1")] {
                for claims in [gate.own(), gate.outside(), but(gate.outside(), "sub", json!(gate.staff))] {
                    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
                        gate.assert_refused(&sign(algorithm, kid, &claims, &key), &format!("{algorithm:?} {kid:?} {claims}")).await;
                    }
                }
            }
        }
    }

    async fn given_a_header_that_is_not_one_bearer_token_when_it_is_sent_then_it_is_refused(engine: Engine) {
        let gate = Gate::open(engine).await;
        let good = own_token(&gate.own());
        let one = format!("Bearer {good}");
        for header in ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Token x", &good, &format!("{one} {good}"), &format!("{one}, {one}"), &format!("Bearer\t{good}")] {
            gate.assert_headers_refused(&[header], header).await;
        }
        gate.assert_headers_refused(&[&one, &one], "two headers").await;
        gate.assert_headers_refused(&[&one, "Basic dXNlcjpwYXNz"], "two schemes").await;
    }

    async fn given_a_published_key_when_a_token_is_signed_with_it_then_its_owner_is_known_by_e_mail(engine: Engine) {
        let gate = Gate::open(engine).await;
        let keys = [
            (Algorithm::ES256, "ec-1", EncodingKey::from_ec_pem(EC.as_bytes())),
            (Algorithm::RS256, "rsa-1", EncodingKey::from_rsa_pem(RSA.as_bytes())),
            (Algorithm::EdDSA, "ed-1", EncodingKey::from_ed_pem(ED.as_bytes())),
        ];
        for (algorithm, kid, key) in keys {
            gate.assert_taken(&sign(algorithm, Some(kid), &gate.outside(), &key.unwrap()), kid).await;
        }
        for (claim, value) in [("email", json!(EMAIL.to_uppercase())), ("email_verified", Value::Null), ("aud", json!(["x", AUDIENCE])), ("nbf", Value::Null)] {
            gate.assert_taken(&outside_token(&but(gate.outside(), claim, value)), claim).await;
        }
    }

    async fn given_an_outside_token_when_a_claim_is_wrong_then_it_is_refused(engine: Engine) {
        let gate = Gate::open(engine).await;
        let mut flaws = flaws(gate.now());
        flaws.extend([
            ("email", json!("nobody@home.example")),
            ("email", json!("")),
            ("email", Value::Null),
            ("email_verified", json!(false)),
            ("aud", json!("rapport-api")),
            ("iss", json!("rapport")),
        ]);
        for (claim, value) in flaws {
            let what = format!("{claim} = {value}");
            gate.assert_refused(&outside_token(&but(gate.outside(), claim, value)), &what).await;
        }
        gate.assert_refused(&outside_token(&gate.own()), "our own claims, signed by the outside provider").await;
        gate.assert_refused(&own_token(&gate.outside()), "the outside provider's claims, signed by us").await;
    }

    async fn given_an_outside_token_when_its_key_is_not_the_one_it_names_then_it_is_refused(engine: Engine) {
        let gate = Gate::open(engine).await;
        let (ec, ec_2) = (EncodingKey::from_ec_pem(EC.as_bytes()).unwrap(), EncodingKey::from_ec_pem(EC_2.as_bytes()).unwrap());
        let rsa = EncodingKey::from_rsa_pem(RSA.as_bytes()).unwrap();
        for (what, algorithm, kid, key) in [
            ("an unknown key", Algorithm::ES256, Some("ec-9"), &ec),
            ("no key named", Algorithm::ES256, None, &ec),
            ("an empty name", Algorithm::ES256, Some(""), &ec),
            ("a path for a name", Algorithm::ES256, Some("../../etc/passwd"), &ec),
            ("the name of a key of another kind", Algorithm::ES256, Some("rsa-1"), &ec),
            ("another key under a known name", Algorithm::ES256, Some("ec-1"), &ec_2),
            ("another algorithm than its key's", Algorithm::RS512, Some("rsa-1"), &rsa),
            ("another padding than its key's", Algorithm::PS256, Some("rsa-1"), &rsa),
            ("a key that is published for encryption", Algorithm::ES256, Some("enc-1"), &ec_2),
        ] {
            gate.assert_refused(&sign(algorithm, kid, &gate.outside(), key), what).await;
        }
    }

    async fn given_a_new_key_in_the_file_when_a_token_names_it_then_it_is_taken_after_a_while(engine: Engine) {
        let gate = Gate::open(engine).await;
        let new_key = EncodingKey::from_ec_pem(EC_2.as_bytes()).unwrap();
        let new = || sign(Algorithm::ES256, Some("ec-2"), &gate.outside(), &new_key);
        gate.assert_refused(&new(), "before the rotation").await;
        std::fs::write(&gate.jwks, ROTATED).unwrap();
        gate.assert_refused(&new(), "the file is not read again for every unknown key").await;

        gate.app.app.clock.advance_micros(11_000_000);

        gate.assert_taken(&new(), "after the rotation").await;
        gate.assert_refused(&outside_token(&gate.outside()), "a key that is no longer published").await;
    }

    async fn given_a_broken_file_when_an_unknown_key_is_looked_for_then_the_known_ones_stay(engine: Engine) {
        let gate = Gate::open(engine).await;
        for broken in ["", "{", "{\"keys\":[]}", "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"o\",\"k\":\"AAAA\"}]}"] {
            std::fs::write(&gate.jwks, broken).unwrap();
            gate.app.app.clock.advance_micros(11_000_000);
            let unknown = sign(Algorithm::ES256, Some("ec-2"), &gate.outside(), &EncodingKey::from_ec_pem(EC_2.as_bytes()).unwrap());
            gate.assert_refused(&unknown, broken).await;
            gate.assert_taken(&outside_token(&gate.outside()), broken).await;
            assert!(Jwks::from_file(gate.jwks.clone(), gate.app.now()).is_err(), "a start with {broken:?}");
        }
    }

    async fn given_a_key_taken_out_of_the_file_when_a_day_has_passed_then_its_tokens_are_refused(engine: Engine) {
        let gate = Gate::open(engine).await;
        gate.assert_taken(&outside_token(&gate.outside()), "while it is published").await;
        std::fs::write(&gate.jwks, ROTATED).unwrap();

        gate.app.app.clock.advance_micros(86_400_000_000);

        gate.assert_refused(&outside_token(&gate.outside()), "a key that was withdrawn").await;
    }

    async fn given_no_secret_when_the_provider_vouches_then_its_tokens_are_the_only_ones(engine: Engine) {
        let gate = Gate::open_with(engine, false).await;
        gate.assert_taken(&outside_token(&gate.outside()), "vouched for").await;
        gate.assert_refused(&own_token(&gate.own()), "signed with some secret").await;
        gate.assert_refused(&sign(Algorithm::HS256, None, &gate.own(), &EncodingKey::from_secret(b"")), "signed with nothing").await;
    }
}
