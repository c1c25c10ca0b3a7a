//! Figures.

use async_graphql::Object;

/// Queries of figures.
#[derive(Default)]
pub struct StatisticsQuery;

#[Object]
impl StatisticsQuery {
    /// Placeholder.
    async fn statistics_noop(&self) -> bool {
        true
    }
}
