//! Lists that are followed by what tells of their rows, or of what these are part of.

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Alias, Expr, ExprTrait as _, Query, SelectStatement},
};

use super::{
    List, each,
    followed::{self, Group, NOT, Subject, Trail},
    way,
};
use crate::fault::Fault;

/// A list that something tells of changes of its rows.
pub(super) struct Told<'a, E: EntityTrait, F, S: 'static> {
    pub(super) list: &'a List<'a, E, F, S>,
    pub(super) trail: Trail,
}

impl<E, F, S> Subject for Told<'_, E, F, S>
where
    E: EntityTrait,
    E::Model: Send + Sync,
    E::Column: Send + Sync,
    F: Send + Sync,
    S: Send + Sync,
{
    type Rows = E;

    fn name(&self) -> &'static str {
        self.list.name
    }

    fn trail(&self) -> Trail {
        self.trail
    }

    fn id(&self) -> E::Column {
        self.list.id
    }

    fn each(&self, backend: DbBackend) -> Condition {
        each(&(self.list.parts)(self.list.filter, backend))
    }

    fn all(&self, backend: DbBackend) -> Condition {
        way::counting(backend, &(self.list.parts)(self.list.filter, backend), None)
    }

    fn things(&self) -> SelectStatement {
        self.list.part_of.as_ref().map_or_else(|| self.list.size.clone(), |whole| whole.number.clone())
    }

    fn rows_of(&self, things: SelectStatement) -> SelectStatement {
        match &self.list.part_of {
            None => things,
            Some(whole) => {
                let of_them = Expr::col(whole.id.as_column_ref()).in_subquery(things);
                E::find().select_only().column(self.list.id).filter(of_them).into_query()
            }
        }
    }

    async fn usual(&self, conn: &impl ConnectionTrait, passing: i64) -> Result<(Group, i64), Fault> {
        match &self.list.part_of {
            None => followed::usual(conn, &self.things(), passing).await,
            // How many rows a thing has differs.
            Some(_) => Ok((NOT, passing)),
        }
    }

    fn differing(&self, backend: DbBackend, usual: Group) -> SelectStatement {
        let Some(whole) = &self.list.part_of else { return followed::differing(self, backend, usual) };
        let rows = E::find().select_only().expr_as(Expr::col(whole.id.as_column_ref()), "id");
        let counted = rows.expr_as(Expr::cust("CAST(COUNT(*) AS text)"), "counts_for").filter(self.all(backend));
        counted.group_by(Expr::col(whole.id.as_column_ref())).into_query()
    }

    fn now(&self, backend: DbBackend, id: Expr) -> SelectStatement {
        let Some(whole) = &self.list.part_of else { return followed::now(self, backend, id) };
        let its = E::find().filter(Expr::col(whole.id.as_column_ref()).eq(id.clone()));
        let its = its.select_only().expr(Expr::cust("CAST(COUNT(*) AS text)")).filter(self.each(backend)).into_query();
        let table = Alias::new(whole.table);
        Query::select()
            .expr(Expr::SubQuery(None, Box::new(its.into())))
            .from(table.clone())
            .and_where(Expr::col((table, Alias::new("id"))).eq(id))
            .to_owned()
    }

    fn group(&self, counts_for: &str) -> Option<Group> {
        match &self.list.part_of {
            None => followed::group(counts_for),
            Some(_) => counts_for.parse().ok(),
        }
    }
}
