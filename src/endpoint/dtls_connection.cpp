#include <hawser/endpoint/dtls_connection.hpp>

#include "endpoint/dtls_core.hpp"

#include <boost/asio/post.hpp>

namespace hawser {

namespace detail {

// A handle may go on any thread, also after the endpoint and its executor.
DtlsClaim::~DtlsClaim() {
    if (link->core().closed()) return;
    boost::asio::post(link->core().executor(), [held = link] { held->abandon(); });
}

boost::asio::any_io_executor executor_of(const DtlsClaim& claim) {
    return claim.link->core().executor();
}

void start_write(DtlsClaim& claim, Bytes payload, const Ancillary& ancillary,
                 WaitPointer<void> wait) {
    claim.link->send(payload, ancillary, std::move(wait));
}

void start_receive(DtlsClaim& claim, WaitPointer<DtlsMessage> wait) {
    claim.link->receive(std::move(wait));
}

void start_confirmation(DtlsClaim& claim, WaitPointer<void> wait) {
    claim.link->await_confirmation(std::move(wait));
}

} // namespace detail

Result<> DtlsConnection::write(Bytes payload, const Ancillary& ancillary) const {
    return claim_->link->send(payload, ancillary);
}

void DtlsConnection::close() const {
    claim_->link->close();
}

Result<> DtlsConnection::export_keys(std::string_view label, Bytes context,
                                     MutableBytes out) const {
    const detail::DtlsLink& link = *claim_->link;
    if (link.core().closed()) return fail(Errc::closed, detail::kEndpointEnded);
    if (link.closed) return fail(Errc::closed, link.closed->reason.what);
    return link.core().engine().export_keys(link.id(), label, context, out);
}

Result<std::vector<std::byte>> DtlsConnection::export_state() const {
    return claim_->link->export_state();
}

const dtls::Connected& DtlsConnection::info() const {
    return claim_->link->agreed;
}
Path DtlsConnection::path() const {
    return claim_->link->path;
}
std::optional<dtls::Closed> DtlsConnection::closed() const {
    return claim_->link->closed;
}
std::optional<int> DtlsConnection::unreachable() const {
    return claim_->link->unreachable;
}
std::optional<dtls::Session> DtlsConnection::session() const {
    return claim_->link->session;
}
std::uint64_t DtlsConnection::records_dropped() const {
    return claim_->link->dropped;
}
std::uint64_t DtlsConnection::records_refused() const {
    return claim_->link->refused;
}

std::size_t DtlsConnection::payload_bytes_max(std::size_t datagram_bytes) const {
    const detail::DtlsLink& link = *claim_->link;
    if (link.core().closed()) return 0;
    return link.core().engine().payload_bytes_max(link.id(), datagram_bytes);
}

} // namespace hawser
