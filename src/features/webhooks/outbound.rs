//! Sending webhooks out: names resolved and judged, one request without proxies and redirects, within limits of time and size.
//!
//! The connection goes to the addresses that were judged: the client asks our resolver and nobody else, and a literal address is
//! judged before. Nothing here knows the database.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use entity::WebhookFault;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response};
use tokio::sync::{Notify, Semaphore};
use tokio::time::{timeout, timeout_at};
use url::{Host, Url};

use super::address::{Guard, Refusal};
use super::verdict::Answer;
use crate::config::WebhookConfig;

/// So much of an answer is read, in bytes: what is short enough lets the connection be used again.
const MOST_READ: usize = 64 * 1024;
/// So much of it is kept, in bytes.
const MOST_KEPT: usize = 1024;
/// Longest text of what went wrong, in characters.
const LONGEST_MESSAGE: usize = 300;

/// How long a name is looked for when an endpoint is set up.
const NAME_LIMIT: Duration = Duration::from_secs(3);
/// How many names are looked for at once. One whose server does not answer keeps a thread busy for longer than we wait.
const MOST_NAMES: usize = 16;
/// How long a connection waits for the next webhook.
const IDLE: Duration = Duration::from_secs(30);
/// How many connections to one host wait.
const IDLE_PER_HOST: usize = 4;

/// How much longer than an attempt may take its claim holds: time to write down what came of it.
const CLAIM_MARGIN: Duration = Duration::from_secs(45);

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What a process sends webhooks with, and by what it is woken to do so.
#[derive(Clone)]
pub struct Webhooks(Arc<Inner>);

struct Inner {
    config: WebhookConfig,
    guard: Guard,
    names: Names,
    looking: Arc<Semaphore>,
    /// Made when first needed: it reads the machine's certificates.
    client: OnceLock<Result<Client, String>>,
    to_dispatch: Notify,
    to_deliver: Notify,
}

/// A request to be sent.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Where to.
    pub url: String,
    /// `webhook-id`.
    pub message_id: String,
    /// `webhook-timestamp`, in seconds.
    pub timestamp: i64,
    /// `webhook-signature`.
    pub signature: String,
    /// The body: JSON.
    pub body: String,
}

impl Webhooks {
    /// Webhooks of an installation.
    #[must_use]
    pub fn new(config: &WebhookConfig) -> Self {
        Self(Arc::new(Inner {
            guard: Guard {
                networks: config.allow_networks.clone(),
                http: config.allow_http,
            },
            config: config.clone(),
            names: Names::default(),
            looking: Arc::new(Semaphore::new(MOST_NAMES)),
            client: OnceLock::new(),
            to_dispatch: Notify::new(),
            to_deliver: Notify::new(),
        }))
    }

    /// The names that are known without asking anybody.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.0.names
    }

    /// How many attempts there may be at the same time.
    #[must_use]
    pub fn concurrency(&self) -> usize {
        self.0.config.concurrency
    }

    /// How long a delivery is claimed for an attempt, in microseconds.
    #[must_use]
    pub fn claim_micros(&self) -> i64 {
        let claim = self.0.config.time_limit.saturating_add(CLAIM_MARGIN);
        i64::try_from(claim.as_micros()).unwrap_or(i64::MAX)
    }

    /// There may be events that no delivery was made of.
    pub fn wake_dispatch(&self) {
        self.0.to_dispatch.notify_one();
    }

    /// There may be deliveries that are due.
    pub fn wake_deliver(&self) {
        self.0.to_deliver.notify_one();
    }

    /// Waits for [`Webhooks::wake_dispatch`].
    pub async fn dispatch_woken(&self) {
        self.0.to_dispatch.notified().await;
    }

    /// Waits for [`Webhooks::wake_deliver`].
    pub async fn deliver_woken(&self) {
        self.0.to_deliver.notified().await;
    }

    /// Judges the address of an endpoint that is set up; the text to store. A name that leads nowhere passes, as it may be set up later,
    /// and so does any when too many are looked for: it is judged again whenever something is sent.
    ///
    /// # Errors
    /// Why webhooks may not go there.
    pub async fn check(&self, text: &str) -> Result<String, Refusal> {
        let url = self.0.guard.check_new(text)?;
        if let Some(Host::Domain(name)) = url.host() {
            self.check_name(name.to_owned()).await?;
        }
        Ok(url.to_string())
    }

    async fn check_name(&self, name: String) -> Result<(), Refusal> {
        let Ok(seat) = Arc::clone(&self.0.looking).try_acquire_owned() else {
            return Ok(());
        };
        let names = self.0.names.clone();
        // Goes on when we wait no longer: the seat is taken as long as the thread is.
        let looking = tokio::spawn(async move {
            let found = names.look_up(&name).await;
            drop(seat);
            found
        });
        match timeout(NAME_LIMIT, looking).await {
            Ok(Ok(Ok(addresses))) if !addresses.is_empty() => self.0.guard.check_all(&addresses),
            _ => Ok(()),
        }
    }

    /// Sends a webhook, once.
    pub async fn send(&self, outgoing: Outgoing) -> Answer {
        let started = Instant::now();
        let answer = self.exchange(outgoing).await;
        Answer {
            took: started.elapsed(),
            ..answer
        }
    }

    async fn exchange(&self, outgoing: Outgoing) -> Answer {
        let url = match self.0.guard.check(&outgoing.url) {
            Ok(url) => url,
            Err(refusal) => return refused(refusal),
        };
        let client = match self.client() {
            Ok(client) => client,
            Err(message) => return Answer::none(WebhookFault::Connection, message.as_str()),
        };
        let deadline = tokio::time::Instant::now() + self.0.config.time_limit;
        let response = match timeout_at(deadline, request(client, url, outgoing).send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return failed(error),
            Err(_elapsed) => {
                let seconds = self.0.config.time_limit.as_secs();
                return Answer::none(WebhookFault::Timeout, format!("no answer within {seconds} s"));
            }
        };
        let mut answer = Answer::of_status(response.status().as_u16());
        let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        answer.retry_after = asked.map(ToOwned::to_owned);
        let mut kept = Vec::new();
        // However the body goes on or breaks off: the status was said.
        let _is_whole = timeout_at(deadline, read_beginning(response, &mut kept)).await;
        answer.response = excerpt(&kept);
        answer
    }

    fn client(&self) -> Result<&Client, &String> {
        self.0.client.get_or_init(|| build(&self.0)).as_ref()
    }
}

fn request(client: &Client, url: Url, outgoing: Outgoing) -> reqwest::RequestBuilder {
    client
        .post(url)
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-id", outgoing.message_id)
        .header("webhook-timestamp", outgoing.timestamp.to_string())
        .header("webhook-signature", outgoing.signature)
        .body(outgoing.body)
}

fn build(inner: &Inner) -> Result<Client, String> {
    let resolver = Arc::new(Resolver {
        guard: inner.guard.clone(),
        names: inner.names.clone(),
    });
    let builder = || {
        Client::builder()
            .user_agent(concat!("Rapport-Webhooks/", env!("CARGO_PKG_VERSION")))
            // A proxy would resolve names itself, behind our back.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .https_only(!inner.guard.http)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .dns_resolver(Arc::clone(&resolver))
    };
    let built = builder().build().or_else(|error| {
        // Where http is allowed, it works without them.
        tracing::warn!(%error, "this machine has no certificates of authorities: webhooks cannot be sent over https");
        builder().tls_certs_only([]).build()
    });
    built.map_err(|error| error.to_string())
}

/// Reads the beginning of an answer and keeps the beginning of that.
async fn read_beginning(mut response: Response, kept: &mut Vec<u8>) {
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = MOST_KEPT.saturating_sub(kept.len());
        kept.extend(chunk.iter().take(room));
        read += chunk.len();
        if read >= MOST_READ {
            return;
        }
    }
}

/// What was kept of an answer, as a text that every database can store.
fn excerpt(kept: &[u8]) -> Option<String> {
    (!kept.is_empty()).then(|| String::from_utf8_lossy(kept).replace('\0', "\u{fffd}"))
}

fn refused(refusal: Refusal) -> Answer {
    Answer::none(WebhookFault::AddressRefused, format!("the address of the endpoint {refusal}"))
}

/// What went wrong, by its innermost cause. Addresses of endpoints can hold secrets and are not repeated.
fn failed(error: reqwest::Error) -> Answer {
    let error = error.without_url();
    let mut cause: &(dyn std::error::Error + 'static) = &error;
    while let Some(source) = cause.source() {
        cause = source;
        if let Some(refusal) = cause.downcast_ref::<Refusal>() {
            return refused(*refusal);
        }
    }
    let fault = if error.is_timeout() {
        WebhookFault::Timeout
    } else if error.is_connect() {
        WebhookFault::Connection
    } else {
        WebhookFault::Protocol
    };
    let told = cause.to_string();
    let told: String = told.chars().filter(|sign| !sign.is_control()).take(LONGEST_MESSAGE).collect();
    Answer::none(fault, told)
}

/// Names and their addresses: those of the system, but for those that are set here, as in a hosts file.
#[derive(Clone, Debug, Default)]
pub struct Names {
    set: Arc<RwLock<HashMap<String, Vec<IpAddr>>>>,
}

impl Names {
    /// Lets a name lead to these addresses, whatever the system says, for tests.
    pub fn set(&self, name: &str, addresses: &[IpAddr]) {
        let mut set = self.set.write().unwrap_or_else(PoisonError::into_inner);
        set.insert(name.to_owned(), addresses.to_vec());
    }

    async fn look_up(&self, name: &str) -> std::io::Result<Vec<IpAddr>> {
        let set = self.set.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some(addresses) = set {
            return Ok(addresses);
        }
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|socket| socket.ip()).collect())
    }
}

/// Gives the client addresses that were judged, and no others.
#[derive(Clone)]
struct Resolver {
    guard: Guard,
    names: Names,
}

impl Resolver {
    async fn judged(self, name: Name) -> Result<Addrs, BoxError> {
        let addresses = self.names.look_up(name.as_str()).await?;
        self.guard.check_all(&addresses)?;
        // Port 0 stands for the one of the URL.
        let sockets = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
        Ok(Box::new(sockets))
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(self.clone().judged(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_an_answer_can_be_stored() {
        assert_eq!(excerpt(b""), None);
        assert_eq!(excerpt(b"ok"), Some("ok".to_owned()));
        assert_eq!(excerpt(b"a\0b\xff"), Some("a\u{fffd}b\u{fffd}".to_owned()));
    }

    #[tokio::test]
    async fn a_name_is_judged_by_all_its_addresses_each_time() {
        let resolver = Resolver {
            guard: Guard::default(),
            names: Names::default(),
        };
        let leads_to = async |addresses: &[&str]| {
            let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
            resolver.names.set("hooks.example", &addresses);
            let name = "hooks.example".parse::<Name>().unwrap();
            let found = resolver.resolve(name).await.map(Iterator::collect::<Vec<SocketAddr>>);
            found.map_err(|error| error.downcast_ref::<Refusal>().copied())
        };
        assert_eq!(leads_to(&["1.1.1.1"]).await, Ok(vec![SocketAddr::from(([1, 1, 1, 1], 0))]));
        assert_eq!(leads_to(&["10.0.0.1"]).await, Err(Some(Refusal::NotPublic)));
        assert_eq!(leads_to(&["1.1.1.1", "169.254.169.254"]).await, Err(Some(Refusal::NotPublic)));
        assert_eq!(leads_to(&[]).await, Err(Some(Refusal::Unresolved)));
    }
}
