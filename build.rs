//! Builds the playground (see `playground/`) and embeds it in the server.
//!
//! The server must build on a machine without Node or without a network, so
//! nothing here fails the build for that: it embeds nothing instead and says why.

#![allow(clippy::disallowed_methods, reason = "Cargo speaks to build scripts through the environment")]

use std::collections::hash_map::DefaultHasher;
use std::error::Error;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

/// What the playground is made of; its `node_modules` and results are not among it.
const SOURCES: [&str; 6] = [".npmrc", "index.html", "package-lock.json", "package.json", "scripts", "src"];

/// The switch for builds that need no playground, such as those of tests: `off` skips it.
const SWITCH: &str = "ORDERGRAPH_PLAYGROUND";

/// The oldest Node that the build of the playground runs on.
const OLDEST_NODE: u32 = 20;

#[cfg(windows)]
const NPM: &str = "npm.cmd";
#[cfg(not(windows))]
const NPM: &str = "npm";

/// Fails only when Cargo's own output folder cannot be used; a playground that cannot be built is a warning.
fn main() -> Result<(), Box<dyn Error>> {
    let sources = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("playground");
    let out = PathBuf::from(env::var("OUT_DIR")?);

    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={SWITCH}");
    for name in SOURCES {
        println!("cargo::rerun-if-changed=playground/{name}");
    }

    let code = if env::var(SWITCH).is_ok_and(|value| value == "off") {
        embed_nothing()
    } else {
        match build(&sources, &out.join("playground")).and_then(|packed| embed(&packed)) {
            Ok(code) => code,
            Err(reason) => {
                let reason = reason.to_string().replace('\n', " ");
                println!("cargo::warning=the server will have no playground: {reason}");
                embed_nothing()
            }
        }
    };
    fs::write(out.join("playground.rs"), code)?;
    Ok(())
}

/// Builds in a copy, since a build script must not write among the sources, and gives back the folder of
/// compressed files. The folder outlives the build, so an unchanged playground is not built again.
fn build(sources: &Path, work: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let packed = work.join("packed");
    let stamp = work.join("stamp");
    let wanted = content_hash(sources)?;
    if packed.join("manifest.tsv").is_file() && fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(packed);
    }

    check_node()?;
    if work.exists() {
        fs::remove_dir_all(work)?;
    }
    fs::create_dir_all(work)?;
    for name in SOURCES {
        copy(name, sources, work)?;
    }
    run(Command::new(NPM).args(["ci", "--include=dev"]).current_dir(work))?;
    run(Command::new(NPM).args(["run", "build"]).current_dir(work))?;
    // Two hundred megabytes that only the next change would need; failing to delete them does no harm.
    let _ = fs::remove_dir_all(work.join("node_modules"));
    fs::write(stamp, wanted)?;
    Ok(packed)
}

/// A plain reason for the two usual causes: no Node at all, or the one of an old distribution.
fn check_node() -> Result<(), Box<dyn Error>> {
    let version = run(Command::new("node").arg("--version"))
        .map_err(|reason| format!("Node {OLDEST_NODE} or newer is needed ({reason})"))?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|part| part.parse::<u32>().ok());
    match major {
        Some(major) if major >= OLDEST_NODE => Ok(()),
        _ => Err(format!("Node {OLDEST_NODE} or newer is needed, this is {}", version.trim()).into()),
    }
}

/// Runs a program and gives back its output; its first complaints become the error, since Cargo hides them.
fn run(command: &mut Command) -> Result<String, Box<dyn Error>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("{name} was not found"),
        _ => format!("{name} could not be started: {error}"),
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines: Vec<&str> =
        complaint.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("npm warn")).take(4).collect();
    Err(format!("{name} failed ({}): {}", output.status, lines.join(" / ")).into())
}

/// Tells whether the sources changed by what they contain: a fresh checkout changes every date.
fn content_hash(sources: &Path) -> io::Result<String> {
    let mut hasher = DefaultHasher::new();
    for name in SOURCES {
        for file in files(&sources.join(name))? {
            file.strip_prefix(sources).unwrap_or(&file).hash(&mut hasher);
            fs::read(&file)?.hash(&mut hasher);
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// All files under a path in a fixed order, since the order of a folder's listing is the file system's whim.
fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    let nested = entries.iter().map(|entry| files(entry)).collect::<io::Result<Vec<_>>>()?;
    Ok(nested.concat())
}

/// Copies one of the sources, a folder with all it contains; the standard library copies single files only.
fn copy(name: &str, from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    for file in files(&from.join(name))? {
        let target = to.join(file.strip_prefix(from)?);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(&file, &target)?;
    }
    Ok(())
}

/// The list of assets as Rust code. Paths stay relative to `OUT_DIR`, so any characters may be in the folder's name.
fn embed(packed: &Path) -> Result<String, Box<dyn Error>> {
    let mut code = String::from("/// The files of the page.\npub static ASSETS: &[Asset] = &[\n");
    for line in fs::read_to_string(packed.join("manifest.tsv"))?.lines() {
        let [path, content_type, tag] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("the manifest has an unknown line: {line}").into());
        };
        let file = format!("/playground/packed/{path}.gz");
        writeln!(
            code,
            "    Asset {{ path: {path:?}, content_type: {content_type:?}, \
             gzip: include_bytes!(concat!(env!(\"OUT_DIR\"), {file:?})), etag: {:?} }},",
            format!("\"{tag}\"")
        )?;
    }
    code.push_str("];\n");
    Ok(code)
}

/// What is embedded when there is no playground; the page then says how to get one.
fn embed_nothing() -> String {
    String::from("/// No page was built.\npub static ASSETS: &[Asset] = &[];\n")
}
