//! The command line and the reports, as peer_arguments.hpp and load.hpp have them.

use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// listen|connect exchange|echo [name=value ...]
pub struct Words(HashMap<String, String>);

impl Words {
    pub fn parse() -> Words {
        let words = std::env::args()
            .skip(1)
            .map(|word| match word.split_once('=') {
                Some((name, value)) => (name.to_string(), value.to_string()),
                None => (word, String::new()),
            });
        Words(words.collect())
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| value != "0")
    }

    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub fn number(&self, name: &str, otherwise: usize) -> usize {
        match self.0.get(name) {
            Some(value) => value.parse().unwrap_or_else(|_| panic!("{name}={value}")),
            None => otherwise,
        }
    }
}

#[derive(Default)]
struct OfStream {
    messages: usize,
    bytes: usize,
    in_order: Sha256,
    mix: [u8; 32],
}

/// Counts and hashes what went over each stream.
pub struct Tally {
    streams: BTreeMap<u16, OfStream>,
    mixed: bool, // the order of messages does not count
    pub bytes: usize,
}

impl Tally {
    pub fn new(mixed: bool) -> Tally {
        Tally {
            streams: BTreeMap::new(),
            mixed,
            bytes: 0,
        }
    }

    pub fn add(&mut self, stream: u16, message: &[u8]) {
        let it = self.streams.entry(stream).or_default();
        if self.mixed {
            for (sum, octet) in it.mix.iter_mut().zip(Sha256::digest(message)) {
                *sum ^= octet;
            }
        } else {
            it.in_order.update(message);
        }
        it.messages += 1;
        it.bytes += message.len();
        self.bytes += message.len();
    }

    pub fn report(&self, what: &str) {
        for (stream, it) in &self.streams {
            let digest = if self.mixed {
                it.mix
            } else {
                it.in_order.clone().finalize().into()
            };
            let hex: String = digest.iter().map(|octet| format!("{octet:02x}")).collect();
            println!(
                "{what} stream={stream} messages={} bytes={} sha256={hex}",
                it.messages, it.bytes
            );
        }
    }
}

/// Messages on the streams in turn until there are `left` bytes of them.
pub struct Load {
    pub left: usize,
    largest: usize,
    streams: u16,
    count: usize,
    random: fastrand::Rng,
}

impl Load {
    pub fn new(words: &Words) -> Load {
        Load {
            left: words.number("bytes", 0),
            largest: words.number("largest", 60_000),
            streams: words.number("streams", 4) as u16,
            count: 0,
            random: fastrand::Rng::with_seed(words.number("seed", 1) as u64),
        }
    }

    pub fn next(&mut self) -> (u16, Vec<u8>) {
        let size = self.random.usize(1..=self.largest).min(self.left);
        self.left -= size;
        let mut payload = vec![0; size];
        self.random.fill(&mut payload);
        let stream = (self.count % usize::from(self.streams)) as u16;
        self.count += 1;
        (stream, payload)
    }
}
