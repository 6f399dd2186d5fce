//! `rapport score integrity`.

use std::collections::{HashMap, HashSet};

use clap::Args;
use entity::{Consent, MemberId};

use super::open;
use crate::app::App;
use crate::features::integrity::finding::{Finding, Kind};
use crate::features::integrity::service;
use crate::features::members;

/// How many members of a finding are named.
const NAMED: usize = 20;

/// `rapport score integrity`.
#[derive(Args, Debug)]
pub struct IntegrityArgs {
    /// The community's slug.
    #[arg(long)]
    community: String,
}

/// Looks for evidence that looks arranged, and tells what it finds.
pub async fn integrity(app: &App, args: IntegrityArgs) -> anyhow::Result<()> {
    let access = open(app, &args.community).await?;
    let found = service::findings(app, &access, &[], app.clock.now()).await?;
    let ids: HashSet<MemberId> = found.iter().flat_map(|finding| finding.members.iter().copied()).collect();
    let ids: Vec<MemberId> = ids.into_iter().collect();
    let rows = members::store::by_ids(app.db.read(), access.community_id(), &ids).await?;
    let names: HashMap<MemberId, String> = rows
        .into_iter()
        .filter(|(_, row)| row.consent == Consent::Scored)
        .map(|(id, row)| (id, row.display_name))
        .collect();
    println!("{}: {} findings", args.community, found.len());
    for finding in &found {
        tell(finding, &names);
    }
    Ok(())
}

fn tell(finding: &Finding, names: &HashMap<MemberId, String>) {
    let kind = match finding.pattern.kind() {
        Kind::Ring => "RING",
        Kind::Jump => "JUMP",
    };
    println!();
    println!("{kind}  {}", finding.description());
    println!(
        "  {:.1} credit in question, in {} interactions from {} to {}",
        finding.credit, finding.count, finding.since, finding.until
    );
    let known: Vec<&str> = finding.members.iter().filter_map(|id| names.get(id)).map(String::as_str).collect();
    let shown: Vec<&str> = known.iter().copied().take(NAMED).collect();
    println!("  {}", shown.join(", "));
    let others = finding.members.len().saturating_sub(shown.len());
    if others > 0 {
        println!(
            "  and {others} more, {} of whom opted out",
            finding.members.len().saturating_sub(known.len())
        );
    }
}
