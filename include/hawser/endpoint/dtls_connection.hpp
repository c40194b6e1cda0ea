// A DTLS connection as a program wants it: records out and in, each with what goes beside it.
#pragma once

#include <hawser/core/ancillary.hpp>
#include <hawser/core/path.hpp>
#include <hawser/dtls/events.hpp>
#include <hawser/dtls/options.hpp>
#include <hawser/endpoint/completion.hpp>
#include <hawser/endpoint/message.hpp>
#include <hawser/endpoint/tap_views.hpp>
#include <hawser/engine/tap.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hawser {

/// What DtlsClient and DtlsServer are opened with.
struct DtlsEndpointOptions {
    std::string name = "dtls"; ///< what packet logs call this endpoint
    /// The address to bind; nullopt: every address of both families. Its port is not looked at.
    std::optional<Address> local;
    /// The UDP port of ours; 0: the system chooses one, right for a client.
    std::uint16_t udp_port = 0;
    /// The interface has an fq or etf queueing discipline that honours a datagram's send time:
    /// `Ancillary::send_at` of a record goes to the kernel. Without this promise it is
    /// `unsupported`: DTLS holds nothing back.
    bool send_at = false;
    dtls::EndpointOptions endpoint;
    /// Records of one connection that wait for `receive`, 1 or more; above it new ones are dropped
    /// and counted: datagrams know no other way to slow a peer down. 1024: a burst of a megabyte.
    std::size_t inbox_max = 1024;
    /// Server: connections that are up and wait for `accept`; above it a new one is closed. 1 or
    /// more. 1024, so that a burst of clients need not come back.
    std::size_t backlog_max = 1024;
    /// Told of every handshake that failed, a peer's too, with the alerts. Called on the endpoint's
    /// executor; must not call the endpoint.
    std::function<void(const dtls::Closed&)> on_failed_handshake;
    /// Told when the network says that the peer of a connection is not there; see
    /// dtls::PathUnreachable. Called as the one before.
    std::function<void(const dtls::PathUnreachable&)> on_unreachable;
    Tap* tap = nullptr; ///< as `set_tap`, from the first packet on; outlives the endpoint
    TapViews tap_views;
};

/// One record, and what came with its datagram.
struct DtlsMessage {
    Payload payload;
    Ancillary ancillary;
    Path path;
    std::uint64_t epoch;
    std::uint64_t sequence; ///< of the peer's records; some may be missing, or come out of order

    Bytes bytes() const { return payload.bytes(); }
    std::string_view text() const { return payload.text(); }
};

namespace detail {

class DtlsClaim;
using DtlsClaimPointer = std::shared_ptr<DtlsClaim>;

boost::asio::any_io_executor executor_of(const DtlsClaim& claim);
void start_write(DtlsClaim& claim, Bytes payload, const Ancillary& ancillary,
                 WaitPointer<void> wait);
void start_receive(DtlsClaim& claim, WaitPointer<DtlsMessage> wait);
void start_confirmation(DtlsClaim& claim, WaitPointer<void> wait);

} // namespace detail

/// One connection. A cheap handle: copies are the same connection, which is closed when the last
/// one is gone (operations under way count).
///
/// Operations that take time may be started on any thread; they complete on the token's executor,
/// never inside the call, with `closed` when the connection or its endpoint has ended, `timed_out`
/// after `within`, `cancelled` through the token's cancellation slot. Everything else is for the
/// endpoint's own executor.
class DtlsConnection {
public:
    explicit DtlsConnection(detail::DtlsClaimPointer claim) : claim_(std::move(claim)) {}

    /// The same connection; operations started through this handle wait at most so long.
    DtlsConnection within(Duration limit) const {
        DtlsConnection limited = *this;
        limited.within_ = limit;
        return limited;
    }

    /// Sends one record as one datagram with these markings, or says at once why not. Succeeds or
    /// changes nothing.
    ///
    /// Fails with `too_large`, `unsupported` (a marking that this kernel cannot set), `exhausted`
    /// (too much waits for the network: `async_write` waits for room), `closed`.
    Result<> write(Bytes payload, const Ancillary& ancillary = {}) const;

    /// The same, and waits for room. Waiting records leave in their order. The bytes must stay
    /// until completion.
    template <CompletesWith<void> Token = Awaitable>
    auto async_write(Bytes payload, Ancillary ancillary = {}, Token&& token = Token{}) const {
        return detail::initiate<void>(
            claim_, within_,
            [payload, ancillary = std::move(ancillary)](auto& claim, auto wait) {
                detail::start_write(claim, payload, ancillary, std::move(wait));
            },
            token);
    }

    /// The next record. What came before the end is still given after it.
    template <CompletesWith<DtlsMessage> Token = Awaitable>
    auto receive(Token&& token = Token{}) const {
        return detail::initiate<DtlsMessage>(
            claim_, within_,
            [](auto& claim, auto wait) { detail::start_receive(claim, std::move(wait)); }, token);
    }

    /// Until the peer is known to have all of the handshake: a server of 1.3 may still refuse a
    /// client that is up, and what it sent is lost then (dtls::HandshakeConfirmed). Done at once in
    /// every other role. A peer that never says so is waited for as long as the connection lives:
    /// see `within`.
    template <CompletesWith<void> Token = Awaitable>
    auto confirmed(Token&& token = Token{}) const {
        return detail::initiate<void>(
            claim_, within_,
            [](auto& claim, auto wait) { detail::start_confirmation(claim, std::move(wait)); },
            token);
    }

    /// Says close_notify after what was written, and ends.
    void close() const;

    /// Keying material for another protocol (RFC 5705, RFC 8446 §7.5). Fails with `closed`,
    /// `too_large`.
    Result<> export_keys(std::string_view label, Bytes context, MutableBytes out) const;
    /// All that another endpoint or process needs to go on with the connection
    /// (`DtlsEndpoint::import_state`), which ends here without a word to the peer: operations
    /// answer `closed`, records that wait for `receive` are still given. Secret. Fails with
    /// `exhausted` while a handshake or key update is under way, `closed`.
    Result<std::vector<std::byte>> export_state() const;
    /// What was agreed on.
    const dtls::Connected& info() const;
    /// Where the peer is now.
    Path path() const;
    /// Why it has ended; nullopt while it is up.
    std::optional<dtls::Closed> closed() const;
    /// What the network said last when it said that nobody is there (ECONNREFUSED, say), until a
    /// record comes; nullopt: nothing.
    std::optional<int> unreachable() const;
    /// What a later connection may be taken up again with (dtls::Options::session), once the server
    /// has allowed it.
    std::optional<dtls::Session> session() const;
    /// The largest payload that a datagram of so many bytes carries; 0 once it has ended.
    std::size_t payload_bytes_max(std::size_t datagram_bytes) const;
    /// Records that came while `inbox_max` waited.
    std::uint64_t records_dropped() const;
    /// Records that the kernel would not send with the markings they had.
    std::uint64_t records_refused() const;

private:
    detail::DtlsClaimPointer claim_;
    Duration within_ = kForever;
};

} // namespace hawser
