#include <hawser/endpoint/dtls_server.hpp>

#include "endpoint/dtls_core.hpp"

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

void DtlsServer::stop_listening() {
    core_->stop_listening();
}

} // namespace hawser
