//! dimpl as a DTLS 1.2 and 1.3 peer: see words.hpp beside this folder. It exports no keys but those
//! of SRTP, takes any certificate, and always has one itself.

use std::collections::{HashMap, VecDeque};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, UdpSocket};
use std::process::exit;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dimpl::crypto::{Dtls12CipherSuite, Dtls13CipherSuite};
use dimpl::{Config, Dtls, DtlsCertificate, NamedGroup, Output, PskResolver};

const PATIENCE: Duration = Duration::from_secs(10);
const FLIGHT_INTERVAL: Duration = Duration::from_millis(300);
const SAID_AGAIN_MAX: u32 = 40;

fn die(what: &str, why: impl std::fmt::Debug) -> ! {
    println!("error {what}: {why:?}");
    exit(1);
}

trait Require<T> {
    fn require(self, what: &str) -> T;
}

impl<T, E: std::fmt::Debug> Require<T> for Result<T, E> {
    fn require(self, what: &str) -> T {
        self.unwrap_or_else(|error| die(what, error))
    }
}

/// The command line: listen|connect PORT [name=value ...].
struct Words {
    listens: bool,
    port: u16,
    values: HashMap<String, String>,
}

impl Words {
    fn parse() -> Words {
        let all: Vec<String> = std::env::args().collect();
        if all.len() < 3 {
            eprintln!("usage: dimpl_peer listen|connect PORT [name=value ...]");
            exit(2);
        }
        let pair = |word: &String| {
            let (name, value) = word.split_once('=').unwrap_or((word, "1"));
            (name.to_string(), value.to_string())
        };
        Words {
            listens: all[1] == "listen",
            port: all[2].parse().require("port"),
            values: all[3..].iter().map(pair).collect(),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.text(name).map(|text| text.parse().require(name))
    }

    fn file(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.text(name).unwrap_or("")).require(name)
    }
}

struct Key(Vec<u8>);

impl PskResolver for Key {
    fn resolve(&self, _: &[u8]) -> Option<Vec<u8>> {
        Some(self.0.clone())
    }
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).require("psk");
    (0..text.len() / 2).map(|i| digits(2 * i)).collect()
}

fn make(words: &Words) -> Dtls {
    let mut config = Config::builder()
        .flight_start_rto(FLIGHT_INTERVAL)
        .flight_retries(10)
        .require_client_certificate(words.text("ask").is_some());
    if let Some(bytes) = words.number("mtu") {
        config = config.mtu(bytes as usize);
    }
    if let Some(suite) = words.number("suite") {
        let suite = suite as u16;
        config = if suite >> 8 == 0x13 {
            config.dtls13_cipher_suites(&[Dtls13CipherSuite::from_u16(suite)])
        } else {
            config.dtls12_cipher_suites(&[Dtls12CipherSuite::from_u16(suite)])
        };
    }
    if let Some(group) = words.number("group") {
        config = config.kx_groups(&[NamedGroup::from_u16(group as u16)]);
    }
    if let Some(psk) = words.text("psk") {
        let resolver = Arc::new(Key(from_hex(psk)));
        let identity = words
            .text("psk-identity")
            .unwrap_or("rope")
            .as_bytes()
            .to_vec();
        config = if words.listens {
            config.with_psk_server(None, resolver)
        } else {
            config.with_psk_client(identity, resolver)
        };
    }
    let config = Arc::new(config.build().require("config"));
    let now = Instant::now();
    let mut dtls = if words.text("psk").is_some() {
        Dtls::new_12_psk(config, now)
    } else {
        let certificate = DtlsCertificate {
            certificate: words.file("cert"),
            private_key: words.file("key"),
        };
        match words.text("version") {
            Some("1.2") => Dtls::new_12(config, certificate, now),
            Some("1.3") => Dtls::new_13(config, certificate, now),
            _ => Dtls::new_auto(config, certificate, now),
        }
    };
    dtls.set_active(!words.listens);
    dtls
}

fn connected_socket(words: &Words) -> UdpSocket {
    let own = if words.listens { words.port } else { 0 };
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, own)).require("bind");
    if words.listens {
        println!("listening");
        let (_, peer) = socket.peek_from(&mut [0; 2048]).require("peek");
        socket.connect(peer).require("connect");
    } else {
        socket
            .connect((Ipv4Addr::LOCALHOST, words.port))
            .require("connect");
    }
    socket
}

/// What a wait has brought.
#[derive(Debug)]
enum Heard {
    Nothing,
    Connected,
    Text(String),
    Closed,
}

struct Link {
    dtls: Dtls,
    socket: UdpSocket,
    keys: String,
    heard: VecDeque<Heard>,
}

impl Link {
    /// Sends what is to be sent; answers when to come again.
    fn drain(&mut self) -> Instant {
        let mut buffer = vec![0; 4096];
        loop {
            match self.dtls.poll_output(&mut buffer) {
                // One that has gone refuses it: what it said before is still to be read.
                Output::Packet(packet) => drop(self.socket.send(packet)),
                Output::BufferTooSmall { needed } => buffer.resize(needed, 0),
                Output::Timeout(at) => return at,
                Output::Connected => self.heard.push_back(Heard::Connected),
                Output::KeyingMaterial(keys, _) => {
                    self.keys = keys.iter().map(|byte| format!("{byte:02x}")).collect();
                }
                Output::ApplicationData(text) => {
                    let text = String::from_utf8_lossy(text).into_owned();
                    self.heard.push_back(Heard::Text(text));
                }
                Output::CloseNotify => self.heard.push_back(Heard::Closed),
                _ => {}
            }
        }
    }

    fn hear(&mut self, patience: Duration) -> Heard {
        let until = Instant::now() + patience;
        let mut datagram = [0; 4096];
        loop {
            let again = self.drain();
            let now = Instant::now();
            if let Some(heard) = self.heard.pop_front() {
                return heard;
            }
            if now >= until {
                return Heard::Nothing;
            }
            let wait = again.min(until).saturating_duration_since(now);
            let wait = wait.max(Duration::from_millis(1));
            self.socket.set_read_timeout(Some(wait)).require("timeout");
            let received = self.socket.recv(&mut datagram);
            self.dtls.handle_timeout(Instant::now()).require("timer");
            match received {
                Ok(bytes) => self
                    .dtls
                    .handle_packet(&datagram[..bytes])
                    .require("packet"),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::ConnectionRefused => {}
                    _ => die("receive", error),
                },
            }
        }
    }

    fn say(&mut self, text: &str) {
        self.dtls
            .send_application_data(text.as_bytes())
            .require("send");
    }

    fn close(&mut self) {
        self.dtls.close().require("close");
        self.drain();
    }
}

fn echo(link: &mut Link) {
    loop {
        match link.hear(PATIENCE) {
            Heard::Text(text) => {
                println!("heard {text}");
                link.say(&text);
            }
            Heard::Closed => return link.close(),
            _ => die("hear", "nothing"),
        }
    }
}

/// Says it until it has come back, every `again` milliseconds.
fn talk(link: &mut Link, again: Option<u64>) {
    let text = "there and back";
    let patience = again.map_or(PATIENCE, Duration::from_millis);
    for _ in 0..again.map_or(1, |_| SAID_AGAIN_MAX) {
        link.say(text);
        match link.hear(patience) {
            Heard::Text(heard) if heard == text => {
                println!("heard {heard}");
                return link.close();
            }
            Heard::Nothing => {}
            _ => break,
        }
    }
    die("echo", "nothing");
}

fn main() {
    let words = Words::parse();
    let mut link = Link {
        dtls: make(&words),
        socket: connected_socket(&words),
        keys: String::new(),
        heard: VecDeque::new(),
    };
    if !matches!(link.hear(2 * PATIENCE), Heard::Connected) {
        die("handshake", "not connected");
    }
    let keys = if link.keys.is_empty() {
        "-"
    } else {
        &link.keys
    };
    println!(
        "connected library=dimpl version={:?} export={keys}",
        link.dtls.protocol_version()
    );
    if words.listens {
        echo(&mut link);
    } else {
        talk(&mut link, words.number("again"));
    }
    println!("closed");
}
