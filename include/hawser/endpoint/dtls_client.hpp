// DTLS connections that we open, in a program that uses Boost.Asio.
#pragma once

#include <hawser/endpoint/dtls_endpoint.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace hawser {

/// How long to try; `handshake_timeout` of the DTLS options is not looked at.
struct DtlsConnectOptions {
    /// The whole operation, names and all addresses included. 30 s: what people wait for.
    Duration within = std::chrono::seconds{30};
    /// How long one address is waited for before the next is tried beside it. 250 ms: RFC 8305 §8.
    Duration attempt_delay = std::chrono::milliseconds{250};
};

namespace detail {
void start_connect(DtlsCore& core, std::string target, dtls::Options dtls,
                   const DtlsConnectOptions& options, WaitPointer<DtlsConnection> wait);
} // namespace detail

/// Any number of connections from one UDP port.
class DtlsClient : public DtlsEndpoint {
public:
    /// Binds the UDP port. Fails with `in_use`, `permission`, `invalid_argument`, `unreachable` (no
    /// such local address), `io`.
    static Result<DtlsClient> open(boost::asio::any_io_executor executor,
                                   const DtlsEndpointOptions& options = {});

    /// Opens a connection with `target`, written `10.50.1.1:4433` or `alpha.example:4433`. Names
    /// are resolved to all their addresses, which are tried side by side (RFC 8305): in order, the
    /// next one when one is unreachable, or has not come up within `attempt_delay`. The first that
    /// answers, well or badly, is the one.
    ///
    /// Fails with `invalid_argument`, `not_found` (no such name), `refused` and `malformed` (the
    /// handshake failed: `on_failed_handshake` is told the alerts), `unreachable`, `timed_out`,
    /// `in_use` (there is a connection with that address), `closed`, `cancelled`.
    template <CompletesWith<DtlsConnection> Token = Awaitable>
    auto connect(std::string target, dtls::Options dtls, DtlsConnectOptions options = {},
                 Token&& token = Token{}) {
        const Duration within = options.within;
        return detail::initiate<DtlsConnection>(
            core_, within,
            [target = std::move(target), dtls = std::move(dtls), options](auto& core,
                                                                          auto wait) mutable {
                detail::start_connect(core, std::move(target), std::move(dtls), options,
                                      std::move(wait));
            },
            token);
    }

private:
    explicit DtlsClient(std::shared_ptr<detail::DtlsCore> core) : DtlsEndpoint(std::move(core)) {}
};

} // namespace hawser
