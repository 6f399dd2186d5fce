//! Whether the process lives (`/healthz`) and whether it should get traffic (`/readyz`).

use std::{sync::Arc, time::Duration};

use actix_web::{HttpResponse, web};
use serde_json::json;
use tokio::sync::watch;

use crate::app::App;

/// A database that does not answer a probe in this time does not serve requests either.
const PATIENCE: Duration = Duration::from_secs(3);

/// Set once, when the server begins to shut down; shared by all workers.
#[derive(Clone, Debug, Default)]
pub struct Draining(Arc<watch::Sender<bool>>);

impl Draining {
    /// From now on the server says that it is not ready.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the server begins to shut down.
    pub(super) async fn begun(&self) {
        let mut told = self.0.subscribe();
        // The sender is this handle's own: it is there until the wait is over.
        let _was_told = told.wait_for(|has_begun| *has_begun).await.is_ok();
    }
}

/// `GET /healthz`: always well, for whoever decides about restarting the process.
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// `GET /readyz`: for load balancers.
pub(super) async fn ready(app: web::Data<App>, draining: web::Data<Draining>) -> HttpResponse {
    let readiness = if draining.has_begun() {
        Err("shutting down".to_owned())
    } else {
        tokio::time::timeout(PATIENCE, app.is_ready())
            .await
            .unwrap_or_else(|_| Err("the database does not answer in time".to_owned()))
    };
    match readiness {
        Ok(()) => HttpResponse::Ok().json(json!({ "status": "ready" })),
        Err(reason) => HttpResponse::ServiceUnavailable().json(json!({ "status": "unavailable", "reason": reason })),
    }
}
