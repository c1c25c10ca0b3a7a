//! What can be set: flags before environment before defaults. `.env.example` lists the same names.

mod amqp;
mod bulk;
mod cache;
mod export;
pub mod link;
mod live;
mod multi_store;
pub mod notify;
pub mod payment;
pub mod rate;
mod redis;
mod report;
pub mod secret;
pub mod shipping;
mod webhook;

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

pub use self::{cache::CacheConfig, live::LiveConfig, rate::RateConfig, redis::RedisConfig};
pub use amqp::{AmqpConfig, Secret};
pub use bulk::BulkConfig;
pub use export::ExportConfig;
pub use multi_store::MultiStorePolicy;
pub use notify::NotifyConfig;
pub use report::ReportConfig;
pub use webhook::WebhookConfig;

/// Settings every subcommand shares: where the data are.
#[derive(Args, Clone, Debug)]
pub struct DataConfig {
    /// Folder of the SQLite file and of the generated signing key.
    #[arg(long, env = "DATA_DIR", default_value = "./data", global = true)]
    pub data_dir: PathBuf,
    /// `postgres://…` or `sqlite://…`; without it a SQLite file in the data folder.
    #[arg(long, env = "DATABASE_URL", global = true, hide_env_values = true)]
    pub database_url: Option<String>,
    /// Most connections kept open to PostgreSQL.
    #[arg(long, env = "DATABASE_POOL_SIZE", default_value_t = 16, global = true)]
    pub database_pool_size: u32,
    /// Key that signs access tokens, at least 32 bytes; without it one is made in the data folder.
    #[arg(long, env = "JWT_SECRET", global = true, hide_env_values = true)]
    pub jwt_secret: Option<String>,
    /// Lowest level that is logged: error, warn, info, debug or trace.
    #[arg(long, env = "LOG_LEVEL", default_value = "info", global = true)]
    pub log_level: String,
}

/// Settings of the service.
#[derive(Args, Clone, Debug)]
pub struct ServeConfig {
    /// Address and port to listen on.
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8000")]
    pub listen: std::net::SocketAddr,
    /// Origins that browsers may call from, comma separated; `*` for any.
    #[arg(long, env = "CORS_ORIGINS", value_delimiter = ',')]
    pub cors_origins: Vec<String>,
    /// Seconds a client may take to send its headers or its body.
    #[arg(long, env = "READ_TIMEOUT", default_value_t = 10)]
    pub read_timeout: u64,
    /// Seconds that requests in flight get when the service is told to stop.
    #[arg(long, env = "SHUTDOWN_TIMEOUT", default_value_t = 30)]
    pub shutdown_timeout: u64,
    /// Whether clients may ask for the schema; without it suggestions are off too.
    #[arg(long, env = "INTROSPECTION", default_value_t = true, action = clap::ArgAction::Set)]
    pub introspection: bool,
    /// Whether `GET /graphql` shows the GraphiQL page.
    #[arg(long, env = "GRAPHIQL", default_value_t = true, action = clap::ArgAction::Set)]
    pub graphiql: bool,
    /// Whether this process does background work too; without it somebody must run `ordergraph worker`.
    #[arg(long, env = "WORKER", default_value_t = true, action = clap::ArgAction::Set)]
    pub worker: bool,
    /// What a document may ask for.
    #[command(flatten)]
    pub limits: Limits,
    /// How orders are handled.
    #[command(flatten)]
    pub orders: OrderConfig,
    /// Actions on many things at once.
    #[command(flatten)]
    pub bulk: BulkConfig,
    /// How lists are paged.
    #[command(flatten)]
    pub pages: PageConfig,
    /// How links to the service begin.
    #[command(flatten)]
    pub links: link::LinkConfig,
    /// How people are told of their orders.
    #[command(flatten)]
    pub notify: NotifyConfig,
    /// Outgoing webhooks.
    #[command(flatten)]
    pub webhooks: WebhookConfig,
    /// Exports.
    #[command(flatten)]
    pub exports: ExportConfig,
    /// The message broker.
    #[command(flatten)]
    pub amqp: AmqpConfig,
    /// Connections that stay open.
    #[command(flatten)]
    pub live: LiveConfig,
    /// Payment providers.
    #[command(flatten)]
    pub payments: payment::PaymentConfig,
    /// The shipping provider.
    #[command(flatten)]
    pub shipping: shipping::ShippingConfig,
    /// How figures are told.
    #[command(flatten)]
    pub reports: ReportConfig,
    /// What copies of the service share.
    #[command(flatten)]
    pub redis: RedisConfig,
    /// How long answers may be kept.
    #[command(flatten)]
    pub cache: CacheConfig,
    /// How much of what anyone may do.
    #[command(flatten)]
    pub rates: RateConfig,
}

/// Limits of a GraphQL document, checked before anything of it runs.
#[derive(Args, Clone, Debug)]
pub struct Limits {
    /// Bytes of a request body.
    #[arg(long = "limit-body-bytes", env = "LIMIT_BODY_BYTES", default_value_t = 1 << 20)]
    pub body_bytes: usize,
    /// Bytes of the query text.
    #[arg(long = "limit-query-bytes", env = "LIMIT_QUERY_BYTES", default_value_t = 64 << 10)]
    pub query_bytes: usize,
    /// Lexical tokens of the query text.
    #[arg(long = "limit-tokens", env = "LIMIT_TOKENS", default_value_t = 4_000)]
    pub tokens: usize,
    /// Nesting of selections.
    #[arg(long = "limit-depth", env = "LIMIT_DEPTH", default_value_t = 15)]
    pub depth: usize,
    /// Aliases, fragments expanded.
    #[arg(long = "limit-aliases", env = "LIMIT_ALIASES", default_value_t = 50)]
    pub aliases: u64,
    /// Directives, fragments expanded.
    #[arg(long = "limit-directives", env = "LIMIT_DIRECTIVES", default_value_t = 50)]
    pub directives: u64,
    /// Fields at the root, fragments expanded.
    #[arg(long = "limit-root-fields", env = "LIMIT_ROOT_FIELDS", default_value_t = 20)]
    pub root_fields: u64,
    /// Selected fields, fragments expanded.
    #[arg(long = "limit-selections", env = "LIMIT_SELECTIONS", default_value_t = 1_500)]
    pub selections: u64,
    /// Cost: fields times the sizes of the pages they are on.
    #[arg(long = "limit-cost", env = "LIMIT_COST", default_value_t = 50_000)]
    pub cost: u64,
}

/// Page sizes (C-09).
#[derive(Args, Clone, Debug)]
pub struct PageConfig {
    /// Default size of pages of orders, items and payments.
    #[arg(long, env = "PAGE_SIZE", default_value_t = 20)]
    pub page_size: u32,
    /// Largest page any list gives.
    #[arg(long, env = "MAX_PAGE_SIZE", default_value_t = 100)]
    pub max_page_size: u32,
}

/// Rules of orders that differ between shops.
#[derive(Args, Clone, Debug)]
pub struct OrderConfig {
    /// Until when buyers may cancel (C-01).
    #[arg(long, env = "ORDERS_CANCEL", value_enum, default_value_t = CancelPolicy::UntilProcessing)]
    pub cancel: CancelPolicy,
    /// Whether staff may cancel at all (C-01).
    #[arg(long, env = "ORDERS_CANCEL_STAFF_ALLOWED", default_value_t = true, action = clap::ArgAction::Set)]
    pub cancel_staff_allowed: bool,
    /// Whether the transition table binds administrators (C-04).
    #[arg(long, env = "ORDERS_TRANSITIONS", value_enum, default_value_t = TransitionPolicy::Strict)]
    pub transitions: TransitionPolicy,
    /// Whether members of a store may move orders that hold only that store's goods (C-07).
    #[arg(long, env = "ORDERS_SELLERS_CAN_FULFIL", default_value_t = false, action = clap::ArgAction::Set)]
    pub sellers_can_fulfil: bool,
    /// Whether only finished orders may be deleted (C-08).
    #[arg(long, env = "ORDERS_DELETE_REQUIRES_TERMINAL", default_value_t = false, action = clap::ArgAction::Set)]
    pub delete_requires_terminal: bool,
    /// Whether what was paid goes back when an order is cancelled (C-01).
    #[arg(long, env = "ORDERS_CANCEL_REFUND", value_enum, default_value_t = RefundPolicy::Auto)]
    pub cancel_refund: RefundPolicy,
    /// Whether a pending order is confirmed when all of it is paid (C-03).
    #[arg(long, env = "ORDERS_AUTO_CONFIRM_ON_PAYMENT", default_value_t = true, action = clap::ArgAction::Set)]
    pub auto_confirm_on_payment: bool,
    /// Days after its confirmation until which an order must be shipped, where its way of shipping says nothing; 0 for none.
    #[arg(long, env = "ORDERS_SHIP_WITHIN_DAYS", default_value_t = 0)]
    pub ship_within_days: u16,
    /// What becomes of an order of goods of several stores (C-37).
    #[arg(long, env = "ORDERS_MULTI_STORE", value_enum, default_value_t = MultiStorePolicy::Allow)]
    pub multi_store: MultiStorePolicy,
    /// Pieces at or below which stock is low (C-22).
    #[arg(long, env = "LOW_STOCK_THRESHOLD", default_value_t = 10)]
    pub low_stock_threshold: i64,
}

/// Presets of who cancels until when (C-01).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CancelPolicy {
    /// Buyers while PENDING or CONFIRMED.
    UntilProcessing,
    /// Buyers until the order is shipped.
    UntilShipped,
    /// Everyone only while PENDING.
    PendingOnly,
    /// Buyers as by default; staff in any state that is not final.
    StaffAny,
}

/// What becomes of the money of a cancelled order (C-01).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RefundPolicy {
    /// It is given back at once.
    Auto,
    /// Staff give it back.
    Manual,
}

/// How strict transitions are (C-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TransitionPolicy {
    /// Only what the table allows; administrators may force.
    Strict,
    /// Administrators may set any status without force.
    FreeForAdmin,
}

impl Default for OrderConfig {
    fn default() -> Self {
        Self {
            cancel: CancelPolicy::UntilProcessing,
            cancel_staff_allowed: true,
            transitions: TransitionPolicy::Strict,
            sellers_can_fulfil: false,
            delete_requires_terminal: false,
            cancel_refund: RefundPolicy::Auto,
            auto_confirm_on_payment: true,
            ship_within_days: 0,
            multi_store: MultiStorePolicy::Allow,
            low_stock_threshold: 10,
        }
    }
}

impl Default for PageConfig {
    fn default() -> Self {
        Self { page_size: 20, max_page_size: 100 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1 << 20,
            query_bytes: 64 << 10,
            tokens: 4_000,
            depth: 15,
            aliases: 50,
            directives: 50,
            root_fields: 20,
            selections: 1_500,
            cost: 50_000,
        }
    }
}

impl Default for ServeConfig {
    fn default() -> Self {
        Self {
            listen: ([127, 0, 0, 1], 8000).into(),
            cors_origins: Vec::new(),
            read_timeout: 10,
            shutdown_timeout: 30,
            introspection: true,
            graphiql: true,
            worker: true,
            limits: Limits::default(),
            orders: OrderConfig::default(),
            bulk: BulkConfig::default(),
            pages: PageConfig::default(),
            links: link::LinkConfig::default(),
            notify: NotifyConfig::default(),
            webhooks: WebhookConfig::default(),
            exports: ExportConfig::default(),
            amqp: AmqpConfig::default(),
            live: LiveConfig::default(),
            payments: payment::PaymentConfig::default(),
            shipping: shipping::ShippingConfig::default(),
            reports: ReportConfig::default(),
            redis: RedisConfig::default(),
            cache: CacheConfig::default(),
            rates: RateConfig::default(),
        }
    }
}

impl ServeConfig {
    /// How long a client may take to send its headers or its body.
    pub fn read_timeout(&self) -> Duration {
        Duration::from_secs(self.read_timeout)
    }

    /// Says what is wrong with settings that cannot work together, in words for the one who set them.
    pub fn check(&self) -> Result<(), String> {
        if self.pages.max_page_size == 0 || self.pages.max_page_size > 1_000 {
            return Err("MAX_PAGE_SIZE must be between 1 and 1000".into());
        }
        if self.pages.page_size == 0 || self.pages.page_size > self.pages.max_page_size {
            return Err("PAGE_SIZE must be between 1 and MAX_PAGE_SIZE".into());
        }
        if self.limits.query_bytes > self.limits.body_bytes {
            return Err("LIMIT_QUERY_BYTES must not exceed LIMIT_BODY_BYTES: a query travels in a body".into());
        }
        self.bulk.check()?;
        self.webhooks.check()?;
        self.exports.check()?;
        self.amqp.check()?;
        if self.read_timeout == 0 {
            return Err("READ_TIMEOUT must be at least 1 second".into());
        }
        self.links.check()?;
        self.live.check()?;
        self.payments.check()?;
        self.shipping.check()?;
        self.redis.check()?;
        Ok(())
    }
}
