// What an interop peer is told to do: words of the form key=value, the same for every peer.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::interop {

/// What a peer can ask for by RFC 6525, with the word that says so.
enum class Wish : std::uint8_t {
    reset_outgoing, ///< "outgoing"
    reset_incoming, ///< "incoming"
    reset_all,      ///< "all"
    add_outgoing,   ///< "add-outgoing"
    add_incoming,   ///< "add-incoming"
};
/// Streams that one wish adds.
inline constexpr std::uint16_t kStreamsAdded = 3;

/// Chunk types that each end wants authenticated: DATA, SACK, ABORT, SHUTDOWN, COOKIE ECHO, I-DATA.
inline constexpr std::uint8_t kAuthenticated[] = {0, 3, 6, 7, 10, 64};
/// Shared keys that both know, by their identifiers less one. The first is active at first.
inline constexpr std::string_view kSharedKeys[] = {"a key that both know", "and another"};

/// One run of a peer: one association.
///
///     listen|connect   who begins
///     exchange         sends `bytes`, takes what comes; the connecting side ends the association
///                      once `expect` bytes have come and all of its own has arrived
///     echo             sends every message back until the other side ends the association
struct PeerArguments {
    bool listens = false;
    bool echoes = false;
    std::string local = "0.0.0.0"; ///< without a port; ADDRESS/ADDRESS for peers with several
    std::string remote;
    std::uint16_t udp_port = 9899; ///< RFC 6951 encapsulation, ours; 0: none, SCTP in IP
    std::uint16_t peer_udp_port = 9899;
    std::uint16_t sctp_port = 5001; ///< where the listening side listens
    std::uint64_t bytes = 0;
    std::uint64_t expect = 0;
    std::uint16_t streams = 4;
    std::uint64_t seed = 1;             ///< of what is sent
    std::size_t largest_bytes = 60'000; ///< of the messages
    bool unordered = false; ///< all messages: of each stream the same ones come, in any order
    /// Gives messages up that have not arrived by then, those that have left among them (RFC 7496
    /// §3.1); 0: none.
    std::uint32_t lifetime_ms = 0;
    bool zero_checksum = false; ///< without CRC32c (RFC 9653), as if the layer below noticed errors
    bool verbose = false;       ///< every message, field by field
    /// Stays, after the report, until it is killed: who leaves at once cannot repeat a SHUTDOWN
    /// COMPLETE that was lost.
    bool stay = false;
    /// Sends first a message for each of the 64 DSCP and 4 ECN values, which carries that marking
    /// and names it, for peers that can mark.
    bool marks = false;
    bool interleaving = false; ///< I-DATA (RFC 8260); who can chooses among streams by turns
    /// Both authenticate what `kAuthenticated` lists, with shared keys (RFC 4895); who can changes
    /// the key while data flows.
    bool authentication = false;
    bool nr_sack = false; ///< SACKs are NR-SACKs
    /// Gives messages up instead of sending any of them again (RFC 7496 §3.2).
    bool give_up = false;
    /// Sends `bytes` as often again, and asks for one of these each time once all has come back: of
    /// one that echoes, and once there are more streams in both directions in all of them.
    std::vector<Wish> wishes;
    /// For one that closes streams by resets: who echoes resets its half of those that the other
    /// end has reset, who asks names them all where all are meant.
    bool answers_resets = false;
    bool silent_at_last = false; ///< nothing is sent after the last of them
    std::string log;             ///< a pcapng file, for peers that can write one

    static constexpr std::string_view kUsage =
        "listen|connect exchange|echo [local=ADDRESS] [remote=ADDRESS] [udp=PORT] [peer-udp=PORT]\n"
        "    [port=PORT] [bytes=N] [expect=N] [streams=N] [seed=N] [verbose=1] [stay=1]\n"
        "    [marks=1] [interleaving=1] [authentication=1] [nr-sack=1] [give-up=1] [log=FILE]\n"
        "    [largest=BYTES] [unordered=1] [lifetime=MS] [zero-checksum=1]\n"
        "    [asks=outgoing|incoming|all|add-outgoing|add-incoming,...] [silent-at-last=1]\n"
        "    [answers-resets=1]";

    /// Messages for each wish that has come true so far go over so many streams.
    std::uint16_t streams_after(std::size_t wishes_done) const;
    /// What is sent after so many of them.
    std::uint64_t load_after(std::size_t wishes_done) const {
        const bool last = wishes_done > 0 && wishes_done == wishes.size();
        return last && silent_at_last ? 0 : bytes;
    }
    /// All that is sent before that, and comes back from one that echoes.
    std::uint64_t bytes_before(std::size_t wishes_done) const { return bytes * wishes_done; }

    /// Fails with the word that it did not understand.
    static std::expected<PeerArguments, std::string> parse(std::span<char* const> words);
};

} // namespace hawser::interop
