//! Versions of the scoring model, and which was in force since when; who is trusted from the start.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, run};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// What the communities that are there already begin with: the default of this step's time. Never change it.
const FIRST_TERMS: &str = include_str!("first_scoring_terms.json");

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let models = format!(
            "INSERT INTO scoring_models (community_id, version, name, origin, terms, created_at, created_by)
                SELECT id, 1, 'default', 1, '{}', created_at, 'system:migration' FROM communities",
            FIRST_TERMS.trim()
        );
        run(
            manager,
            &[
                "CREATE TABLE scoring_models (
                community_id BIGINT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
                version INTEGER NOT NULL CONSTRAINT scoring_models_version_counts CHECK (version > 0),
                name TEXT NOT NULL,
                origin SMALLINT NOT NULL CONSTRAINT scoring_models_origin_known CHECK (origin BETWEEN 1 AND 3),
                based_on INTEGER,
                terms TEXT NOT NULL,
                backtest TEXT,
                created_at BIGINT NOT NULL,
                created_by TEXT NOT NULL,
                PRIMARY KEY (community_id, version),
                CONSTRAINT scoring_models_based_on_fk FOREIGN KEY (community_id, based_on)
                    REFERENCES scoring_models (community_id, version)
            )",
                "CREATE TABLE scoring_model_activations (
                community_id BIGINT NOT NULL,
                activated_at BIGINT NOT NULL,
                version INTEGER NOT NULL,
                activated_by TEXT NOT NULL,
                PRIMARY KEY (community_id, activated_at),
                CONSTRAINT scoring_model_activations_model_fk FOREIGN KEY (community_id, version)
                    REFERENCES scoring_models (community_id, version) ON DELETE CASCADE
            )",
                &models,
                "INSERT INTO scoring_model_activations (community_id, activated_at, version, activated_by)
                SELECT id, created_at, 1, 'system:migration' FROM communities",
                // Members with a verified identity are trusted from the start.
                "CREATE INDEX identities_verified ON identities (community_id, member_id) WHERE verified",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP INDEX identities_verified"]).await?;
        drop_tables(manager, &["scoring_model_activations", "scoring_models"]).await
    }
}
