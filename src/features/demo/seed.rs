//! Storing the demo community: the same writes as an import, by the same rules.

use entity::{Role, Visibility};

use super::cases::{ADMIN, AGENT, MANAGER, demo_cases, stage};
use super::{DemoPlan, demo_community};
use crate::app::App;
use crate::context::Access;
use crate::error::Result;
use crate::features::access::{self, NewStaff};
use crate::features::communities::service::{self, NewCommunity};
use crate::features::import::{ImportSummary, Importer};
use crate::features::ingest::record::Record;

/// The slug of the demo community.
pub const DEMO_SLUG: &str = "demo";
/// Who may do everything in the demo.
pub const DEMO_ADMIN: &str = ADMIN;

/// Sets the demo community up, with its cases and one member of staff per role; nobody has a password.
///
/// # Errors
/// When the slug is taken or the database fails.
pub async fn seed(app: &App, plan: &DemoPlan) -> Result<ImportSummary> {
    let ctx = app.system("seed");
    let new = NewCommunity {
        slug: DEMO_SLUG.to_owned(),
        name: "Larkwell Audio".to_owned(),
        timezone: "Europe/Berlin".to_owned(),
    };
    let access = service::create(&app.db, &ctx, &new).await?;
    let demo = demo_community(plan);
    let cases = demo_cases(plan, &demo);
    let mut importer = Importer::new(app, &ctx, &access);
    let members = demo.members.into_iter().map(Record::Member);
    let interactions = demo.interactions.into_iter().map(Record::Interaction);
    for record in members.chain(interactions) {
        importer.take(record, None).await?;
    }
    let summary = importer.finish().await?;
    add_staff(app, &access).await?;
    Box::pin(stage::play(app, &access, plan, &cases)).await?;
    Ok(summary)
}

async fn add_staff(app: &App, access: &Access) -> Result<()> {
    let staff = [
        (DEMO_ADMIN, "Demo Admin", Role::Admin, Visibility::Private),
        (MANAGER, "Demo Manager", Role::Manager, Visibility::Private),
        (AGENT, "Demo Agent", Role::Agent, Visibility::SemiPrivate),
        ("viewer@demo.example", "Demo Viewer", Role::Viewer, Visibility::Public),
    ];
    for (email, name, role, clearance) in staff {
        let new = NewStaff {
            email: email.to_owned(),
            name: name.to_owned(),
            password: None,
            role,
            clearance,
        };
        access::service::put_staff(app, &app.system("seed"), access, new).await?;
    }
    Ok(())
}
