//! dcsctp as a peer over UDP (RFC 6951): see peer_arguments.hpp. It knows the words local, remote,
//! udp, peer-udp, port, bytes, expect, streams, seed, largest, interleaving, unordered, give-up,
//! lifetime, zero-checksum, stay, verbose and asks=outgoing.

mod words;

use dcsctp::api::*;
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};
use words::{Load, Tally, Words};

const PACKET_BYTES: usize = 1200;
const QUEUED_BYTES_MAX: usize = 500_000; // what is queued for all streams
const NAP: Duration = Duration::from_millis(20);

fn address(words: &Words, host: &str, port: &str) -> SocketAddr {
    let host: IpAddr = words.text(host).parse().expect(host);
    SocketAddr::new(host, words.number(port, 9899) as u16)
}

fn options(words: &Words, local_port: u16, remote_port: u16) -> Options {
    let largest = words.number("largest", 60_000);
    Options {
        local_port,
        remote_port,
        mtu: PACKET_BYTES,
        max_message_size: largest,
        max_send_buffer_size: 2_000_000 + 2 * largest,
        per_stream_send_queue_limit: 1_000_000 + largest,
        announced_maximum_incoming_streams: 100,
        announced_maximum_outgoing_streams: 100,
        enable_message_interleaving: words.has("interleaving"),
        zero_checksum_alternate_error_detection_method: if words.has("zero-checksum") {
            ZERO_CHECKSUM_ALTERNATE_ERROR_DETECTION_METHOD_LOWER_LAYER_DTLS
        } else {
            ZERO_CHECKSUM_ALTERNATE_ERROR_DETECTION_METHOD_NONE
        },
        ..Default::default()
    }
}

/// Plays the role in its words over one association.
struct Peer {
    words: Words,
    start: Instant,
    udp: UdpSocket,
    remote: SocketAddr,
    socket: Box<dyn DcSctpSocket>,
    load: Load,
    sent: Tally,
    received: Tally,
    waiting: VecDeque<(u16, Vec<u8>)>,
    begun: u64, // messages
    over: u64,  // of them: acknowledged, or given up
    wishes_done: usize,
    asked: bool,
    ending: bool,
    closed: Option<String>,
}

impl Peer {
    fn run(&mut self) {
        let mut room = vec![0; 65_536];
        loop {
            self.take_events();
            if self.closed.is_some() && !self.words.has("stay") {
                return;
            }
            self.send_some();
            self.take_events();
            self.wait(&mut room);
            self.socket
                .advance_time(SocketTime::zero() + self.start.elapsed());
        }
    }

    /// Until there is something to do.
    fn wait(&mut self, room: &mut [u8]) {
        let now = SocketTime::zero() + self.start.elapsed();
        let left = (self.socket.poll_timeout() - now).clamp(Duration::from_millis(1), NAP);
        self.udp.set_nonblocking(false).unwrap();
        self.udp.set_read_timeout(Some(left)).unwrap();
        loop {
            match self.udp.recv_from(room) {
                Ok((count, from)) if from == self.remote => {
                    self.socket.handle_input(&room[..count])
                }
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(_) => return,
            }
            self.udp.set_nonblocking(true).unwrap(); // what else has come
        }
    }

    fn take_events(&mut self) {
        while let Some(event) = self.socket.poll_event() {
            match event {
                SocketEvent::SendPacket(packet) => {
                    let _ = self.udp.send_to(&packet, self.remote);
                }
                SocketEvent::OnConnected() => self.connected(),
                SocketEvent::OnClosed() => self.close("shutdown"),
                SocketEvent::OnAborted(kind, text) => self.close(&format!("{kind:?} {text}")),
                SocketEvent::OnError(kind, text) => println!("event error {kind:?} {text}"),
                SocketEvent::OnIncomingStreamReset(_) => println!("event streams_reset incoming"),
                SocketEvent::OnStreamsResetPerformed(_) => {
                    println!("event streams_reset outgoing");
                    self.load = Load::new(&self.words);
                    self.wishes_done += 1;
                    self.asked = false;
                }
                SocketEvent::OnStreamsResetFailed(_) => println!("event streams_reset failed"),
                SocketEvent::OnLifecycleEnd(_) => self.over += 1,
                _ => {}
            }
        }
        while let Some(message) = self.socket.get_next_message() {
            self.received.add(message.stream_id.0, &message.payload);
            if self.words.has("echo") {
                self.waiting
                    .push_back((message.stream_id.0, message.payload));
            }
        }
    }

    fn connected(&self) {
        println!("event up");
        if let Some(metrics) = self.socket.get_metrics() {
            if metrics.uses_message_interleaving {
                println!("interleaving agreed");
            }
            if metrics.uses_zero_checksum {
                println!("zero checksum agreed");
            }
        }
    }

    fn close(&mut self, reason: &str) {
        if self.closed.is_none() {
            self.sent.report("sent");
            self.received.report("received");
            println!("closed reason={reason}");
            self.closed = Some(reason.to_string());
        }
    }

    fn send_some(&mut self) {
        if self.socket.state() != SocketState::Connected || self.ending || self.asked {
            return;
        }
        let mut send_options = SendOptions {
            unordered: self.words.has("unordered"),
            max_retransmissions: self.words.has("give-up").then_some(0),
            lifetime: self
                .words
                .has("lifetime")
                .then(|| Duration::from_millis(self.words.number("lifetime", 0) as u64)),
            ..Default::default()
        };
        loop {
            if self.waiting.is_empty() && self.load.left > 0 && !self.words.has("echo") {
                self.waiting.push_back(self.load.next());
            }
            let Some((stream, payload)) = self.waiting.front() else {
                break;
            };
            let queued: usize = (0..self.words.number("streams", 4))
                .map(|id| self.buffered(id))
                .sum();
            if queued > QUEUED_BYTES_MAX {
                return;
            }
            let ppid = PpId(1000 + u32::from(*stream));
            let message = Message::new(StreamId(*stream), ppid, payload.clone());
            self.begun += 1;
            send_options.lifecycle_id = LifecycleId::new(self.begun);
            if self.socket.send(message, &send_options).is_err() {
                self.begun -= 1;
                return;
            }
            self.sent.add(*stream, payload);
            self.waiting.pop_front();
        }
        self.ask_or_end();
    }

    fn buffered(&self, stream: usize) -> usize {
        self.socket.buffered_amount(StreamId(stream as u16))
    }

    /// All has been sent: the next wish, or the end if that is our part.
    fn ask_or_end(&mut self) {
        if !self.words.has("connect") || self.words.has("echo") {
            return;
        }
        let wishes: Vec<&str> = self
            .words
            .text("asks")
            .split(',')
            .filter(|wish| !wish.is_empty())
            .collect();
        let so_far = self.words.number("bytes", 0) * (self.wishes_done + 1);
        if self.wishes_done < wishes.len() {
            assert_eq!(wishes[self.wishes_done], "outgoing");
            if self.received.bytes >= so_far {
                let all: Vec<StreamId> = (0..self.words.number("streams", 4))
                    .map(|id| StreamId(id as u16))
                    .collect();
                self.socket.reset_streams(&all).expect("reset");
                self.asked = true;
            }
        } else if self.over == self.begun && self.received.bytes >= self.words.number("expect", 0) {
            // What waits when it shuts down is lost.
            self.ending = true;
            self.socket.shutdown();
        }
    }
}

fn main() {
    let words = Words::parse();
    let udp = UdpSocket::bind(address(&words, "local", "udp")).expect("udp");
    let port = words.number("port", 5001) as u16;
    let (remote, ports, first) = if words.has("connect") {
        (address(&words, "remote", "peer-udp"), (port, port), None)
    } else {
        // Its own port has to be told the peer's.
        println!("listening");
        let mut room = vec![0; 65_536];
        let (count, from) = udp.recv_from(&mut room).expect("first packet");
        let source = u16::from_be_bytes([room[0], room[1]]);
        (from, (port, source), Some(room[..count].to_vec()))
    };
    let mut socket = dcsctp::new_socket("peer", &options(&words, ports.0, ports.1));
    match first {
        Some(packet) => socket.handle_input(&packet),
        None => socket.connect(),
    }
    let mixed = words.has("unordered");
    let mut peer = Peer {
        load: Load::new(&words),
        words,
        start: Instant::now(),
        udp,
        remote,
        socket,
        sent: Tally::new(mixed),
        received: Tally::new(mixed),
        waiting: VecDeque::new(),
        begun: 0,
        over: 0,
        wishes_done: 0,
        asked: false,
        ending: false,
        closed: None,
    };
    peer.run();
}
