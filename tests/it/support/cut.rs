//! A way to a server that breaks: connections pass through it until it is told to cut them.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp},
    sync::watch,
};

/// Bytes that still pass when nothing is cut.
const UNLIMITED: i64 = i64::MAX / 2;

/// The way. Cloning shares it.
#[derive(Clone)]
pub struct Way {
    pub address: SocketAddr,
    left: Arc<AtomicI64>,
    refused: watch::Sender<usize>,
    opened: Arc<AtomicUsize>,
}

impl Way {
    /// A way to a server.
    pub async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let way = Self {
            address: listener.local_addr().unwrap(),
            left: Arc::new(AtomicI64::new(UNLIMITED)),
            refused: watch::Sender::new(0),
            opened: Arc::default(),
        };
        let this = way.clone();
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                if this.left.load(Ordering::SeqCst) <= 0 {
                    this.refused.send_modify(|count| *count += 1);
                    continue;
                }
                this.opened.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(this.clone().carry(client, server.clone()));
            }
        });
        way
    }

    async fn carry(self, client: TcpStream, server: String) {
        let Ok(server) = TcpStream::connect(server).await else { return };
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        // Whichever direction ends, both do: the halves are dropped together.
        tokio::select! {
            () = self.pass(from_client, to_server, true) => {}
            () = self.pass(from_server, to_client, false) => {}
        }
    }

    /// Passes bytes on; those of the client count.
    async fn pass(&self, mut from: tcp::OwnedReadHalf, mut to: tcp::OwnedWriteHalf, counts: bool) {
        let mut bytes = vec![0; 16 << 10];
        while let Ok(read @ 1..) = from.read(&mut bytes).await {
            let read = i64::try_from(read).unwrap();
            let left = match counts {
                true => self.left.fetch_sub(read, Ordering::SeqCst),
                false => self.left.load(Ordering::SeqCst),
            };
            let passes = match counts {
                true => read.min(left.max(0)),
                false if left > 0 => read,
                false => 0,
            };
            if to.write_all(&bytes[..usize::try_from(passes).unwrap()]).await.is_err() || passes < read {
                return;
            }
        }
    }

    /// Breaks after so many bytes more of the client, and stays broken.
    pub fn breaks_after(&self, bytes: i64) {
        self.left.store(bytes, Ordering::SeqCst);
    }

    /// Is as it was.
    pub fn mends(&self) {
        self.left.store(UNLIMITED, Ordering::SeqCst);
    }

    /// Waits until connections were refused.
    pub async fn has_refused(&self, count: usize) {
        self.refused.subscribe().wait_for(|refused| *refused >= count).await.unwrap();
    }

    /// Connections that were let through.
    pub fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }
}
