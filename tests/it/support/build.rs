//! Builders that write rows, for what a test takes for granted.

use entity::{
    customer,
    id::{CustomerId, ProductId, ShippingMethodId, StoreId, UserId, VariantId},
    product, product_variant, shipping_method, store, store_member,
    stored::{CustomerStatus, ProductStatus, Role},
    user,
};
use ordergraph::{clock::random_bytes, customer::search_text};
use sea_orm::{ActiveValue::Set, EntityTrait as _};

use super::{Client, NOW, TestApp};

/// A variant that is on sale.
#[derive(Clone, Debug)]
pub struct Goods {
    pub variant: VariantId,
    pub product: ProductId,
    pub store: StoreId,
    pub sku: String,
}

impl TestApp {
    /// Nobody.
    pub fn anonymous(&self) -> Client {
        Client::new(self.router.clone(), None)
    }

    /// An administrator.
    pub async fn admin(&self) -> Client {
        self.user("admin@shop.test", Role::Admin, &[]).await.0
    }

    /// Staff.
    pub async fn staff(&self) -> Client {
        self.user("staff@shop.test", Role::Staff, &[]).await.0
    }

    /// A buyer, and the customer it buys as.
    pub async fn buyer(&self, name: &str) -> (Client, CustomerId) {
        self.user(&format!("{name}@buyer.test"), Role::Customer, &[]).await
    }

    /// A member of a store.
    pub async fn seller(&self, store: StoreId) -> Client {
        self.user(&format!("{store}@seller.test"), Role::Customer, &[store]).await.0
    }

    /// Somebody who is signed in, without a password: hashing one would only cost time.
    pub async fn user(&self, email: &str, role: Role, stores: &[StoreId]) -> (Client, CustomerId) {
        let conn = self.db().writer();
        let id = UserId::at(NOW, random_bytes());
        let row = user::ActiveModel {
            id: Set(id),
            email: Set(email.to_owned()),
            password_hash: Set(None),
            name: Set(email.to_owned()),
            role: Set(role),
            is_active: Set(true),
            last_login_at: Set(None),
            created_at: Set(NOW),
            updated_at: Set(NOW),
        };
        user::Entity::insert(row).exec_without_returning(conn).await.unwrap();
        let name = email.split('@').next().unwrap_or_default().to_owned();
        let customer = self.customer(&name, Some(email), Some(id)).await;
        for store in stores {
            let row = store_member::ActiveModel { store_id: Set(*store), user_id: Set(id), created_at: Set(NOW) };
            store_member::Entity::insert(row).exec_without_returning(conn).await.unwrap();
        }
        let (token, _) = self.app.keys.issue(id, self.app.clock.now()).unwrap();
        (Client::new(self.router.clone(), Some(token)).of(id), customer)
    }

    /// The same somebody with a new token.
    pub fn renewed(&self, client: &Client) -> Client {
        let user = client.user().expect("somebody who is signed in");
        let (token, _) = self.app.keys.issue(user, self.app.clock.now()).unwrap();
        Client::new(self.router.clone(), Some(token)).of(user)
    }

    /// A customer.
    pub async fn customer(&self, name: &str, email: Option<&str>, user: Option<UserId>) -> CustomerId {
        let id = CustomerId::at(NOW, random_bytes());
        let row = customer::ActiveModel {
            id: Set(id),
            user_id: Set(user),
            name: Set(name.to_owned()),
            email: Set(email.map(str::to_owned)),
            phone: Set(None),
            status: Set(CustomerStatus::Active),
            external_id: Set(None),
            search_text: Set(search_text(name, email, None, None)),
            created_at: Set(NOW),
            updated_at: Set(NOW),
        };
        customer::Entity::insert(row).exec_without_returning(self.db().writer()).await.unwrap();
        id
    }

    /// A store selling in EUR.
    pub async fn store(&self, slug: &str) -> StoreId {
        self.store_in(slug, "EUR").await
    }

    /// A store selling in a currency.
    pub async fn store_in(&self, slug: &str, currency: &str) -> StoreId {
        let id = StoreId::at(NOW, random_bytes());
        let row = store::ActiveModel {
            id: Set(id),
            name: Set(format!("Store {slug}")),
            slug: Set(slug.to_owned()),
            currency: Set(currency.to_owned()),
            external_id: Set(None),
            created_at: Set(NOW),
            updated_at: Set(NOW),
        };
        store::Entity::insert(row).exec_without_returning(self.db().writer()).await.unwrap();
        id
    }

    /// Goods of a store in EUR: a price in cents and a stock. They are not shipped, so orders of them need no address.
    pub async fn goods(&self, store: StoreId, sku: &str, price: i64, stock: i64) -> Goods {
        self.goods_in(store, sku, price, stock, "EUR", false).await
    }

    /// Goods of a store.
    pub async fn goods_in(&self, store: StoreId, sku: &str, price: i64, stock: i64, currency: &str, is_physical: bool) -> Goods {
        let conn = self.db().writer();
        let product_id = ProductId::at(NOW, random_bytes());
        let row = product::ActiveModel {
            id: Set(product_id),
            store_id: Set(store),
            name: Set(format!("Product {sku}")),
            description: Set(String::new()),
            status: Set(ProductStatus::Published),
            is_physical: Set(is_physical),
            external_id: Set(None),
            created_at: Set(NOW),
            updated_at: Set(NOW),
        };
        product::Entity::insert(row).exec_without_returning(conn).await.unwrap();
        let id = VariantId::at(NOW, random_bytes());
        let row = product_variant::ActiveModel {
            id: Set(id),
            product_id: Set(product_id),
            sku: Set(sku.to_owned()),
            name: Set(String::new()),
            currency: Set(currency.to_owned()),
            price_minor: Set(price),
            available: Set(stock),
            received: Set(stock),
            created_at: Set(NOW),
            updated_at: Set(NOW),
            ..Default::default()
        };
        product_variant::Entity::insert(row).exec_without_returning(conn).await.unwrap();
        Goods { variant: id, product: product_id, store, sku: sku.to_owned() }
    }

    /// A way to ship in EUR.
    pub async fn shipping_method(&self, price: i64) -> ShippingMethodId {
        let id = ShippingMethodId::at(NOW, random_bytes());
        let row = shipping_method::ActiveModel {
            id: Set(id),
            name: Set("Parcel".to_owned()),
            description: Set(String::new()),
            currency: Set("EUR".to_owned()),
            price_minor: Set(price),
            estimated_days: Set(3),
            handling_days: Set(None),
            is_active: Set(true),
            created_at: Set(NOW),
            updated_at: Set(NOW),
        };
        shipping_method::Entity::insert(row).exec_without_returning(self.db().writer()).await.unwrap();
        id
    }

    /// Pieces of goods that can be sold now.
    pub async fn available(&self, goods: &Goods) -> i64 {
        let row = product_variant::Entity::find_by_id(goods.variant).one(self.db().reader()).await.unwrap();
        row.unwrap().available
    }

    /// How many rows a table has.
    pub async fn rows(&self, table: &str) -> i64 {
        self.sql_count(&format!("SELECT COUNT(*) FROM {table}")).await
    }

    /// What a statement counts.
    pub async fn sql_count(&self, sql: &str) -> i64 {
        use sea_orm::ConnectionTrait as _;
        let conn = self.db().reader();
        let row = conn.query_one_raw(ordergraph::db::statement(conn, sql, [])).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }
}
