//! For which organization an assertion is meant.

use auth_core::{Error, Key, Organization, Recorder, StoreError};
use jwt_validation::{Audience, UnverifiedToken};

use crate::exchange::{Exchange, cut, malformed, refused};
use crate::issuer::{JwtIssuer, JwtIssuerId};

/// The audience that instances with a single organization take beside its name.
pub(crate) const SHARED_AUDIENCE: &str = "wandb";

/// An assertion has at most so many audiences. Each costs some look-ups before anything is verified.
const MOST_AUDIENCES: usize = 16;

/// The registration that an unverified assertion points at, and the audience that it must prove to be
/// meant for.
pub(super) struct Target {
    pub(super) registration: JwtIssuer,
    pub(super) audience: Audience,
}

impl Exchange {
    /// Finds where `token` points. What it costs depends on the token's audiences, not on how many
    /// organizations registered the issuer.
    pub(super) async fn target(
        &self,
        issuer: &str,
        token: &UnverifiedToken,
        recorder: &mut Recorder<'_>,
    ) -> Result<Target, Error> {
        check_audiences(token)?;
        let sole = self.directory.sole_organization().await?;
        let skips = sole
            .as_ref()
            .filter(|_| self.policy.danger_skip_audience_validation);
        let store = self.issuers.store();
        let mut meant: Vec<JwtIssuerId> = Vec::new();
        if let Some(sole) = skips {
            meant.extend(store.registration(&sole.id, issuer).await?);
        } else {
            for audience in token.audience() {
                let found = self.named_by(audience, issuer, sole.as_ref()).await?;
                meant.extend(found.filter(|found| !meant.contains(found)));
            }
        }
        let is_registered = !meant.is_empty() || store.is_registered(issuer).await?;
        let described = || ("a registered issuer".to_owned(), cut(issuer));
        if !recorder.check("assertion.issuer", is_registered, described) {
            let detail = format!("{} is not registered", cut(issuer));
            return Err(refused("assertion.issuer", detail));
        }
        let one = <[_; 1]>::try_from(meant);
        let found = match &one {
            Ok(_) => "one organization",
            Err(several) if several.is_empty() => "no organization that registered the issuer",
            Err(_) => "several organizations",
        };
        let described = || ("one organization".to_owned(), found.to_owned());
        recorder.check("assertion.audience", one.is_ok(), described);
        let ambiguous = |_| refused("assertion.audience", format!("the audience names {found}"));
        let [id] = one.map_err(ambiguous)?;
        let gone = || refused("assertion.registration", "the registration is gone");
        let registration = store.issuer(&id).await?.ok_or_else(gone)?;
        let audience = if skips.is_some() {
            Audience::danger_unchecked()
        } else {
            let key = Key::Id(&registration.organization);
            let organization = self.directory.organization(key).await?.ok_or_else(gone)?;
            let names = self
                .names(&organization, &registration, sole.is_some())
                .await?;
            // The organization has a name, so that the list is not empty; if it were, nobody would be meant.
            Audience::any_of(names).map_err(|_| refused("assertion.audience", "no name"))?
        };
        Ok(Target {
            registration,
            audience,
        })
    }

    /// The registration of `issuer` that `audience` names. A name of an organization means that one
    /// and no other, whatever audiences another one has in its policy.
    async fn named_by(
        &self,
        audience: &str,
        issuer: &str,
        sole: Option<&Organization>,
    ) -> Result<Option<JwtIssuerId>, Error> {
        let store = self.issuers.store();
        let named = match sole {
            Some(sole) if audience == sole.name || audience == SHARED_AUDIENCE => {
                Some(sole.clone())
            }
            _ => self.directory.organization(Key::Name(audience)).await?,
        };
        Ok(match named {
            Some(named) => store.registration(&named.id, issuer).await?,
            // Nobody's own: where there is more than one organization, it names none.
            None if audience == SHARED_AUDIENCE => None,
            None => store.registration_for(issuer, audience).await?,
        })
    }

    /// By what an organization is named in assertions of an issuer. An audience of the policy that has
    /// become another organization's name since does not count any more.
    pub(super) async fn names(
        &self,
        organization: &Organization,
        registration: &JwtIssuer,
        is_sole: bool,
    ) -> Result<Vec<String>, StoreError> {
        let shared = is_sole.then(|| SHARED_AUDIENCE.to_owned());
        let mut names: Vec<_> = std::iter::once(organization.name.clone())
            .chain(shared)
            .collect();
        for audience in &registration.settings.policy.audiences {
            let named = self.directory.organization(Key::Name(audience)).await?;
            if named.is_none_or(|named| named.id == organization.id) {
                names.push(audience.clone());
            }
        }
        Ok(names)
    }
}

/// Whether an assertion has no more audiences than are looked up.
pub(super) fn check_audiences(token: &UnverifiedToken) -> Result<(), Error> {
    if token.audience().len() > MOST_AUDIENCES {
        return Err(malformed("more than 16 audiences"));
    }
    Ok(())
}
