#include "endpoint/dtls_link.hpp"

#include "endpoint/dtls_core.hpp"
#include "endpoint/dtls_state.hpp"

#include <utility>

namespace hawser::detail {

DtlsLink::DtlsLink(std::shared_ptr<DtlsCore> core, dtls::ConnectionHandle handle)
    : core_(std::move(core)), handle_(handle) {}

// --- writing ---

Result<> DtlsLink::write(Bytes payload, const Ancillary& ancillary) {
    if (core_->closed()) return fail(Errc::closed, kEndpointEnded);
    if (closed) return fail(Errc::closed, closed->reason.what);
    if (!writers_.empty()) return fail(Errc::exhausted, "others wait for room");
    return write_now(payload, ancillary);
}

void DtlsLink::write(Bytes payload, const Ancillary& ancillary, WaitPointer<void> wait) {
    if (wait->finished()) return;
    Result<> written = write(payload, ancillary);
    if (written || written.error().code != Errc::exhausted) {
        if (written) core_->flush_after_more();
        wait->finish(std::move(written));
        return;
    }
    // Those that were taken back must not hold up the ones after them.
    writers_.extract([](const PendingWrite& other) { return other.wait->finished(); });
    writers_.push_back({.payload = payload, .ancillary = ancillary, .wait = std::move(wait)});
    core_->wait_for_room(shared_from_this());
    core_->flush_soon();
}

Result<> DtlsLink::write_now(Bytes payload, const Ancillary& ancillary) {
    if (!ancillary.empty()) { // refused before anything is sealed
        if (auto possible = core_->check(ancillary, path); !possible) return possible;
    }
    Result<> written = core_->engine().write(handle_, payload, ancillary, core_->now());
    if (written) core_->flush_soon();
    if (!written && written.error().code == Errc::not_found) {
        return fail(Errc::closed, "the connection has ended"); // its Closed is on the way to us
    }
    return written;
}

bool DtlsLink::resume_writers() {
    while (!writers_.empty()) {
        PendingWrite& pending = writers_.front();
        if (!pending.wait->finished()) {
            Result<> written = write_now(pending.payload, pending.ancillary);
            if (!written && written.error().code == Errc::exhausted) return true;
            pending.wait->finish(std::move(written));
        }
        writers_.pop_front();
    }
    return false;
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
    if (!inbox_.empty()) {
        wait->finish(take(inbox_.pop_front()));
    } else if (core_->closed()) {
        wait->finish(fail(Errc::closed, kEndpointEnded));
    } else if (closed) {
        wait->finish(fail(Errc::closed, closed->reason.what));
    } else {
        readers_.push(std::move(wait));
    }
}

void DtlsLink::on(dtls::Received&& event) {
    if (abandoned_) return;
    if (const auto reader = readers_.next()) {
        reader->finish(take(std::move(event)));
    } else if (inbox_.size() < core_->options().inbox_max) {
        inbox_.push_back(std::move(event));
    } else {
        ++dropped;
    }
}

// --- beginning and end ---

void DtlsLink::on(dtls::Connected&& event) {
    path = event.path;
    agreed = std::move(event);
    if (auto told = std::exchange(outcome, nullptr)) told(nullptr);
}

void DtlsLink::on(dtls::Closed&& event) {
    closed = std::move(event);
    fail_waits({Errc::closed, closed->reason.what});
    if (auto told = std::exchange(outcome, nullptr)) told(&closed->reason);
}

void DtlsLink::close() {
    if (core_->closed() || closed) return;
    core_->send_now();
    static_cast<void>(core_->engine().close(handle_, core_->now()));
    core_->flush_soon();
}

Result<std::vector<std::byte>> DtlsLink::export_state() {
    if (core_->closed()) return fail(Errc::closed, kEndpointEnded);
    if (closed) return fail(Errc::closed, closed->reason.what);
    if (!writers_.empty()) return fail(Errc::exhausted, "records wait for room");
    auto engine = core_->engine().export_state(handle_);
    if (!engine) return engine;
    closed = dtls::Closed{.connection = handle_,
                          .reason = {Errc::closed, "the connection goes on elsewhere"},
                          .connected = true,
                          .alert_sent = {},
                          .alert_received = {},
                          .path = path};
    fail_waits(closed->reason);
    core_->forget(handle_);
    core_->flush_soon(); // what was written before still leaves
    return write_state({.agreed = agreed, .engine = std::move(*engine)});
}

void DtlsLink::abandon() {
    abandoned_ = true;
    inbox_.clear();
    close();
}

/// Records go back to the endpoint's pool, which is about to go.
void DtlsLink::end(const Error& error) {
    inbox_.clear();
    fail_waits(error);
    outcome = nullptr;
}

void DtlsLink::fail_waits(const Error& error) {
    readers_.fail_all(error);
    while (!writers_.empty())
        writers_.pop_front().wait->finish(std::unexpected{error});
}

} // namespace hawser::detail
