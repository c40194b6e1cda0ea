#include <hawser/endpoint/dtls_client.hpp>

#include "endpoint/dtls_connecting.hpp"
#include "endpoint/dtls_core.hpp"

#include <utility>

namespace hawser {

void detail::start_connect(DtlsCore& core, std::string target, dtls::Options dtls,
                           const DtlsConnectOptions& options, WaitPointer<DtlsConnection> wait) {
    if (wait->finished()) return;
    const auto connecting = std::make_shared<DtlsConnecting>(
        core.shared_from_this(), std::move(dtls), options,
        [wait](Result<std::shared_ptr<DtlsLink>> link) {
            if (link) {
                wait->finish(DtlsConnection{std::make_shared<DtlsClaim>(std::move(*link))});
            } else {
                wait->finish(std::unexpected{link.error()});
            }
        });
    wait->on_give_up([weak = std::weak_ptr{connecting}] {
        if (const auto self = weak.lock()) self->give_up();
    });
    connecting->start(std::move(target));
}

Result<DtlsClient> DtlsClient::open(boost::asio::any_io_executor executor,
                                    const DtlsEndpointOptions& options) {
    auto core = detail::DtlsCore::open(std::move(executor), options);
    if (!core) return std::unexpected{core.error()};
    return DtlsClient{std::move(*core)};
}

} // namespace hawser
