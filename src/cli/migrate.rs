//! `ordergraph migrate`.

use clap::{Args, Subcommand};
use migration::{Migrator, MigratorTrait};

use crate::{config::DataConfig, db::Db};

/// Brings the database's schema up or down.
#[derive(Args)]
pub struct MigrateArgs {
    #[command(subcommand)]
    direction: Direction,
}

#[derive(Subcommand)]
enum Direction {
    /// Apply what is not applied yet.
    Up,
    /// Take the newest migrations back, with the data that are in their tables.
    Down {
        /// How many.
        #[arg(default_value_t = 1)]
        steps: u32,
    },
    /// Tell which migrations are applied.
    Status,
}

/// Runs `ordergraph migrate`.
///
/// # Errors
/// In words for the one who runs the service.
pub(crate) async fn run(data: &DataConfig, args: MigrateArgs) -> Result<(), String> {
    let db = super::connect(data).await?;
    let describe = |error: sea_orm::DbErr| error.to_string();
    match args.direction {
        Direction::Up => {
            up(&db).await?;
            println!("the schema is up to date");
        }
        Direction::Down { steps } => {
            Migrator::down(db.writer(), Some(steps)).await.map_err(describe)?;
            println!("took back {steps} migration(s)");
        }
        Direction::Status => {
            for migration in Migrator::get_migration_with_status(db.writer()).await.map_err(describe)? {
                println!("{}\t{}", migration.status(), migration.name());
            }
        }
    }
    Ok(())
}

/// Applies what is not applied yet. Copies of the service that start together do it one after the other: the first does
/// the work, the others find it done.
///
/// # Errors
/// In words for the one who runs the service.
pub(crate) async fn up(db: &Db) -> Result<(), String> {
    let mut last = String::new();
    for _ in 0..5 {
        match Migrator::up(db.writer(), None).await {
            Ok(()) => return Ok(()),
            Err(error) => last = error.to_string(),
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    Err(format!("cannot bring the schema up to date: {last}"))
}
