//! Members and their identities in other systems.

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
                "CREATE TABLE members (
                community_id BIGINT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
                id {id},
                display_name TEXT NOT NULL,
                search_name TEXT NOT NULL,
                handle TEXT,
                search_handle TEXT,
                joined_at BIGINT,
                last_active_at BIGINT,
                is_staff BOOLEAN NOT NULL,
                is_bot BOOLEAN NOT NULL,
                consent SMALLINT NOT NULL CONSTRAINT members_consent_known CHECK (consent IN (0, 1)),
                attributes {json} NOT NULL,
                merged_into BIGINT,
                root_id BIGINT,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                {key},
                CONSTRAINT members_merged_into_fk FOREIGN KEY (community_id, merged_into) REFERENCES members (community_id, id),
                CONSTRAINT members_root_fk FOREIGN KEY (community_id, root_id) REFERENCES members (community_id, id),
                CONSTRAINT members_merge_is_whole CHECK ((merged_into IS NULL) = (root_id IS NULL)),
                CONSTRAINT members_not_into_itself CHECK (merged_into <> id)
            )",
                "CREATE INDEX members_by_search_name ON members (community_id, search_name, id)",
                "CREATE INDEX members_by_joined_at ON members (community_id, COALESCE(joined_at, 0), id)",
                "CREATE INDEX members_by_last_active_at ON members (community_id, COALESCE(last_active_at, 0), id)",
                "CREATE INDEX members_by_root ON members (community_id, root_id) WHERE root_id IS NOT NULL",
                "CREATE TABLE identities (
                community_id BIGINT NOT NULL,
                id {id},
                member_id BIGINT NOT NULL,
                provider TEXT NOT NULL,
                external_id TEXT NOT NULL,
                handle TEXT,
                follower_count BIGINT CONSTRAINT identities_followers_not_negative CHECK (follower_count >= 0),
                verified BOOLEAN NOT NULL,
                {key},
                CONSTRAINT identities_external_id_unique UNIQUE (community_id, provider, external_id),
                CONSTRAINT identities_member_fk FOREIGN KEY (community_id, member_id)
                    REFERENCES members (community_id, id) ON DELETE CASCADE
            )",
                "CREATE INDEX identities_by_member ON identities (community_id, member_id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["identities", "members"]).await
    }
}
