//! A database for one test: a copy of a migrated SQLite file, or a PostgreSQL database cloned from a migrated template.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use migration::{Migrator, MigratorTrait as _};
use ordergraph::db::{Db, statement};
use sea_orm::ConnectionTrait as _;
use tokio::sync::OnceCell;

/// The file of the template, or the clause that clones it.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A database that goes away with the test.
pub struct TestDb {
    url: String,
    home: Home,
}

enum Home {
    Folder(PathBuf),
    Server { admin: String, name: String },
}

/// The address of the PostgreSQL server to test on, if one is named.
fn server() -> Option<String> {
    std::env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())
}

fn fresh_name() -> String {
    format!("ordergraph_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst))
}

/// The same server, another database.
fn on_server(admin: &str, name: &str) -> String {
    let (base, options) = admin.split_once('?').map_or((admin, String::new()), |(base, options)| (base, format!("?{options}")));
    let cut = base.rfind('/').filter(|cut| *cut > "postgres://".len()).unwrap_or(base.len());
    format!("{}/{name}{options}", &base[..cut])
}

async fn execute(admin: &str, sql: &str) {
    let db = Db::open(admin, 2).await.expect("the PostgreSQL server of TEST_DATABASE_URL");
    db.writer().execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    db.close().await;
}

impl TestDb {
    /// An empty database with the schema.
    pub async fn migrated() -> Self {
        match server() {
            Some(admin) => {
                let template = TEMPLATE.get_or_init(|| template_on(admin.clone())).await;
                let name = fresh_name();
                execute(&admin, &format!("CREATE DATABASE {name} {template}")).await;
                Self { url: on_server(&admin, &name), home: Home::Server { admin, name } }
            }
            None => {
                let template = TEMPLATE.get_or_init(template_file).await;
                let this = Self::empty().await;
                let Home::Folder(folder) = &this.home else { unreachable!("no server") };
                std::fs::copy(template, folder.join("test.db")).expect("a copy of the template");
                this
            }
        }
    }

    /// A database without a schema.
    pub async fn empty() -> Self {
        match server() {
            Some(admin) => {
                let name = fresh_name();
                execute(&admin, &format!("CREATE DATABASE {name}")).await;
                Self { url: on_server(&admin, &name), home: Home::Server { admin, name } }
            }
            None => {
                let folder = std::env::temp_dir().join(fresh_name());
                let _ = std::fs::remove_dir_all(&folder);
                std::fs::create_dir_all(&folder).expect("a folder");
                let url = format!("sqlite://{}?mode=rwc", folder.join("test.db").display());
                Self { url, home: Home::Folder(folder) }
            }
        }
    }

    /// Opens it.
    pub async fn open(&self) -> Db {
        Db::open(&self.url, 16).await.expect("the test's database")
    }
}

/// Whether a name was given by a process that is gone without cleaning up.
fn is_leftover(name: &str) -> bool {
    let pid =
        name.strip_prefix("ordergraph_test_").and_then(|rest| rest.split('_').next()).and_then(|pid| pid.parse::<u32>().ok());
    pid.is_some_and(|pid| pid != std::process::id() && !std::path::Path::new(&format!("/proc/{pid}")).exists())
}

async fn template_file() -> String {
    for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_leftover) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    let folder = std::env::temp_dir().join(format!("{}_template", fresh_name()));
    let _ = std::fs::remove_dir_all(&folder);
    let path = folder.join("template.db");
    let db = Db::open(&format!("sqlite://{}?mode=rwc", path.display()), 2).await.expect("a template");
    Migrator::up(db.writer(), None).await.expect("migrations");
    // Closing moves what is in the write-ahead log into the file, so that the file alone can be copied.
    db.close().await;
    path.display().to_string()
}

/// The clause that clones a migrated template.
async fn template_on(admin: String) -> String {
    let server = Db::open(&admin, 2).await.expect("the PostgreSQL server of TEST_DATABASE_URL");
    let list = statement(server.reader(), "SELECT datname FROM pg_database", []);
    for row in server.reader().query_all_raw(list).await.expect("a list of databases") {
        let name: String = row.try_get_by_index(0).expect("a name");
        if is_leftover(&name) {
            execute(&admin, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
    server.close().await;
    let name = format!("{}_template", fresh_name());
    execute(&admin, &format!("CREATE DATABASE {name}")).await;
    let db = Db::open(&on_server(&admin, &name), 2).await.expect("a template");
    Migrator::up(db.writer(), None).await.expect("migrations");
    // Copying files is quicker than writing each page to the log, but ends in a checkpoint, which may wait for the disk.
    let copies = "SELECT current_setting('fsync') = 'off' AND current_setting('server_version_num')::int >= 150000";
    let row = db.reader().query_one_raw(statement(db.reader(), copies, [])).await.expect("settings").expect("a row");
    let copies: bool = row.try_get_by_index(0).expect("a truth value");
    db.close().await;
    format!("TEMPLATE {name}{}", if copies { " STRATEGY FILE_COPY" } else { "" })
}

impl Drop for TestDb {
    fn drop(&mut self) {
        match &self.home {
            Home::Folder(folder) => {
                let _ = std::fs::remove_dir_all(folder);
            }
            Home::Server { admin, name } => {
                let (admin, sql) = (admin.clone(), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
                // A runtime of its own: the test's may be ending.
                let dropped = std::thread::spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                    runtime.block_on(execute(&admin, &sql));
                });
                let _ = dropped.join();
            }
        }
    }
}
