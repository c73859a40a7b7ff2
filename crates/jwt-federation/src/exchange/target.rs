//! For which organization an assertion is meant.

use auth_core::{Error, Key, Organization, Recorder};
use jwt_validation::{Audience, UnverifiedToken};

use crate::exchange::{Exchange, cut, malformed, refused};
use crate::issuer::JwtIssuer;

/// The audience that instances with a single organization take beside its name.
pub(super) const SHARED_AUDIENCE: &str = "wandb";

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
        if token.audience().len() > MOST_AUDIENCES {
            return Err(malformed("more than 16 audiences"));
        }
        let sole = self.directory.sole_organization().await?;
        let skips = sole
            .as_ref()
            .filter(|_| self.policy.danger_skip_audience_validation);
        let mut meant: Vec<(JwtIssuer, Option<Organization>)> = Vec::new();
        if let Some(sole) = skips {
            let found = self.registration_of(sole, issuer).await?;
            meant.extend(found.map(|found| (found, None)));
        } else {
            for audience in token.audience() {
                let found = self.named_by(audience, issuer, sole.as_ref()).await?;
                if let Some(found) = found
                    && meant.iter().all(|(known, _)| known.id != found.0.id)
                {
                    meant.push((found.0, Some(found.1)));
                }
            }
        }
        let is_registered = !meant.is_empty() || self.issuers.store().is_registered(issuer).await?;
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
        let [(registration, organization)] = one.map_err(ambiguous)?;
        let audience = match organization {
            None => Audience::danger_unchecked(),
            Some(organization) => {
                let names = names(&organization, &registration, sole.is_some());
                // The organization has a name, so that the list is not empty; if it were, nobody would
                // be meant.
                Audience::any_of(names).map_err(|_| refused("assertion.audience", "no name"))?
            }
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
    ) -> Result<Option<(JwtIssuer, Organization)>, Error> {
        let named = match sole {
            Some(sole) if audience == sole.name || audience == SHARED_AUDIENCE => {
                Some(sole.clone())
            }
            _ => self.directory.organization(Key::Name(audience)).await?,
        };
        if let Some(named) = named {
            let found = self.registration_of(&named, issuer).await?;
            return Ok(found.map(|found| (found, named)));
        }
        let store = self.issuers.store();
        let Some(found) = store.registration_for(issuer, audience).await? else {
            return Ok(None);
        };
        let key = Key::Id(&found.organization);
        let organization = self.directory.organization(key).await?;
        Ok(organization.map(|organization| (found, organization)))
    }

    async fn registration_of(
        &self,
        organization: &Organization,
        issuer: &str,
    ) -> Result<Option<JwtIssuer>, Error> {
        let store = self.issuers.store();
        Ok(store.registration(&organization.id, issuer).await?)
    }
}

/// By what an organization is named in assertions of an issuer.
pub(super) fn names(
    organization: &Organization,
    registration: &JwtIssuer,
    is_sole: bool,
) -> Vec<String> {
    let shared = is_sole.then(|| SHARED_AUDIENCE.to_owned());
    let own = registration.settings.policy.audiences.iter().cloned();
    std::iter::once(organization.name.clone())
        .chain(shared)
        .chain(own)
        .collect()
}
