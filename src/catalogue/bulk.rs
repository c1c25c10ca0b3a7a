//! `productsBulkAction`: what is done with each of many products (BULK-03).

use std::collections::{HashMap, HashSet};

use entity::{
    id::ProductId,
    order_item, product, product_variant,
    stored::{BulkKind, EventSubject, ProductStatus},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use serde::{Deserialize, Serialize};

use super::{change, query::Filter};
use crate::{
    auth::{
        actor::Actor,
        policy::{Reach, Right, authorise},
    },
    bulk::{Applied, Code, How, Noun, Verdict},
    config::OrderConfig,
    event::{self, Change, NewEvent},
    fault::{Failure, Fault},
};

/// What is done with each product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Action {
    /// Bring it to a state.
    UpdateStatus(ProductStatus),
    /// Delete it, if it was never ordered.
    Delete,
}

/// Why a product was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    /// There are orders of it.
    ProductInUse,
}

/// Products, as things that bulk actions are done with.
pub struct Products;

impl Noun for Products {
    const KIND: BulkKind = BulkKind::Products;
    const JOB: &'static str = "bulk.run.products";
    const RIGHT: Right = Right::ProductsBulkAction;
    const FIELD: &'static str = "products";
    const NOT_FOUND: &'static str = "Product not found";

    type Id = ProductId;
    type Action = Action;
    type Filter = Filter;

    fn may(actor: &Actor, action: &Action, rules: &OrderConfig) -> Result<Reach, Failure<Code>> {
        let reach = authorise(actor, Right::ProductsBulkAction, rules)?;
        match action {
            Action::Delete if !actor.is_admin() => {
                Err(Failure::refused(Code::Forbidden, ["action"], "only administrators may delete products"))
            }
            Action::Delete | Action::UpdateStatus(_) => Ok(reach),
        }
    }

    async fn matching<C: ConnectionTrait>(conn: &C, how: &How<'_>, filter: &Filter, limit: u64) -> Result<Vec<ProductId>, Fault> {
        let select = product::Entity::find().select_only().column(product::Column::Id);
        Ok(select
            .filter(reached(how))
            .filter(filter.condition(conn.get_database_backend()))
            .order_by_desc(product::Column::CreatedAt)
            .order_by_desc(product::Column::Id)
            .limit(limit)
            .into_tuple()
            .all(conn)
            .await?)
    }

    async fn check<C: ConnectionTrait>(
        conn: &C,
        how: &How<'_>,
        action: &Action,
        ids: &[ProductId],
    ) -> Result<HashMap<ProductId, Verdict>, Fault> {
        let in_use = in_use(conn, *action, ids).await?;
        let find = product::Entity::find().filter(product::Column::Id.is_in(ids.iter().copied())).filter(reached(how));
        Ok(find.all(conn).await?.into_iter().map(|product| (product.id, judge(*action, &product, &in_use))).collect())
    }

    async fn apply(
        tx: &DatabaseTransaction,
        how: &How<'_>,
        action: &Action,
        ids: &[ProductId],
    ) -> Result<Applied<ProductId>, Fault> {
        if *action == Action::Delete {
            // Before the products, as orders that are being placed hold them: none of these comes to hold goods that go.
            let variants = product_variant::Entity::find().select_only().column(product_variant::Column::Id);
            let of_these = product_variant::Column::ProductId.is_in(ids.iter().copied());
            let locked = variants.filter(of_these).order_by_asc(product_variant::Column::Id).lock_exclusive();
            locked.into_tuple::<entity::id::VariantId>().all(tx).await?;
        }
        let products = product::Entity::find()
            .filter(product::Column::Id.is_in(ids.iter().copied()))
            .filter(reached(how))
            .order_by_asc(product::Column::Id)
            .lock_exclusive()
            .all(tx)
            .await?;
        let in_use = in_use(tx, *action, ids).await?;
        let mut verdicts = HashMap::with_capacity(products.len());
        for product in products {
            let verdict = judge(*action, &product, &in_use);
            if verdict == Verdict::done(None) {
                one(tx, how, *action, &product).await?;
            }
            verdicts.insert(product.id, verdict);
        }
        Ok(Applied { verdicts, users: Vec::new() })
    }
}

/// The products within reach, as a condition on `products`.
fn reached(how: &How<'_>) -> Condition {
    match how.reach {
        Reach::All => Condition::all(),
        Reach::Own => Condition::all().add(product::Column::StoreId.is_in(how.origin.actor.stores().iter().copied())),
    }
}

/// Those of which there are orders, where that matters.
async fn in_use(conn: &impl ConnectionTrait, action: Action, ids: &[ProductId]) -> Result<HashSet<ProductId>, Fault> {
    if action != Action::Delete {
        return Ok(HashSet::new());
    }
    let ordered: Vec<ProductId> = order_item::Entity::find()
        .select_only()
        .column(order_item::Column::ProductId)
        .filter(order_item::Column::ProductId.is_in(ids.iter().copied()))
        .distinct()
        .into_tuple()
        .all(conn)
        .await?;
    Ok(ordered.into_iter().collect())
}

/// What would come of a product as it is.
fn judge(action: Action, product: &product::Model, in_use: &HashSet<ProductId>) -> Verdict {
    match action {
        Action::UpdateStatus(to) if product.status == to => Verdict::skipped(None, format!("the product is {to} already")),
        Action::Delete if in_use.contains(&product.id) => {
            Verdict::refused(None, Refused::ProductInUse, "there are orders of it; archive it instead")
        }
        Action::UpdateStatus(_) | Action::Delete => Verdict::done(None),
    }
}

async fn one(tx: &DatabaseTransaction, how: &How<'_>, action: Action, product: &product::Model) -> Result<(), Fault> {
    let (kind, changes) = match action {
        Action::UpdateStatus(to) => {
            product::Entity::update_many()
                .col_expr(product::Column::Status, Expr::value(to.as_str()))
                .col_expr(product::Column::UpdatedAt, Expr::value(how.now))
                .filter(product::Column::Id.eq(product.id))
                .exec(tx)
                .await?;
            (change::UPDATED, Change::new("status", product.status.as_str(), to.as_str()))
        }
        Action::Delete => {
            product::Entity::delete_by_id(product.id).exec(tx).await?;
            let gone = serde_json::json!({ "id": product.id, "store": product.store_id, "name": product.name });
            ("PRODUCT_DELETED", Change::new("product", gone, serde_json::Value::Null))
        }
    };
    let happened = NewEvent {
        subject: EventSubject::Product,
        subject_id: product.id.0,
        place: None,
        kind,
        reason: how.reason,
        changes: &[changes],
    };
    Ok(event::append(tx, how.origin, how.now, &happened).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::{id::StoreId, stored::BulkOutcome, time::Timestamp};

    #[test]
    fn what_was_ordered_is_not_deleted() {
        let now = Timestamp(0);
        let product = product::Model {
            id: ProductId::at(now, [1; 10]),
            store_id: StoreId::at(now, [2; 10]),
            name: "Pouch".into(),
            description: String::new(),
            status: ProductStatus::Draft,
            is_physical: true,
            external_id: None,
            created_at: now,
            updated_at: now,
        };
        let (ordered, none) = (HashSet::from([product.id]), HashSet::new());
        let outcome = |action, in_use| judge(action, &product, in_use).outcome;
        assert_eq!(outcome(Action::Delete, &ordered), BulkOutcome::Failed);
        assert_eq!(outcome(Action::Delete, &none), BulkOutcome::Succeeded);
        assert_eq!(outcome(Action::UpdateStatus(ProductStatus::Draft), &none), BulkOutcome::Skipped);
        assert_eq!(outcome(Action::UpdateStatus(ProductStatus::Published), &ordered), BulkOutcome::Succeeded);
    }
}
