#include <hawser/endpoint/dtls_endpoint.hpp>

#include "endpoint/dtls_core.hpp"

#include <utility>

namespace hawser {

boost::asio::any_io_executor detail::executor_of(const DtlsCore& core) {
    return core.executor();
}

DtlsEndpoint::DtlsEndpoint(std::shared_ptr<detail::DtlsCore> core) : core_(std::move(core)) {}
DtlsEndpoint::DtlsEndpoint(DtlsEndpoint&& other) noexcept = default;

DtlsEndpoint& DtlsEndpoint::operator=(DtlsEndpoint&& other) noexcept {
    if (this != &other) {
        if (core_) core_->close();
        core_ = std::move(other.core_);
    }
    return *this;
}

DtlsEndpoint::~DtlsEndpoint() {
    if (core_) core_->close();
}

void DtlsEndpoint::close() {
    core_->close();
}

void DtlsEndpoint::set_tap(Tap* tap, TapViews views) {
    if (!core_->closed()) core_->set_tap(tap, views);
}

Result<DtlsConnection> DtlsEndpoint::import_state(Bytes state, const Address& remote,
                                                  const dtls::Options& dtls) {
    auto link = core_->import_state(state, remote, dtls);
    if (!link) return std::unexpected{link.error()};
    return DtlsConnection{std::make_shared<detail::DtlsClaim>(std::move(*link))};
}

Address DtlsEndpoint::local_address() const {
    return core_->closed() ? Address{} : core_->local_address();
}

std::size_t DtlsEndpoint::connection_count() const {
    return core_->closed() ? 0 : core_->engine().connection_count();
}

dtls::Counters DtlsEndpoint::counters() const {
    return core_->closed() ? dtls::Counters{} : core_->engine().counters();
}

} // namespace hawser
