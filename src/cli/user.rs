//! `ordergraph user create` and `ordergraph token`.

use std::io::Read as _;

use clap::{Args, Subcommand, ValueEnum};
use entity::{stored::Role, user};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    auth::user::{self as users, NewUser},
    config::{DataConfig, ServeConfig},
    fault::Failure,
};

/// Creates users.
#[derive(Args)]
pub struct UserArgs {
    #[command(subcommand)]
    action: UserAction,
}

#[derive(Subcommand)]
enum UserAction {
    /// Create a user.
    Create(CreateArgs),
}

/// What the new user is.
#[derive(Args)]
struct CreateArgs {
    /// E-mail address to sign in with.
    #[arg(long)]
    email: String,
    /// What the user may do.
    #[arg(long, value_enum)]
    role: RoleName,
    /// Shown name.
    #[arg(long, default_value = "")]
    name: String,
    /// Slug of a store the user sells for; may be given several times.
    #[arg(long)]
    store: Vec<String>,
    /// Read the password from stdin, to its end or first line break.
    #[arg(long, required = true)]
    password_stdin: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleName {
    Customer,
    Staff,
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Customer => Self::Customer,
            RoleName::Staff => Self::Staff,
            RoleName::Admin => Self::Admin,
        }
    }
}

/// Whose token.
#[derive(Args)]
pub struct TokenArgs {
    /// E-mail address of the user.
    #[arg(long)]
    email: String,
}

/// Runs `ordergraph user create`: prints the new user's id.
///
/// # Errors
/// In words for the one who runs the service.
pub(crate) async fn create(data: &DataConfig, args: UserArgs) -> Result<(), String> {
    let UserAction::Create(args) = args.action;
    let mut password = String::new();
    std::io::stdin().read_to_string(&mut password).map_err(|error| format!("cannot read the password: {error}"))?;
    let password = password.lines().next().unwrap_or_default().to_owned();
    let app = super::app(data, ServeConfig::default(), super::open(data).await?)?;
    let new = NewUser { email: args.email, name: args.name, role: args.role.into(), password, stores: args.store };
    match users::create(&app, new).await {
        Ok(id) => {
            println!("{id}");
            Ok(())
        }
        Err(Failure::Refused(refusals)) => Err(refusals
            .into_iter()
            .map(|refusal| format!("{}: {}", refusal.field.join("."), refusal.message))
            .collect::<Vec<_>>()
            .join("; ")),
        Err(Failure::Denied(_)) => Err("not allowed".into()),
        Err(Failure::Fault(fault)) => Err(fault.to_string()),
    }
}

/// Runs `ordergraph token`: prints an access token and nothing else.
///
/// # Errors
/// In words for the one who runs the service.
pub(crate) async fn token(data: &DataConfig, args: TokenArgs) -> Result<(), String> {
    let app = super::app(data, ServeConfig::default(), super::open(data).await?)?;
    let email = args.email.trim().to_lowercase();
    let found = user::Entity::find().filter(user::Column::Email.eq(&email)).one(app.db.reader()).await;
    let user = found.map_err(|error| error.to_string())?.ok_or_else(|| format!("no user {email}"))?;
    if !user.is_active {
        return Err(format!("{email} may not sign in"));
    }
    let (token, _) = app.keys.issue(user.id, app.clock.now()).map_err(|fault| fault.to_string())?;
    println!("{token}");
    Ok(())
}
