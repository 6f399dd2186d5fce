//! A receiver of webhooks, which answers as a test wants, over plain HTTP of its own so that it can also answer wrongly.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::ingest::calls::eventually;

/// A request that came in.
#[derive(Clone, Debug)]
pub struct Received {
    pub request: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Verifies it as receivers are told to, against the clock of this machine.
    pub fn verify(&self, secret: &str) {
        Webhook::new(secret).unwrap().verify(&self.body, &self.headers).unwrap();
    }

    /// Whether one of its signatures was made with a secret, whatever the time.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let at = self.header("webhook-timestamp").parse().unwrap();
        let right = Webhook::new(secret).unwrap().sign(self.id(), at, &self.body).unwrap();
        self.header("webhook-signature").split(' ').any(|signature| signature == right)
    }
}

/// How to answer.
#[derive(Clone, Debug)]
pub enum Reply {
    /// With these bytes, after a while.
    After(Duration, Vec<u8>),
    /// Not at all, and with the connection open for so long.
    Never(Duration),
}

/// The answer with a status.
pub fn status(code: u16) -> Reply {
    with_headers(code, "", "ok")
}

/// The answer with a status, more headers and a body.
pub fn with_headers(code: u16, headers: &str, body: &str) -> Reply {
    let length = body.len();
    let text = format!("HTTP/1.1 {code} Some Reason\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}");
    Reply::After(Duration::ZERO, text.into_bytes())
}

type Script = Box<dyn FnMut(&Received) -> Reply + Send>;

struct State {
    seen: Mutex<Vec<Received>>,
    script: Mutex<Script>,
    /// The ids that are being answered.
    open: Mutex<Vec<String>>,
    overlaps: AtomicUsize,
}

/// A receiver of webhooks.
pub struct Receiver {
    pub url: String,
    pub port: u16,
    state: Arc<State>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// One that takes everything.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let takes_all: Script = Box::new(|_received| status(200));
        let state = Arc::new(State {
            seen: Mutex::default(),
            script: Mutex::new(takes_all),
            open: Mutex::default(),
            overlaps: AtomicUsize::new(0),
        });
        let serving = Arc::clone(&state);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, Arc::clone(&serving)));
            }
        });
        Self {
            url: format!("http://127.0.0.1:{port}/hook"),
            port,
            state,
            task,
        }
    }

    /// From now on it answers so.
    pub fn answer(&self, script: impl FnMut(&Received) -> Reply + Send + 'static) {
        *self.state.script.lock().unwrap() = Box::new(script);
    }

    /// What came in since this was asked last.
    pub fn take(&self) -> Vec<Received> {
        std::mem::take(&mut *self.state.seen.lock().unwrap())
    }

    /// Waits until so many came in.
    pub async fn until(&self, count: usize) {
        let all = async || (self.state.seen.lock().unwrap().len() >= count).then_some(());
        eventually(Duration::from_secs(20), all).await.expect("webhooks come in");
    }

    /// How often a webhook came in while the same one was being answered.
    pub fn overlaps(&self) -> usize {
        self.state.overlaps.load(Ordering::Relaxed)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, state: Arc<State>) {
    let Some(received) = read(&mut stream).await else { return };
    let id = received.id().to_owned();
    {
        let mut open = state.open.lock().unwrap();
        if open.contains(&id) {
            state.overlaps.fetch_add(1, Ordering::Relaxed);
        }
        open.push(id.clone());
    }
    state.seen.lock().unwrap().push(received.clone());
    let reply = {
        let mut script = state.script.lock().unwrap();
        (*script)(&received)
    };
    let bytes = match reply {
        Reply::After(time, bytes) => {
            tokio::time::sleep(time).await;
            Some(bytes)
        }
        Reply::Never(time) => {
            tokio::time::sleep(time).await;
            None
        }
    };
    {
        let mut open = state.open.lock().unwrap();
        let place = open.iter().position(|open| *open == id).unwrap();
        open.swap_remove(place);
    }
    if let Some(bytes) = bytes {
        // Whoever has read enough goes away.
        let _gone = stream.write_all(&bytes).await;
        let _gone = stream.shutdown().await;
    }
}

async fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes: Vec<u8> = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let mut lines = text.split("\r\n");
    let request = lines.next()?.to_owned();
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':').unwrap();
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(value.trim()).unwrap(),
        );
    }
    let length: usize = headers["content-length"].to_str().unwrap().parse().unwrap();
    let mut body = bytes[head + 4..].to_vec();
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Received { request, headers, body })
}
