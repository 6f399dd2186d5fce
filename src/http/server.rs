//! Starting, routing and stopping.

use std::{io, net::TcpListener, pin::pin, sync::Arc, time::Duration};

use actix_web::{
    HttpResponse, HttpServer,
    dev::Server,
    guard,
    http::{Method, header},
    middleware::{Compress, Condition, from_fn},
    web::{self, ServiceConfig},
};

use super::{
    access_log, cors, explorer, export, graphql,
    health::{self, Draining},
    line,
    negotiation::MediaType,
    oauth,
    problem::Problem,
    request_id::{self, RequestId},
    security,
    subscribers::Subscribers,
    ws,
};
use crate::app::App;

/// Load balancers keep idle connections for a minute; closing ours first would race with them.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Time for the head of a request to arrive.
const HEAD_TIME_LIMIT: Duration = Duration::from_secs(10);

/// Serves until `shutdown` resolves, then says that it is not ready, sends away those who follow,
/// keeps serving for `drain_seconds` so that load balancers notice, stops accepting, and gives
/// requests under way `shutdown_grace_seconds` to finish.
///
/// # Errors
/// The listener cannot be used, or the configured CORS origins are wrong.
pub async fn serve(app: App, listener: TcpListener, shutdown: impl Future) -> io::Result<()> {
    let drain = Duration::from_secs(app.config.http.drain_seconds);
    let draining = Draining::default();
    let server = start(app, listener, draining.clone())?;
    let handle = server.handle();
    let mut server = pin!(server);

    tokio::select! {
        stopped = &mut server => return stopped,
        _ = shutdown => draining.begin(),
    }
    tracing::info!(seconds = drain.as_secs(), "shutting down: not ready, still serving");
    tokio::select! {
        stopped = &mut server => return stopped,
        () = tokio::time::sleep(drain) => {}
    }
    tracing::info!("shutting down: finishing what is under way");
    let ((), stopped) = tokio::join!(handle.stop(true), server);
    tracing::info!("shut down");
    stopped
}

fn start(app: App, listener: TcpListener, draining: Draining) -> io::Result<Server> {
    let config = Arc::clone(&app.config);
    cors::check_origins(&config.http.cors_origins)?;
    listener.set_nonblocking(true)?;
    let (app, draining) = (web::Data::new(app), web::Data::new(draining));
    let subscribers = web::Data::new(Subscribers::at_most(config.http.max_subscribers));
    let (grace, workers) = (config.http.shutdown_grace_seconds, config.http.workers);
    // The middleware named last sees a request first; the head of this room tells the order.
    let server = HttpServer::new(move || {
        let origins = &config.http.cors_origins;
        actix_web::App::new()
            .app_data(app.clone())
            .app_data(draining.clone())
            .app_data(subscribers.clone())
            .configure(|routes| route(routes, config.http.explorer))
            .wrap(Condition::new(!origins.is_empty(), cors::policy(origins)))
            .wrap(Compress::default())
            .wrap(from_fn(security::protect))
            .wrap(from_fn(access_log::record))
            .wrap(from_fn(request_id::assign))
    })
    .on_connect(line::hold)
    .keep_alive(KEEP_ALIVE)
    .client_request_timeout(HEAD_TIME_LIMIT)
    .tcp_nodelay(true)
    // A caller that hangs up does not cancel what it began: a mutation finishes, with all that
    // follows its commit.
    .h1_allow_half_closed(true)
    .shutdown_timeout(grace)
    .disable_signals();
    let server = match workers {
        Some(count) => server.workers(count.max(1)),
        None => server,
    };
    Ok(server.listen(listener)?.run())
}

fn route(routes: &mut ServiceConfig, has_explorer: bool) {
    const GRAPHQL: &str = "GET, POST, OPTIONS";
    const TOKEN: &str = "POST, OPTIONS";
    const EXPORT: &str = "GET, OPTIONS";
    routes
        .service(
            web::resource("/graphql")
                .route(web::get().guard(guard::fn_guard(ws::is_asked_for)).to(ws::open))
                .get(graphql::get)
                .post(graphql::post)
                .route(web::method(Method::OPTIONS).to(|| options(GRAPHQL)))
                .default_service(web::to(|id| refuse_method(GRAPHQL, id))),
        )
        .service(
            web::resource("/oauth/token")
                .post(oauth::token)
                .route(web::method(Method::OPTIONS).to(|| options(TOKEN)))
                .default_service(web::to(oauth::other_method)),
        )
        .service(
            web::resource("/export/{community}")
                .get(export::get)
                .route(web::method(Method::OPTIONS).to(|| options(EXPORT)))
                .default_service(web::to(|id| refuse_method(EXPORT, id))),
        )
        .service(readable("/healthz", web::get().to(health::live), web::head().to(health::live)))
        .service(readable("/readyz", web::get().to(health::ready), web::head().to(health::ready)))
        .default_service(web::to(not_found));
    if has_explorer {
        let (get, head) = (web::get().to(explorer::page), web::head().to(explorer::page));
        routes.service(readable("/", get, head));
    }
}

/// A resource that can only be read.
fn readable(path: &str, get: actix_web::Route, head: actix_web::Route) -> actix_web::Resource {
    web::resource(path)
        .route(get)
        .route(head)
        .default_service(web::to(|id| refuse_method("GET, HEAD", id)))
}

/// Plain `OPTIONS`; preflights are answered by [`cors`] before they get here.
async fn options(allow: &'static str) -> HttpResponse {
    HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish()
}

async fn refuse_method(allow: &'static str, id: RequestId) -> HttpResponse {
    Problem::MethodNotAllowed { allow }.answer(MediaType::Json, &id)
}

async fn not_found(id: RequestId) -> HttpResponse {
    Problem::NotFound.answer(MediaType::Json, &id)
}
