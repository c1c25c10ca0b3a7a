//! Searching lines by the name and the SKU that they were sold as. Each pair of these is one text, however many lines have it.

use entity::order_item::{Column as C, Entity};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, JoinType,
    sea_query::{Alias, Asterisk, Expr, ExprTrait, Func, Query, SelectStatement, UnionType},
};

use super::{Part, SortField};
use crate::{
    list::all_of,
    search::{self, Needle, SoldAs},
};

fn text(column: &'static str) -> (Alias, Alias) {
    (Alias::new("item_texts"), Alias::new(column))
}

fn line(column: C) -> Expr {
    Expr::col((Entity, column))
}

/// From the texts that are found to their lines: on SQLite in this order, which it keeps to.
fn lines(what: Expr, found: Condition) -> SelectStatement {
    Query::select()
        .expr(what)
        .from(Alias::new("item_texts"))
        .join(JoinType::CrossJoin, Entity, Condition::all())
        .cond_where(found)
        .and_where(line(C::Name).equals(text("name")))
        .to_owned()
}

/// Lines without a SKU, which is empty in the text.
fn without_sku(what: Expr, found: Condition) -> SelectStatement {
    lines(what, found).and_where(line(C::Sku).is_null()).and_where(Expr::col(text("sku")).eq("")).to_owned()
}

fn with_sku(what: Expr, found: Condition) -> SelectStatement {
    lines(what, found).and_where(line(C::Sku).equals(text("sku"))).to_owned()
}

/// Lines of which the name or the SKU holds what is searched for.
pub fn part(needle: &Needle, backend: DbBackend) -> Part {
    if needle.is_nowhere() {
        return Part::never::<Entity>();
    }
    let found = || search::item_texts(backend, needle);
    let all = |what: Expr| with_sku(what.clone(), found()).union(UnionType::All, without_sku(what, found())).to_owned();
    let each = match backend {
        DbBackend::Sqlite if needle.is_plain() => {
            let is_in = |column| needle.is_in_written(backend, line(column));
            Condition::any().add(is_in(C::Name)).add(is_in(C::Sku))
        }
        DbBackend::Sqlite => {
            let sku = Func::coalesce([line(C::Sku), Expr::value("")]);
            let texts = Query::select()
                .expr(Expr::value(1))
                .from(Alias::new("item_texts"))
                .and_where(Expr::col(text("sku")).eq(sku))
                .and_where(Expr::col(text("name")).eq(line(C::Name)))
                .cond_where(found())
                .to_owned();
            Condition::all().add(Expr::exists(texts))
        }
        _ => needle
            .is_in_written(backend, Expr::cust("(\"order_items\".\"name\" || E'\\n' || COALESCE(\"order_items\".\"sku\", ''))")),
    };
    let (each, found, rows) = (all_of(each), all_of(C::Id.in_subquery(all(line(C::Id)))), all(Expr::value(1)));
    match needle.sold_as() {
        // Their lines may be very many, but the newest of each pair are at hand.
        Some(pairs) if !pairs.is_empty() && pairs.iter().all(|pair| !pair.sku.is_empty()) => {
            let branches = pairs.iter().map(|SoldAs { sku, name }| all_of(C::Sku.eq(sku)).add(C::Name.eq(name)));
            let part = Part { all: found, many: Some(rows), branches: branches.collect(), ..Part::unserved(each) };
            part.sorted_by(&[SortField::Newest])
        }
        _ if needle.is_common() => Part { all: found, many: Some(rows), ..Part::unserved(each) },
        _ => Part { all: found, rows: Some(rows), exact: true, ..Part::unserved(each) },
    }
}

/// Selects how many lines are found: those of the SKUs that are found, which the index of SKUs counts without looking at a
/// line, less those of them that were sold under other names.
pub fn count(needle: &Needle, backend: DbBackend) -> SelectStatement {
    let found = || search::item_texts(backend, needle);
    let number = |mut rows: SelectStatement| {
        let count = rows.clear_selects().expr(Func::count(Expr::col(Asterisk))).to_owned();
        Expr::SubQuery(None, Box::new(count.into()))
    };
    let skus = || Query::select().column(text("sku")).from(Alias::new("item_texts")).cond_where(found()).to_owned();
    let of_skus = Query::select()
        .from_subquery(skus().distinct().to_owned(), Alias::new("skus"))
        .join(JoinType::CrossJoin, Entity, Condition::all())
        .and_where(line(C::Sku).equals((Alias::new("skus"), Alias::new("sku"))))
        .to_owned();
    let of_other_names = Condition::all().add(found().not()).add(Expr::col(text("sku")).in_subquery(skus()));
    let one = Expr::value(1);
    let count = number(of_skus).sub(number(with_sku(one.clone(), of_other_names))).add(number(without_sku(one, found())));
    Query::select().expr(count).to_owned()
}
