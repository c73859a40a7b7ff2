//! The suite on SQLite, and what only SQLite does.

#[cfg(test)]
mod sqlite_only;
#[cfg(test)]
mod suite;

#[cfg(test)]
mod tests {
    use auth_core::Timestamp;
    use auth_store::{SqliteStore, StoredAuditEvent};
    use jwt_federation::JwtIssuerId;
    use tempfile::TempDir;

    use super::suite::{self, Store};

    impl Store for SqliteStore {
        async fn newest_events(&self, limit: u32) -> Vec<StoredAuditEvent> {
            self.audit_events(limit).await.expect("the log can be read")
        }

        async fn fill_with_accounts(&self, count: u32) {
            sqlx::query(
                "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers
                                                WHERE n < $1)
                 INSERT INTO auth_service_accounts (id, organization_id, default_team_id, name,
                                                    created_at, created_by)
                 SELECT 'fill-' || n, 'acme', 'ml', 'fill-' || n, 0, 'user:u-alice' FROM numbers",
            )
            .bind(count)
            .execute(self.pool())
            .await
            .expect("they fit");
        }

        async fn fill_with_spent(&self, id: &JwtIssuerId, count: u32, until: Timestamp) {
            sqlx::query(
                "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers
                                                WHERE n < $2)
                 INSERT INTO auth_spent_jwt_ids (jwt_issuer_id, digest, until)
                 SELECT $1, CAST(printf('%032d', n) AS BLOB), $3 FROM numbers",
            )
            .bind(id.as_str())
            .bind(count)
            .bind(until.as_secs())
            .execute(self.pool())
            .await
            .expect("they fit");
            sqlx::query("UPDATE auth_jwt_issuers SET spent = spent + $2 WHERE id = $1")
                .bind(id.as_str())
                .bind(count)
                .execute(self.pool())
                .await
                .expect("it is there");
        }

        async fn count_spent(&self) -> i64 {
            sqlx::query_scalar("SELECT COUNT(*) FROM auth_spent_jwt_ids")
                .fetch_one(self.pool())
                .await
                .expect("a number")
        }
    }

    pub(crate) async fn fresh() -> (TempDir, SqliteStore) {
        let directory = tempfile::tempdir().expect("a directory");
        let store = SqliteStore::open(directory.path().join("gatehouse.db")).await;
        (directory, store.expect("a new store"))
    }

    macro_rules! run {
        ($($module:ident: $($test:ident),+;)+) => { $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let (_directory, store) = fresh().await;
                suite::$module::$test(&store).await;
                store.close().await;
            }
        )+)+ };
    }

    run! {
        directory:
            users_are_kept_and_found,
            members_are_found_by_email_in_any_ascii_case,
            organizations_are_kept_and_found,
            members_have_a_role,
            teams_are_kept_and_found,
            only_members_of_the_organization_join_its_teams,
            a_disabled_user_is_no_principal;
        projects:
            projects_are_kept_and_found,
            every_visibility_and_role_is_kept,
            only_the_organizations_own_are_added_to_a_project,
            a_project_with_a_stranger_is_not_made;
        accounts:
            accounts_are_kept_and_found,
            a_name_is_unique_in_its_scope,
            an_issuer_and_subject_are_one_account_of_an_organization,
            an_account_and_its_first_key_are_kept_together,
            a_default_team_is_not_deleted,
            sa_025_an_organization_has_a_limit_of_accounts;
        keys:
            keys_are_kept_and_found,
            a_key_is_revoked_by_its_owner_only,
            the_last_use_of_a_key_only_moves_on,
            sa_025_an_owner_has_a_limit_of_keys;
        federation:
            issuers_are_kept_and_found,
            sa_025_an_organization_has_a_limit_of_issuers,
            a_signing_key_follows_the_one_its_maker_knew;
        trust:
            settings_come_back_as_they_went,
            a_change_is_of_the_revision_that_was_read,
            fed_013_an_audience_leads_to_one_registration,
            a_registration_is_found_by_organization_and_issuer,
            some_subjects_of_an_issuer_are_listed,
            fed_008_a_jti_is_spent_once_for_each_registration,
            fed_008_of_parallel_presentations_one_wins,
            fed_009_a_jti_is_forgotten_when_its_time_is_over,
            fed_009_a_registration_remembers_a_bounded_number;
        revocations:
            fed_012_what_ends_a_token_shows_in_its_standing,
            fed_009_a_revocation_is_kept_as_long_as_its_token_lives,
            a_revocation_is_told_of_once,
            a_withdrawn_key_is_replaced_in_one_step;
        cascades:
            an_organization_takes_all_that_is_its_own,
            a_member_leaves_with_all_that_membership_gave,
            a_team_member_leaves_the_teams_projects,
            a_team_takes_all_that_is_its_own,
            an_account_takes_its_keys_and_places,
            a_user_takes_keys_and_memberships,
            a_thing_made_again_inherits_nothing;
        hostile:
            store_001_a_text_is_never_a_statement,
            store_002_a_text_comes_back_as_it_went,
            a_private_key_comes_back_as_it_went,
            store_006_an_identifier_of_another_organization_gives_nothing;
        races:
            store_004_of_parallel_inserts_one_wins,
            sa_024_of_parallel_creations_of_an_account_one_wins,
            sa_025_a_limit_holds_under_parallel_requests,
            of_parallel_rotations_one_wins,
            a_team_goes_while_accounts_come;
        audit:
            an_event_is_kept_with_all_it_says,
            each_method_has_its_word,
            events_of_many_at_once_are_all_kept,
            what_follows_a_refusal_finds_it;
    }
}
