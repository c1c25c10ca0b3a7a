//! How long work on the command line is interrupted.

/// The exit code of what was interrupted, as shells have it.
pub const INTERRUPTED: u8 = 130;

/// Ends when somebody presses Ctrl-C or the system says to terminate; never when signals cannot be heard.
pub(crate) async fn told_to_stop() {
    let terminated = async {
        #[cfg(unix)]
        if let Ok(mut signal) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            signal.recv().await;
            return;
        }
        std::future::pending::<()>().await;
    };
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = terminated => {}
        () = interrupted => {}
    }
}
