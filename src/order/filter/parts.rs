//! A filter as conditions that all hold, each with what is known of it.

use entity::{
    id::StoreId,
    order, order_item, order_store,
    stored::{FulfillmentStatus, OrderPaymentStatus, OrderStatus, OrderType, PaymentType},
};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, EntityTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Alias, Expr, ExprTrait as _},
};

use super::{
    Choice, Filter, amount,
    part::{Listed, Part, all_of, not, nothing, with_id},
};
use crate::{
    order::{list::SortField, overdue, payment_kinds, query::Scope},
    page::Keyed,
    search::{self, Search},
};

impl Filter {
    /// The filter as a condition on `orders`, for a caller with this scope. What a seller may not see of an order cannot
    /// be found out by filtering for it either: such conditions hold only on the seller's own purchases.
    pub fn condition(&self, scope: &Scope, backend: DbBackend) -> Condition {
        self.parts(scope, backend).into_iter().fold(Condition::all(), |all, part| all.add(part.all))
    }

    /// The conditions of the filter; all of them hold.
    pub fn parts(&self, scope: &Scope, backend: DbBackend) -> Vec<Part> {
        let mut parts = self.columns();
        parts.extend(self.lines(scope));
        parts.extend(self.hidden().into_iter().map(|part| part.and(scope.only_buyer())));
        parts.extend(self.searched(scope, backend));
        for part in &self.and {
            parts.extend(part.parts(scope, backend));
        }
        if let Some(any) = &self.or {
            let each = |part: &Filter| part.by_row(scope, backend);
            let any = match any.is_empty() {
                true => nothing(),
                false => any.iter().fold(Condition::any(), |any, part| any.add(each(part))),
            };
            parts.push(Part::unserved(all_of(any)));
        }
        if let Some(part) = &self.not {
            parts.push(Part::unserved(not(part.by_row(scope, backend))));
        }
        parts
    }

    fn by_row(&self, scope: &Scope, backend: DbBackend) -> Condition {
        self.parts(scope, backend).into_iter().fold(Condition::all(), |all, part| all.add(part.each))
    }

    /// Conditions on what everybody sees who sees an order.
    fn columns(&self) -> Vec<Part> {
        use order::Column as C;
        let mut parts = Vec::new();
        if let Some(ids) = &self.ids {
            parts.push(Part::key(all_of(C::Id.is_in(ids.iter().copied()))));
        }
        if let Some(number) = &self.number {
            parts.push(Part::key(all_of(C::Number.eq(number.trim()))));
        }
        if let Some(id) = &self.external_id {
            parts.push(Part::key(all_of(C::ExternalId.eq(id.trim()))));
        }
        if let Some(choice) = &self.status {
            let values = choice.wanted(OrderStatus::all()).into_iter().map(OrderStatus::as_str).collect();
            parts.push(Part::word(C::Status, values, None).sorted_by(&[
                SortField::PlacedAt,
                SortField::UpdatedAt,
                SortField::Total,
            ]));
        }
        if let Some(choice) = &self.fulfillment_status {
            let values = choice.wanted(FulfillmentStatus::all()).into_iter().map(FulfillmentStatus::as_str).collect();
            parts.push(Part::word(C::FulfillmentStatus, values, Some("DELIVERED")).sorted_by(&[SortField::PlacedAt]));
        }
        if let Some(choice) = &self.kind {
            let values = choice.wanted(OrderType::all()).into_iter().map(OrderType::as_str).collect();
            parts.push(Part::word(C::Kind, values, Some("STANDARD")).sorted_by(&[SortField::PlacedAt]));
        }
        if let Some(id) = self.shipping_method {
            parts.push(Part::indexed(all_of(C::ShippingMethodId.eq(id))).sorted_by(&[SortField::PlacedAt]));
        }
        if let Some(code) = &self.currency {
            parts.push(Part::indexed(all_of(C::Currency.eq(code))).sorted_by(&[SortField::Total]));
        }
        if let Some(range) = &self.placed_at {
            parts.push(Part::indexed(range.condition(C::PlacedAt)).sorted_by(&[SortField::PlacedAt]));
        }
        if let Some(range) = &self.updated_at {
            parts.push(Part::indexed(range.condition(C::UpdatedAt)).sorted_by(&[SortField::UpdatedAt]));
        }
        if let Some(range) = &self.ship_by {
            parts.push(Part::indexed(range.condition(C::ShipBy)));
        }
        if let Some(wanted) = self.overdue {
            let late = overdue::open().add(C::ShipBy.lt(self.now.unwrap_or(entity::time::Timestamp(0))));
            parts.push(if wanted { Part::indexed(late) } else { Part::unserved(not(late)) });
        }
        match self.on_hold {
            Some(true) => parts.push(Part::indexed(all_of(C::HeldAt.is_not_null()))),
            Some(false) => parts.push(Part::unserved(all_of(C::HeldAt.is_null()))),
            None => {}
        }
        parts
    }

    /// Conditions on the lines that the caller sees.
    fn lines(&self, scope: &Scope) -> Vec<Part> {
        let mut parts = Vec::new();
        if let Some(store) = self.store {
            parts.push(of_stores(&[store]).and(scope.buyer_unless_of(store)));
        }
        if let Some(stores) = &self.stores {
            let (own, others): (Vec<StoreId>, Vec<StoreId>) =
                stores.iter().partition(|store| scope.buyer_unless_of(**store).is_none());
            let of_others = of_stores(&others).and(scope.only_buyer());
            parts.push(match (own.as_slice(), others.as_slice()) {
                (own, []) => of_stores(own),
                ([], _) => of_others,
                (own, _) => Part::unserved(all_of(Condition::any().add(of_stores(own).each).add(of_others.each))),
            });
        }
        if let Some(product) = self.product {
            use order_item::Column as C;
            let lines = || order_item::Entity::find().filter(C::ProductId.eq(product));
            let ids = lines().select_only().column(C::OrderId).filter(all_of(scope.seen_lines()));
            let here = Expr::col((order_item::Entity, C::OrderId)).equals((order::Entity, order::Column::Id));
            let each = lines().select_only().expr(Expr::value(1)).filter(here).filter(all_of(scope.seen_lines()));
            let each = each.limit(1).offset(0);
            let own = scope.own_purchases().map(|own| {
                let here = Expr::col((order_item::Entity, C::OrderId)).equals((order::Entity, order::Column::Id));
                let any = lines().select_only().expr(Expr::value(1)).filter(here);
                own.add(Expr::exists(any.into_query()))
            });
            let seen = |part: Condition| match &own {
                Some(own) => all_of(Condition::any().add(part).add(own.clone())),
                None => part,
            };
            // By an index that has them sorted.
            let orders = lines().select_only().column(C::OrderId).distinct().into_query();
            parts.push(Part {
                all: seen(with_id(ids.into_query())),
                rows: Some(orders),
                exact: *scope == Scope::All,
                ..Part::unserved(seen(all_of(Expr::exists(each.into_query()))))
            });
        }
        parts
    }

    /// Conditions on what only the buyer and staff see.
    fn hidden(&self) -> Vec<Part> {
        use order::Column as C;
        let mut parts = Vec::new();
        if let Some(choice) = &self.payment_status {
            let values = choice.wanted(OrderPaymentStatus::all()).into_iter().map(OrderPaymentStatus::as_str).collect();
            parts.push(Part::word(C::PaymentStatus, values, Some("PAID")).sorted_by(&[SortField::PlacedAt]));
        }
        if let Some(choice) = &self.payment_type {
            parts.push(paid_by(choice, self.paid_by.as_deref()));
        }
        if let Some(customer) = self.customer {
            parts.push(Part::indexed(all_of(C::CustomerId.eq(customer))).sorted_by(&[SortField::PlacedAt]));
        }
        if let Some(range) = &self.total {
            let part = Part::indexed(all_of(amount::total(range, self.currency.as_deref())));
            parts.push(if self.currency.is_some() { part.sorted_by(&[SortField::Total]) } else { part });
        }
        parts
    }

    /// What is searched for. All that anybody sees of an order is found in one text; a seller must see what it is found by.
    fn searched(&self, scope: &Scope, backend: DbBackend) -> Option<Part> {
        use order::Column as C;
        let needle = self.search.as_ref().and_then(Search::needle)?;
        if needle.is_nowhere() {
            return Some(Part::key(nothing()));
        }
        let by_row = needle.is_in((order::Entity, C::SearchText));
        Some(Part::found(C::Id, search::ORDERS, &needle, backend, Some(by_row)).and(scope.shows(&needle, backend)))
    }
}

/// Orders with goods of one of some stores.
pub fn of_stores(stores: &[StoreId]) -> Part {
    use order_store::Column as C;
    let select = || order_store::Entity::find().select_only().filter(C::StoreId.is_in(stores.iter().copied()));
    let column = |column: C| Expr::col((order_store::Entity, column));
    let each = select()
        .expr(Expr::value(1))
        .filter(column(C::PlacedAt).equals((order::Entity, order::Column::PlacedAt)))
        .filter(column(C::OrderId).equals((order::Entity, order::Column::Id)))
        // An offset keeps PostgreSQL from making a join of it: row by row is what this form is for.
        .limit(1)
        .offset(0);
    let of_one = stores.len() == 1;
    Part {
        all: with_id(select().column(C::OrderId).into_query()),
        rows: Some(select().expr(Expr::value(1)).into_query()),
        exact: of_one,
        // Of several an order may be there for each.
        listed: of_one.then(|| Listed {
            sorted_by: SortField::PlacedAt,
            by: Keyed { rows: select().into_query(), keys: vec![column(C::PlacedAt), column(C::OrderId)] },
        }),
        ..Part::unserved(all_of(Expr::exists(each.into_query())))
    }
}

/// Orders that are paid in these ways, by their payments or as the buyer means to: those with one of the numbers that hold the
/// bits of such ways; of these only the ones that occur, if that is known.
fn paid_by(choice: &Choice<PaymentType>, occurring: Option<&[i32]>) -> Part {
    let bits = |kinds: &[PaymentType]| kinds.iter().fold(0, |bits, kind| bits | payment_kinds::bit(*kind));
    let any = choice.any.as_deref().map(bits);
    let none = choice.none.as_deref().map_or(0, bits);
    let holds = |number: &i32| any.is_none_or(|any| number & any != 0) && number & none == 0;
    let numbers = match occurring {
        Some(occurring) => occurring.iter().copied().filter(holds).collect(),
        None => payment_kinds::numbers().filter(holds).collect::<Vec<_>>(),
    };
    let column = Expr::col((order::Entity, Alias::new(payment_kinds::COLUMN)));
    Part::among::<order::Entity>(&column, numbers.into_iter().map(Into::into).collect(), None).sorted_by(&[SortField::PlacedAt])
}
