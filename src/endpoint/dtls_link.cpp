#include "endpoint/dtls_link.hpp"

#include "endpoint/dtls_core.hpp"
#include "endpoint/dtls_state.hpp"

#include <utility>

namespace hawser::detail {

namespace {

constexpr std::string_view kEnded = "the connection has ended";

} // namespace

DtlsLink::DtlsLink(std::shared_ptr<DtlsCore> core, dtls::ConnectionHandle handle)
    : Link(std::move(core), handle) {}

// --- sending ---

std::optional<Error> DtlsLink::gone() const {
    if (core_->closed()) return Error{Errc::closed, kEndpointEnded};
    if (closed) return Error{Errc::closed, closed->reason.what};
    return std::nullopt;
}

Result<> DtlsLink::send_now(Bytes payload, const Ancillary& ancillary) {
    if (!ancillary.empty()) { // refused before anything is sealed
        if (auto possible = core_->check(ancillary, path); !possible) return possible;
    }
    Result<> sent =
        said_by_engine(core_->engine().write(id(), payload, ancillary, core_->now()), kEnded);
    if (sent) core_->flush_soon();
    return sent;
}

void DtlsLink::on_waiting() {
    core_->wait_for_room(shared_from_this());
    core_->flush_soon();
}

// --- receiving ---

DtlsMessage DtlsLink::take(dtls::Received&& record) const {
    return {.payload = core_->payload(std::move(record.payload)),
            .ancillary = std::move(record.ancillary),
            .path = record.path,
            .epoch = record.epoch,
            .sequence = record.sequence};
}

void DtlsLink::receive(WaitPointer<DtlsMessage> wait) {
    if (wait->finished()) return;
    if (auto record = inbox_.next(core_->spare_inbox, taking())) {
        wait->finish(std::move(*record));
    } else if (const auto error = gone()) {
        wait->finish(std::unexpected{*error});
    } else {
        inbox_.readers.push(std::move(wait));
    }
}

void DtlsLink::on(dtls::Received&& event) {
    unreachable.reset();
    if (abandoned_ || inbox_.hand_over(event, taking())) return;
    if (inbox_.held.size() < core_->options().inbox_max) {
        inbox_.held.push_back(std::move(event), core_->spare_inbox);
    } else {
        ++dropped;
    }
}

// --- beginning and end ---

void DtlsLink::on(dtls::Connected&& event) {
    path = event.path;
    agreed = std::move(event);
    confirmed_ = agreed.incoming || agreed.version != dtls::Version::v1_3;
    if (auto told = std::exchange(outcome, nullptr)) told(nullptr);
}

void DtlsLink::on(const dtls::HandshakeConfirmed&) {
    confirmed_ = true;
    while (const WaitPointer<void> wait = confirmations_.next())
        wait->finish({});
}

void DtlsLink::on(const dtls::PathUnreachable& event) {
    unreachable = event.os_errno;
    if (const auto& told = core_->options().on_unreachable) told(event);
}

void DtlsLink::await_confirmation(WaitPointer<void> wait) {
    if (wait->finished()) return;
    if (confirmed_) {
        wait->finish({});
    } else if (const auto error = gone()) {
        wait->finish(std::unexpected{*error});
    } else {
        confirmations_.push(std::move(wait));
    }
}

void DtlsLink::on(dtls::Closed&& event) {
    if (event.alert_received) unreachable.reset(); // it was there to say so
    closed = std::move(event);
    fail_waits({Errc::closed, closed->reason.what});
    if (auto told = std::exchange(outcome, nullptr)) told(&closed->reason);
}

void DtlsLink::close() {
    if (core_->closed() || closed) return;
    core_->send_now();
    static_cast<void>(core_->engine().close(id(), core_->now()));
    core_->flush_soon();
}

Result<std::vector<std::byte>> DtlsLink::export_state() {
    if (const auto error = gone()) return std::unexpected{*error};
    if (has_senders()) return fail(Errc::exhausted, "records wait for room");
    auto engine = core_->engine().export_state(id());
    if (!engine) return engine;
    closed = dtls::Closed{.connection = id(),
                          .reason = {Errc::closed, "the connection goes on elsewhere"},
                          .connected = true,
                          .alert_sent = {},
                          .alert_received = {},
                          .path = path};
    fail_waits(closed->reason);
    core_->forget(id());
    core_->flush_soon(); // what was written before still leaves
    return write_state({.agreed = agreed, .engine = std::move(*engine)});
}

void DtlsLink::abandon() {
    abandoned_ = true;
    inbox_.held.clear();
    close();
}

/// Records go back to the endpoint's pool, which is about to go.
void DtlsLink::end(const Error& error) {
    inbox_.held.clear();
    fail_waits(error);
    if (auto told = std::exchange(outcome, nullptr)) told(&error);
}

void DtlsLink::fail_waits(const Error& error) {
    inbox_.readers.fail_all(error);
    confirmations_.fail_all(error);
    fail_senders(error);
}

} // namespace hawser::detail
