//! Interactions and what they are about.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, run};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "CREATE TABLE interactions (
                community_id BIGINT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
                id {id},
                kind SMALLINT NOT NULL CONSTRAINT interactions_kind_known CHECK (kind BETWEEN 1 AND 18),
                actor_id BIGINT,
                target_id BIGINT,
                thread TEXT,
                parent TEXT,
                channel TEXT,
                visibility SMALLINT NOT NULL CONSTRAINT interactions_visibility_known CHECK (visibility BETWEEN 0 AND 2),
                occurred_at BIGINT NOT NULL,
                sentiment {double} CONSTRAINT interactions_sentiment_in_range CHECK (sentiment BETWEEN -1 AND 1),
                text TEXT,
                url TEXT,
                source TEXT NOT NULL,
                external_id TEXT NOT NULL,
                retracts TEXT,
                recorded_at BIGINT NOT NULL,
                {key},
                CONSTRAINT interactions_external_id_unique UNIQUE (community_id, source, external_id),
                CONSTRAINT interactions_actor_fk FOREIGN KEY (community_id, actor_id) REFERENCES members (community_id, id),
                CONSTRAINT interactions_target_fk FOREIGN KEY (community_id, target_id) REFERENCES members (community_id, id),
                CONSTRAINT interactions_retraction_names_one CHECK ((kind = 18) = (retracts IS NOT NULL))
            )",
                "CREATE INDEX interactions_by_time ON interactions (community_id, occurred_at, id)",
                "CREATE INDEX interactions_by_actor ON interactions (community_id, actor_id, occurred_at, id)
                WHERE actor_id IS NOT NULL",
                "CREATE INDEX interactions_by_target ON interactions (community_id, target_id, occurred_at, id)
                WHERE target_id IS NOT NULL",
                "CREATE INDEX interactions_by_thread ON interactions (community_id, thread) WHERE thread IS NOT NULL",
                "CREATE INDEX interactions_by_retracts ON interactions (community_id, source, retracts)
                WHERE retracts IS NOT NULL",
                "CREATE TABLE topics (
                community_id BIGINT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
                id {id},
                name TEXT NOT NULL,
                {key},
                CONSTRAINT topics_name_unique UNIQUE (community_id, name)
            )",
                "CREATE TABLE interaction_topics (
                community_id BIGINT NOT NULL,
                topic_id BIGINT NOT NULL,
                interaction_id BIGINT NOT NULL,
                PRIMARY KEY (community_id, topic_id, interaction_id),
                CONSTRAINT interaction_topics_topic_fk FOREIGN KEY (community_id, topic_id)
                    REFERENCES topics (community_id, id) ON DELETE CASCADE,
                CONSTRAINT interaction_topics_interaction_fk FOREIGN KEY (community_id, interaction_id)
                    REFERENCES interactions (community_id, id) ON DELETE CASCADE
            )",
                "CREATE INDEX interaction_topics_by_interaction ON interaction_topics (community_id, interaction_id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["interaction_topics", "topics", "interactions"]).await
    }
}
