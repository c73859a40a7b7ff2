//! Lists, in the form that GraphQL clients expect of them.

use async_graphql::{OutputType, SimpleObject};

use super::run::Run;
use super::viewer::{ApiKey, TeamNode};

/// A list.
#[derive(SimpleObject)]
#[graphql(concrete(name = "TeamConnection", params(TeamNode)))]
#[graphql(concrete(name = "ApiKeyConnection", params(ApiKey)))]
#[graphql(concrete(name = "RunConnection", params(Run)))]
pub(super) struct Connection<T>
where
    T: OutputType,
    Edge<T>: OutputType,
{
    edges: Vec<Edge<T>>,
}

/// An entry of a list.
#[derive(SimpleObject)]
#[graphql(concrete(name = "TeamEdge", params(TeamNode)))]
#[graphql(concrete(name = "ApiKeyEdge", params(ApiKey)))]
#[graphql(concrete(name = "RunEdge", params(Run)))]
pub(super) struct Edge<T: OutputType> {
    node: T,
}

impl<T> FromIterator<T> for Connection<T>
where
    T: OutputType,
    Edge<T>: OutputType,
{
    fn from_iter<I: IntoIterator<Item = T>>(nodes: I) -> Self {
        Self {
            edges: nodes.into_iter().map(|node| Edge { node }).collect(),
        }
    }
}
