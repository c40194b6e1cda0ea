#include <hawser/endpoint/dtls_server.hpp>

#include "endpoint/dtls_core.hpp"
#include "endpoint/open_socket.hpp"

#include <utility>

namespace hawser {

void detail::start_accept(DtlsCore& core, WaitPointer<DtlsConnection> wait) {
    core.accept(std::move(wait));
}

Result<DtlsServer> DtlsServer::open(boost::asio::any_io_executor executor,
                                    const DtlsEndpointOptions& options, const dtls::Options& dtls) {
    auto core = detail::DtlsCore::open(std::move(executor), options);
    if (!core) return std::unexpected{core.error()};
    if (auto listening = (*core)->listen(dtls); !listening) {
        (*core)->close();
        return std::unexpected{listening.error()};
    }
    return DtlsServer{std::move(*core)};
}

Result<std::vector<DtlsServer>>
DtlsServer::open_shards(std::span<const boost::asio::any_io_executor> executors,
                        DtlsEndpointOptions options, const dtls::Options& dtls) {
    if (executors.empty() || executors.size() > 255)
        return fail(Errc::invalid_argument, "open_shards: 1 to 255 executors");
    options.endpoint.shards = static_cast<std::uint8_t>(executors.size());
    options.endpoint.shard = 0;
    {
        // Who else shares ports would be let in: whether the port is free shows alone.
        auto alone = detail::open_socket(options.local, options.udp_port);
        if (!alone) return std::unexpected{alone.error()};
        options.udp_port = alone->local_address().port();
    }
    std::vector<DtlsServer> servers;
    servers.reserve(executors.size());
    for (const auto& executor : executors) {
        auto server = open(executor, options, dtls);
        if (!server) return std::unexpected{server.error()};
        ++options.endpoint.shard;
        servers.push_back(std::move(*server));
    }
    return servers;
}

void DtlsServer::stop_listening() {
    core_->stop_listening();
}

} // namespace hawser
