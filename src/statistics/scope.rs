//! Whose figures: all of the shop's, a buyer's own orders, a seller's own lines (C-26).

use entity::{
    id::{CustomerId, StoreId},
    order,
};
use sea_orm::{ColumnTrait, Condition, sea_query::Expr};

use crate::{
    auth::actor::Actor,
    fault::Denied,
    order::{filter::Filter, query::Scope},
};

/// From which side a caller looks, when asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Own purchases.
    Buyer,
    /// Own sales.
    Seller,
    /// Everything.
    All,
}

/// Whose figures.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Whose {
    /// The whole shop's.
    All,
    /// A buyer's; nobody's for a caller who buys as no customer.
    Buyer(Option<CustomerId>),
    /// Those of the lines of these stores, as their seller sees them.
    Seller {
        /// The stores.
        stores: Vec<StoreId>,
        /// The customer the seller buys as, where it matters that a buyer sees more of an order.
        customer: Option<CustomerId>,
    },
    /// Those of the lines of a store, for somebody who sees all of every order.
    Store(StoreId),
}

impl Whose {
    /// What a caller sees: the side asked for; else staff everything, sellers own sales, others own purchases.
    ///
    /// # Errors
    /// [`Denied::Unauthenticated`] for nobody, [`Denied::Forbidden`] for a side that is not the caller's.
    pub fn of(actor: &Actor, side: Option<Side>) -> Result<Self, Denied> {
        if matches!(actor, Actor::Anonymous) {
            return Err(Denied::Unauthenticated);
        }
        let side = side.unwrap_or(match (actor.sees_all(), actor.stores()) {
            (true, _) => Side::All,
            (false, []) => Side::Buyer,
            (false, _) => Side::Seller,
        });
        match side {
            Side::All if actor.sees_all() => Ok(Self::All),
            Side::Seller if !actor.stores().is_empty() => Ok(Self::seller(actor.stores())),
            Side::Buyer => Ok(Self::Buyer(actor.customer())),
            Side::All | Side::Seller => Err(Denied::Forbidden),
        }
    }

    /// Those of the lines of these stores.
    pub fn seller(stores: &[StoreId]) -> Self {
        Self::Seller { stores: stores.to_vec(), customer: None }
    }

    /// The same for a filter that a caller gave: it may ask for what a seller sees of own purchases alone.
    #[must_use]
    pub fn asking(self, actor: &Actor, filter: &Filter) -> Self {
        match self {
            Self::Seller { stores, .. } if filter.is_of_buyers() => Self::Seller { stores, customer: actor.customer() },
            whose => whose,
        }
    }

    /// Which of the orders in the [`scope`](Self::scope) are counted.
    pub fn counted(&self) -> Filter {
        match self {
            Self::All | Self::Buyer(_) | Self::Seller { customer: None, .. } => Filter::default(),
            Self::Store(store) => Filter { store: Some(*store), ..Filter::default() },
            Self::Seller { stores, .. } => Filter { stores: Some(stores.clone()), ..Filter::default() },
        }
    }

    /// The same, of one store alone. Staff see every store, sellers their own; another's store has no orders for them. Buyers
    /// have no such side.
    ///
    /// # Errors
    /// [`Denied::Forbidden`] for buyers.
    pub fn of_store(self, store: StoreId) -> Result<Self, Denied> {
        match self {
            Self::All | Self::Store(_) => Ok(Self::Store(store)),
            Self::Seller { stores, customer } => {
                Ok(Self::Seller { stores: stores.into_iter().filter(|own| *own == store).collect(), customer })
            }
            Self::Buyer(_) => Err(Denied::Forbidden),
        }
    }

    /// The same as a scope of orders: what may be filtered by and what is shown of an order.
    pub fn scope(&self) -> Scope {
        match self {
            Self::All | Self::Store(_) => Scope::All,
            Self::Buyer(customer) => Scope::Own { customer: *customer, stores: Vec::new() },
            Self::Seller { stores, customer } => Scope::Own { customer: *customer, stores: stores.clone() },
        }
    }

    /// The stores whose lines alone are counted; none where whole orders are.
    pub fn stores(&self) -> Option<&[StoreId]> {
        match self {
            Self::All | Self::Buyer(_) => None,
            Self::Seller { stores, .. } => Some(stores),
            Self::Store(store) => Some(std::slice::from_ref(store)),
        }
    }

    /// A buyer's orders as a condition on `orders`; the others restrict nothing.
    pub(super) fn purchases(&self) -> Condition {
        match self {
            Self::All | Self::Seller { .. } | Self::Store(_) => Condition::all(),
            Self::Buyer(Some(customer)) => Condition::all().add(order::Column::CustomerId.eq(*customer)),
            Self::Buyer(None) => Condition::all().add(Expr::value(false)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use entity::{id::UserId, stored::Role};
    use uuid::Uuid;

    use super::*;
    use crate::auth::actor::Standing;

    fn user(role: Role, stores: &[StoreId]) -> Actor {
        let (user, customer) = (UserId(Uuid::from_u128(1)), Some(CustomerId(Uuid::from_u128(2))));
        Actor::User(Arc::new(Standing { user, role, customer, stores: stores.to_vec(), is_active: true }))
    }

    #[test]
    fn a_side_is_only_for_those_who_have_it() {
        let store = StoreId(Uuid::from_u128(3));
        let customer = Some(CustomerId(Uuid::from_u128(2)));
        let (buyer, seller, staff) = (user(Role::Customer, &[]), user(Role::Customer, &[store]), user(Role::Staff, &[]));
        assert_eq!(Whose::of(&Actor::Anonymous, Some(Side::Buyer)), Err(Denied::Unauthenticated));
        assert_eq!(Whose::of(&buyer, None), Ok(Whose::Buyer(customer)));
        assert_eq!(Whose::of(&buyer, Some(Side::Seller)), Err(Denied::Forbidden));
        assert_eq!(Whose::of(&buyer, Some(Side::All)), Err(Denied::Forbidden));
        assert_eq!(Whose::of(&seller, None), Ok(Whose::seller(&[store])));
        assert_eq!(Whose::of(&seller, Some(Side::Buyer)), Ok(Whose::Buyer(customer)));
        assert_eq!(Whose::of(&seller, Some(Side::All)), Err(Denied::Forbidden));
        assert_eq!(Whose::of(&staff, None), Ok(Whose::All));
        assert_eq!(Whose::of(&staff, Some(Side::Seller)), Err(Denied::Forbidden));
        let other = StoreId(Uuid::from_u128(4));
        assert_eq!(Whose::All.of_store(other), Ok(Whose::Store(other)));
        assert_eq!(Whose::seller(&[store, other]).of_store(store), Ok(Whose::seller(&[store])));
        assert_eq!(Whose::seller(&[store]).of_store(other), Ok(Whose::seller(&[])));
        assert_eq!(Whose::Buyer(customer).of_store(store), Err(Denied::Forbidden));
    }
}
