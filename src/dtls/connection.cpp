#include "dtls/connection.hpp"

#include "crypto/key_derivation.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hawser::dtls {

using wire::dtls::AlertLevel;

Connection::Connection(Services& services, ConnectionHandle handle, Role role, const Path& path,
                       std::shared_ptr<const Options> options, Instant now)
    : services_{services},
      standing_{.handle = handle, .role = role, .path = path, .options = std::move(options)},
      records_{services_, standing_, ids_},
      flights_{services_, standing_, records_},
      handshake_until_{after(now, standing_.options->handshake_timeout)} {
    timer_.owner = this;
    ++services_.counters.handshakes_begun;
}

Connection::~Connection() {
    services_.timers.remove(timer_);
}

void Connection::issue_own_cid() {
    if (standing_.options->connection_id_bytes.value_or(0) == 0) return;
    ids_.set_own(services_.cids->issue(*this));
}

// --- its end ---

void Connection::fail(const Fault& fault, const Call& call) {
    if (standing_.ended) return;
    send_alert(fault.alert, AlertLevel::fatal, call);
    alert_sent_ = fault.alert;
    end(Error{fault.code, fault.what}, call);
}

void Connection::end(Error reason, const Call& call) {
    if (standing_.ended) return;
    standing_.ended = true;
    unsettled_ = true;
    if (!standing_.connected) ++services_.counters.handshakes_failed;
    flights_.close_datagram(call.now);
    services_.events.push(Closed{.connection = standing_.handle,
                                 .reason = reason,
                                 .connected = standing_.connected,
                                 .alert_sent = alert_sent_,
                                 .alert_received = alert_received_,
                                 .path = standing_.path});
    services_.ended.push_back(this);
}

void Connection::replaced(const Call& call) {
    end(Error{Errc::closed, "the peer began another connection"}, call);
}

void Connection::forget() {
    if (standing_.ended) return;
    standing_.ended = true;
    services_.ended.push_back(this);
}

Result<> Connection::close(const Call& call) {
    if (standing_.ended) return hawser::fail(Errc::closed, "the connection has ended");
    send_alert(AlertDescription::close_notify, AlertLevel::warning, call);
    alert_sent_ = AlertDescription::close_notify;
    end(Error{Errc::closed, "closed by this end"}, call);
    return {};
}

void Connection::send_alert(AlertDescription description, AlertLevel level, const Call& call) {
    std::array<std::byte, wire::dtls::Alert::kBytes> room;
    wire::Writer out{room};
    wire::dtls::Alert{level, description}.write(out);
    // While keys change, under those that the peer is sure to have.
    const std::uint64_t epoch =
        standing_.renegotiating() ? records_.for_data().keys.epoch : records_.write_epoch();
    flights_.put(ContentType::alert, epoch, out.output(), call.now);
    flights_.close_datagram(call.now);
}

void Connection::retire(const ConnectionId& cid) {
    if (!cid.empty()) services_.cids->retire(cid);
}

// --- time ---

Instant Connection::deadline() const {
    if (standing_.ended) return kNever;
    return std::min({handshake_until_, linger_until_, flights_.deadline(), validator_.deadline()});
}

void Connection::advance(const Call& call) {
    if (standing_.ended) return;
    if (handshake_until_ <= call.now)
        return end(Error{Errc::timed_out, "the handshake took too long"}, call);
    if (linger_until_ <= call.now) {
        linger_until_ = kNever;
        standing_.agreement.peer.reset();
        forget_handshake();
        records_.forget_reading_before(1);
    }
    const bool was_last = flights_.advance(call.now);
    if (was_last && std::exchange(renegotiation_.requested, false)) flights_.clear();
    if (validator_.advance(call.now)) challenge(call);
    settle();
}

/// The peer has all of it, or will not come back for it.
void Connection::forget_handshake() {
    standing_.handshake.reset();
    records_.forget_writing_before();
    flights_.forget_handshake();
}

/// Gives back what only a handshake needs, and tells the clock what is next.
void Connection::settle() {
    if (standing_.handshake == nullptr && flights_.settle()) records_.shrink();
    services_.timers.set(timer_, deadline());
}

// --- exporters ---

Result<> Connection::export_keys(std::string_view label, Bytes context, MutableBytes out) const {
    if (!standing_.connected) return hawser::fail(Errc::exhausted, "the handshake is not done yet");
    const Agreement& agreed = standing_.agreement;
    const crypto::Hash hash = hash_of(*agreed.suite);
    if (agreed.version == Version::v1_3) {
        const crypto::Digest none = crypto::digest(hash, {});
        const Secret secret = derive(hash, agreed.master, label, none.bytes());
        const crypto::Digest value = crypto::digest(hash, {context});
        crypto::hkdf_expand_label(hash, secret.bytes(), "dtls13", "exporter", value.bytes(), out);
        return {};
    }
    constexpr std::size_t kSeedBytesMax = 400; // label and context; the PRF takes no more
    if (label.size() + context.size() > kSeedBytesMax)
        return hawser::fail(Errc::too_large, "label and context are longer than 400 bytes");
    if (context.empty()) {
        crypto::prf(hash, agreed.master.bytes(), label,
                    {agreed.client_random, agreed.server_random}, out);
        return {};
    }
    const std::array length{static_cast<std::byte>(context.size() >> 8),
                            static_cast<std::byte>(context.size())};
    crypto::prf(hash, agreed.master.bytes(), label,
                {agreed.client_random, agreed.server_random, length, context}, out);
    return {};
}

} // namespace hawser::dtls
