//! What the terminal shows.

use super::{Demo, places};

/// What to do, in commands to paste.
pub(super) fn banner(demo: &Demo) -> String {
    let url = &demo.base_url;
    let key = demo.keys.team.expose();
    let admin_key = demo.keys.admin.expose();
    let data_dir = demo.data_dir.display();
    let token_file = quoted(&demo.tokens.service_account().display().to_string());
    let project = places::TEAM_PROJECT;
    let python = format!(
        "python3 -c 'import wandb; run = wandb.init(project=\"{project}\"); \
         [run.log({{\"loss\": 1 / (step + 1)}}) for step in range(20)]; run.finish()'"
    );
    format!(
        "\
The tracker answers at {url}
(demo data in {data_dir})

In a browser, sign in with the user name `api` and an API key as the password:
  {key}        service account of {team}
  {admin_key}        user admin

Ask who you are, with an API key:
  curl -u api:{key} -H 'Content-Type: application/json' -d '{{\"query\":\"{{ viewer {{ username entity }} }}\"}}' {url}/graphql

Trade an identity token for an access token:
  curl -d grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer --data-urlencode assertion@{token_file} {url}/oidc/token

Log a run with the W&B SDK (pip install wandb), with an API key:
  WANDB_BASE_URL={url} WANDB_API_KEY={key} {python}

The same with the identity token, and no key anywhere:
  WANDB_BASE_URL={url} WANDB_IDENTITY_TOKEN_FILE={token_file} {python}

",
        team = places::TEAM,
    )
}

/// As one word for a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_one_word() {
        assert_eq!(quoted("/a b/it's"), r"'/a b/it'\''s'");
    }
}
