//! The `ordergraph` program.

use std::process::ExitCode;

use clap::Parser as _;
use ordergraph::cli::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Stack of each thread: operations nest deeply, and the futures of an unoptimised build are large. Memory that is not touched
/// costs nothing.
const STACK: usize = 16 << 20;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(ordergraph::cli::run(cli))
}
