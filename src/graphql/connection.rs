//! Connections: pages of lists by the Relay specification, with `nodes` and `totalCount` beside `edges`.

use async_graphql::{Context, SimpleObject};

use super::scalar::Int;
use crate::{
    config::PageConfig,
    page::{Page, PageRequest},
};

/// Where a page stands in its list.
#[derive(Clone, Debug, SimpleObject)]
pub struct PageInfo {
    /// Whether more rows follow.
    pub has_next_page: bool,
    /// Whether rows come before.
    pub has_previous_page: bool,
    /// Cursor of the first row of the page.
    pub start_cursor: Option<String>,
    /// Cursor of the last row of the page.
    pub end_cursor: Option<String>,
}

impl PageInfo {
    /// Where a page stands.
    pub fn of<M>(page: &Page<M>) -> Self {
        Self {
            has_next_page: page.has_next,
            has_previous_page: page.has_previous,
            start_cursor: page.rows.first().map(|(_, cursor)| cursor.clone()),
            end_cursor: page.rows.last().map(|(_, cursor)| cursor.clone()),
        }
    }
}

/// The arguments of a connection field.
#[derive(Clone, Debug, Default)]
pub struct PageArguments {
    /// How many, from the front.
    pub first: Option<Int>,
    /// After this cursor.
    pub after: Option<String>,
    /// How many, from the back.
    pub last: Option<Int>,
    /// Before this cursor.
    pub before: Option<String>,
    /// Rows to leave out in front, beside `first`.
    pub offset: Option<Int>,
}

impl PageArguments {
    /// The page asked for; rows are counted only when `totalCount` is selected.
    pub fn request(self, ctx: &Context<'_>, config: &PageConfig, default_size: u32) -> PageRequest {
        let ahead = ctx.look_ahead();
        PageRequest {
            first: self.first.map(|first| first.0),
            after: self.after,
            last: self.last.map(|last| last.0),
            before: self.before,
            offset: self.offset.map(|offset| offset.0),
            count: ahead.field("totalCount").exists(),
            no_cursors: !ahead.field("pageInfo").exists() && !ahead.field("edges").field("cursor").exists(),
            default_size,
            max_size: config.max_page_size,
        }
    }
}

/// Declares a connection and its edge for a node type that is cheap to clone.
macro_rules! connection {
    ($connection:ident, $edge:ident, $node:ty) => {
        /// One row of a page, with its cursor.
        #[derive(Clone, async_graphql::SimpleObject)]
        pub struct $edge {
            /// The row.
            node: $node,
            /// Marks this row; give it back as `after` or `before`.
            cursor: String,
        }

        /// A page of a list.
        pub struct $connection {
            rows: Vec<($node, String)>,
            page_info: $crate::graphql::connection::PageInfo,
            total: Option<i64>,
        }

        impl $connection {
            /// A page with its rows turned into nodes.
            pub fn new<M>(page: $crate::page::Page<M>, mut node: impl FnMut(M) -> $node) -> Self {
                let page_info = $crate::graphql::connection::PageInfo::of(&page);
                let total = page.total;
                let rows = page.rows.into_iter().map(|(row, cursor)| (node(row), cursor)).collect();
                Self { rows, page_info, total }
            }
        }

        /// A page of a list.
        #[async_graphql::Object]
        impl $connection {
            /// The rows of the page with their cursors.
            async fn edges(&self) -> Vec<$edge> {
                self.rows.iter().map(|(node, cursor)| $edge { node: node.clone(), cursor: cursor.clone() }).collect()
            }

            /// The rows of the page.
            async fn nodes(&self) -> Vec<$node> {
                self.rows.iter().map(|(node, _)| node.clone()).collect()
            }

            /// Where the page stands in the list.
            async fn page_info(&self) -> &$crate::graphql::connection::PageInfo {
                &self.page_info
            }

            /// How many rows the whole list has; counted only when asked for.
            async fn total_count(&self) -> i32 {
                $crate::graphql::scalar::count(self.total.unwrap_or_default())
            }
        }
    };
}
pub(crate) use connection;
