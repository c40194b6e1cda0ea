#include "endpoint/dtls_connecting.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace hawser::detail {

namespace {

constexpr Duration kLeast = std::chrono::milliseconds{1}; ///< that the engine takes

} // namespace

DtlsConnecting::DtlsConnecting(std::shared_ptr<DtlsCore> core, dtls::Options dtls,
                               const DtlsConnectOptions& options, Done done)
    : core_(std::move(core)), dtls_(std::move(dtls)), options_(options), done_(std::move(done)) {}

void DtlsConnecting::start(std::string target) {
    const auto resolved = [self = shared_from_this()](Result<SctpAddress> address) {
        if (!self->done_) return;
        if (!address) {
            self->finish(std::unexpected{address.error()});
            return;
        }
        self->target_ = std::move(*address);
        self->try_next();
    };
    Resolving resolving{core_->executor()};
    start_resolve(resolving, std::move(target),
                  std::make_shared<Wait<SctpAddress>>(core_->executor(), resolved));
}

void DtlsConnecting::try_next() {
    if (!done_) return;
    if (core_->closed()) {
        finish(fail(Errc::closed, kEndpointEnded));
        return;
    }
    if (next_ == target_.hosts.size()) {
        finish(std::unexpected{last_error_});
        return;
    }
    const Address remote = target_.hosts[next_++].with_port(target_.port);
    const Path path = core_->path_to(remote);
    dtls::Options dtls = dtls_;
    const bool last = next_ == target_.hosts.size(); // which has until the operation's deadline
    dtls.handshake_timeout = std::max(last ? options_.within : options_.per_address, kLeast);
    auto attempt = core_->connect(path, dtls);
    if (!attempt) {
        last_error_ = attempt.error();
        try_next();
        return;
    }
    attempt_ = std::move(*attempt);
    attempt_->outcome = [self = shared_from_this()](const Error* why_not) { self->told(why_not); };
}

void DtlsConnecting::told(const Error* why_not) {
    auto attempt = std::exchange(attempt_, nullptr);
    if (why_not == nullptr) {
        finish(std::move(attempt));
        return;
    }
    last_error_ = *why_not;
    const bool answered =
        last_error_.code != Errc::unreachable && last_error_.code != Errc::timed_out;
    if (answered) next_ = target_.hosts.size(); // it would say the same elsewhere
    try_next();
}

void DtlsConnecting::give_up() {
    done_ = nullptr;
    if (const auto attempt = std::exchange(attempt_, nullptr)) {
        attempt->outcome = nullptr;
        attempt->abandon();
    }
}

void DtlsConnecting::finish(Result<std::shared_ptr<DtlsLink>> result) {
    if (auto done = std::exchange(done_, nullptr)) done(std::move(result));
}

} // namespace hawser::detail
