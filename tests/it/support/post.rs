//! A mail server for tests: takes messages, refuses them, falls silent, goes away and comes back on the same port.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

/// What the server does with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Takes it.
    Accept,
    /// Answers the recipient with this line.
    AtRecipient(&'static str),
    /// Takes it and breaks off before saying so.
    BreakOffAfterTaking,
    /// Says nothing at all until it behaves otherwise.
    Silent,
}

/// A message that was taken.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Who it is to, by the envelope.
    pub to: Vec<String>,
    /// The message as it was sent.
    pub raw: String,
}

impl Mail {
    /// A header; none when there is no such line.
    pub fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.raw.split_once("\r\n\r\n").unwrap();
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let line = unfolded.lines().find(|line| line.to_lowercase().starts_with(&format!("{}:", name.to_lowercase())))?;
        Some(line.split_once(':').unwrap().1.trim().to_owned())
    }

    /// The part of a content type, decoded.
    pub fn part(&self, content_type: &str) -> String {
        let start = self.raw.find(&format!("Content-Type: {content_type}")).unwrap_or_else(|| panic!("{}", self.raw));
        let (head, rest) = self.raw[start..].split_once("\r\n\r\n").unwrap();
        let body = rest.split("\r\n--").next().unwrap();
        if head.contains("base64") {
            return String::from_utf8(STANDARD.decode(body.replace("\r\n", "")).unwrap()).unwrap();
        }
        if !head.contains("quoted-printable") {
            return body.replace("\r\n", "\n");
        }
        let body = body.replace("=\r\n", "").replace("\r\n", "\n");
        let mut bytes = Vec::new();
        let mut rest = body.as_bytes();
        while let [first, tail @ ..] = rest {
            rest = match (first, tail) {
                (b'=', [high, low, tail @ ..]) => {
                    let digits = [*high, *low];
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                    tail
                }
                _ => {
                    bytes.push(*first);
                    tail
                }
            };
        }
        String::from_utf8(bytes).unwrap()
    }
}

/// The server. Dropping it ends it.
pub struct Post {
    address: SocketAddr,
    behaviour: watch::Sender<Behaviour>,
    taken: Arc<Mutex<Vec<Mail>>>,
    running: JoinSet<()>,
}

impl Post {
    /// A server that takes messages.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (behaviour, _) = watch::channel(Behaviour::Accept);
        let mut post = Self { address, behaviour, taken: Arc::default(), running: JoinSet::new() };
        post.listen(listener);
        post
    }

    /// Its address as a setting.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// What it does from now on.
    pub fn behaves(&self, behaviour: Behaviour) {
        self.behaviour.send_replace(behaviour);
    }

    /// Ends all conversations; nobody listens any more.
    pub async fn goes_down(&mut self) {
        self.running.shutdown().await;
    }

    /// Listens again on the same port.
    pub async fn comes_back(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.listen(listener);
    }

    /// The messages that were taken.
    pub fn taken(&self) -> Vec<Mail> {
        self.taken.lock().unwrap().clone()
    }

    /// The subjects of the messages that were taken.
    pub fn subjects(&self) -> Vec<String> {
        self.taken().iter().map(|mail| mail.header("Subject").unwrap_or_default()).collect()
    }

    fn listen(&mut self, listener: TcpListener) {
        let (behaviour, taken) = (self.behaviour.subscribe(), self.taken.clone());
        self.running.spawn(async move {
            let mut conversations = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (behaviour, taken) = (behaviour.clone(), taken.clone());
                conversations.spawn(async move {
                    // A client may go away at any time.
                    let _ = converse(stream, behaviour, &taken).await;
                });
            }
        });
    }
}

async fn converse(stream: TcpStream, behaviour: watch::Receiver<Behaviour>, taken: &Mutex<Vec<Mail>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut to = Vec::new();
    let mut answer = "220 post ready".to_owned();
    loop {
        let mut watched = behaviour.clone();
        let _ = watched.wait_for(|behaviour| *behaviour != Behaviour::Silent).await;
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim().to_uppercase();
        let now = behaviour.borrow().clone();
        answer = match command.split([' ', ':']).next().unwrap() {
            "EHLO" => "250-post\r\n250 8BITMIME".to_owned(),
            "MAIL" => {
                to.clear();
                "250 go on".to_owned()
            }
            "RCPT" => match now {
                Behaviour::AtRecipient(line) => line.to_owned(),
                _ => {
                    to.push(line.split(['<', '>']).nth(1).unwrap().to_owned());
                    "250 go on".to_owned()
                }
            },
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let raw = message(&mut stream).await?;
                taken.lock().unwrap().push(Mail { to: to.clone(), raw });
                if now == Behaviour::BreakOffAfterTaking {
                    return Ok(());
                }
                "250 taken".to_owned()
            }
            "QUIT" => return Ok(()),
            _ => "250 fine".to_owned(),
        };
    }
}

/// Reads up to the line with the dot.
async fn message(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut raw = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(raw);
        }
        if line == ".\r\n" {
            return Ok(raw);
        }
        raw.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
