// What DtlsClient and DtlsServer have in common: a UDP port and the connections behind it.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/dtls/endpoint.hpp>
#include <hawser/endpoint/dtls_connection.hpp>

#include <memory>

namespace hawser {

namespace detail {
class DtlsCore;
boost::asio::any_io_executor executor_of(const DtlsCore& core);
} // namespace detail

/// It owns its connections: when it goes, they are closed, and handles answer `closed`.
///
/// It belongs to one executor: an `io_context` that one thread runs, or a strand. Operations that
/// take time may be started from any thread, everything else is for that executor (or for before it
/// runs). An open endpoint keeps `io_context::run` from returning.
class DtlsEndpoint {
public:
    /// Closes what is up and frees the port: what the destructor does.
    void close();
    /// Shows packets to `tap` until another one, or nullptr, is set.
    void set_tap(Tap* tap, TapViews views = {});

    /// Goes on with a connection that `DtlsConnection::export_state` took out of another endpoint,
    /// in either role. The numbers of records go on after a gap, so that no nonce comes twice; a
    /// state is for one taker, ever. A peer that gave a connection ID hears us from here at once;
    /// any other only if our address and port are those of before. `dtls` is for what comes:
    /// markings, timers, limits.
    ///
    /// Fails with `malformed` (not such a state, or changed), `in_use` (there is a connection with
    /// that address or connection ID), `invalid_argument`, `exhausted`, `unsupported`, `closed`.
    Result<DtlsConnection> import_state(Bytes state, const Address& remote,
                                        const dtls::Options& dtls);

    /// Where the UDP socket is bound: the port that the system chose, with the wildcard or the
    /// address that was asked for.
    Address local_address() const;
    /// Connections that are up or coming up.
    std::size_t connection_count() const;
    dtls::Counters counters() const;
    boost::asio::any_io_executor get_executor() const { return detail::executor_of(*core_); }

protected:
    explicit DtlsEndpoint(std::shared_ptr<detail::DtlsCore> core);
    DtlsEndpoint(DtlsEndpoint&& other) noexcept;
    DtlsEndpoint& operator=(DtlsEndpoint&& other) noexcept;
    ~DtlsEndpoint();

    std::shared_ptr<detail::DtlsCore> core_;
};

} // namespace hawser
