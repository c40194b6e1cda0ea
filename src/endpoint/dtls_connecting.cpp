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
    : SideBySide(core->executor(), options.attempt_delay, std::move(done)),
      core_(std::move(core)),
      dtls_(std::move(dtls)) {
    dtls_.handshake_timeout = std::max(options.within, kLeast);
}

void DtlsConnecting::start(std::string target) {
    const auto resolved = [self = shared_from_this()](Result<SctpAddress> address) {
        if (self->is_over()) return;
        if (!address) {
            self->finish(std::unexpected{address.error()});
            return;
        }
        self->udp_port_ = address->port;
        self->try_all(std::move(address->hosts));
    };
    Resolving resolving{core_->executor()};
    start_resolve(resolving, std::move(target),
                  std::make_shared<Wait<SctpAddress>>(core_->executor(), resolved));
}

Result<std::shared_ptr<DtlsLink>> DtlsConnecting::attempt(const Address& host) {
    if (core_->closed()) {
        finish(fail(Errc::closed, kEndpointEnded));
        return fail(Errc::closed, kEndpointEnded);
    }
    auto attempt = core_->connect(core_->path_to(host.with_port(udp_port_)), dtls_);
    if (!attempt) return attempt;
    DtlsLink& begun = **attempt;
    begun.outcome = [self = shared_from_this(), &begun](const Error* why_not) {
        self->told(begun, why_not);
    };
    return attempt;
}

void DtlsConnecting::drop(DtlsLink& attempt) {
    attempt.outcome = nullptr;
    attempt.abandon();
}

void DtlsConnecting::told(const DtlsLink& attempt, const Error* why_not) {
    if (why_not == nullptr) {
        up(&attempt);
    } else if (why_not->code == Errc::unreachable || why_not->code == Errc::timed_out) {
        failed(&attempt, *why_not);
    } else {
        failed_everywhere(&attempt, *why_not);
    }
}

} // namespace hawser::detail
