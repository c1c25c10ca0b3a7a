//! The lines of an order at a glance, as lists of orders show them.

use async_graphql::{Context, Result};

use super::Order;

impl Order {
    /// The first line that the caller sees, and how many others there are.
    pub(super) async fn goods_in_words(&self, ctx: &Context<'_>) -> Result<String> {
        let lines = self.lines(ctx).await?;
        let mut seen = self.seen_lines(&lines);
        let first = seen.next().map(|line| line.name.clone()).unwrap_or_default();
        Ok(match seen.count() {
            0 => first,
            1 => format!("{first} +1 other product"),
            others => format!("{first} +{others} other products"),
        })
    }

    /// The name of the first line that the caller sees.
    pub(super) async fn first_good(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let lines = self.lines(ctx).await?;
        Ok(self.seen_lines(&lines).next().map(|line| line.name.clone()))
    }

    /// The first picture of the lines that the caller sees.
    pub(super) async fn picture(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let lines = self.lines(ctx).await?;
        Ok(self.seen_lines(&lines).find_map(|line| line.image_url.clone()))
    }

    /// How many lines the caller sees.
    pub(super) async fn goods_count(&self, ctx: &Context<'_>) -> Result<i32> {
        let lines = self.lines(ctx).await?;
        Ok(self.seen_lines(&lines).count() as i32)
    }
}
