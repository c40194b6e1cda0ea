// DTLS connections that peers open, in a program that uses Boost.Asio.
#pragma once

#include <hawser/endpoint/dtls_endpoint.hpp>

#include <memory>
#include <span>
#include <vector>

namespace hawser {

namespace detail {
void start_accept(DtlsCore& core, WaitPointer<DtlsConnection> wait);
} // namespace detail

/// Any number of connections behind one UDP port, told apart by connection ID, else by address.
/// `accept` gives those whose handshake is done: one that is stuck holds up nobody.
class DtlsServer : public DtlsEndpoint {
public:
    /// Binds the UDP port. Fails as DtlsClient::open does, and with `invalid_argument` when `dtls`
    /// contradicts itself or has neither an identity nor PSKs.
    static Result<DtlsServer> open(boost::asio::any_io_executor executor,
                                   const DtlsEndpointOptions& options, const dtls::Options& dtls);

    /// A server for each executor behind one port, which is how one port uses several cores: give
    /// each executor a thread of its own. The kernel hands a peer to one of them by its addresses,
    /// and with connection IDs to the one that gave out the ID, also after the peer has moved.
    /// They share nothing that changes; callbacks in `dtls` and `options` are called on each of
    /// their threads. `options.endpoint.shard` and `shards` are set here. A resumed session needs
    /// `options.endpoint.ticket_secret`, or the luck to meet the same server again.
    ///
    /// Fails as `open` does, and with `invalid_argument` for no executor or more than 255.
    static Result<std::vector<DtlsServer>>
    open_shards(std::span<const boost::asio::any_io_executor> executors,
                DtlsEndpointOptions options, const dtls::Options& dtls);

    /// The next connection that a peer has opened; waits at most `within`. Fails with `closed` when
    /// the server has ended or stopped listening, `timed_out`, `cancelled`.
    template <CompletesWith<DtlsConnection> Token = Awaitable>
    auto accept(Duration within = kForever, Token&& token = Token{}) {
        return detail::initiate<DtlsConnection>(
            core_, within,
            [](auto& core, auto wait) { detail::start_accept(core, std::move(wait)); }, token);
    }

    /// Takes no new connections; those that are up stay.
    void stop_listening();

private:
    explicit DtlsServer(std::shared_ptr<detail::DtlsCore> core) : DtlsEndpoint(std::move(core)) {}
};

} // namespace hawser
