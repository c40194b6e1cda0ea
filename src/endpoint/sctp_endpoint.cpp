#include <hawser/endpoint/sctp_endpoint.hpp>

#include "endpoint/connecting.hpp"
#include "endpoint/core.hpp"
#include "endpoint/locals.hpp"
#include "endpoint/many.hpp"
#include "endpoint/shard_group.hpp"

#include <utility>

namespace hawser {

namespace detail {

namespace {

template <class Target>
void begin(Core& core, Target target, const ConnectOptions& options, WaitPointer<Connection> wait) {
    if (wait->finished()) return;
    const auto connecting = std::make_shared<Connecting>(
        core.shared_from_this(), options, nullptr,
        [wait](Result<std::shared_ptr<SctpLink>> association) {
            if (association) {
                wait->finish(Connection{std::make_shared<Claim>(std::move(*association))});
            } else {
                wait->finish(std::unexpected{association.error()});
            }
        });
    wait->on_give_up([weak = std::weak_ptr{connecting}] {
        if (const auto self = weak.lock()) self->give_up();
    });
    connecting->start(std::move(target));
}

} // namespace

boost::asio::any_io_executor executor_of(const Core& core) {
    return core.executor();
}

void start_connect(Core& core, std::string target, const ConnectOptions& options,
                   WaitPointer<Connection> wait) {
    begin(core, std::move(target), options, std::move(wait));
}

void start_connect(Core& core, SctpAddress target, const ConnectOptions& options,
                   WaitPointer<Connection> wait) {
    begin(core, std::move(target), options, std::move(wait));
}

void start_shutdown(Core& core, WaitPointer<void> wait) {
    core.shutdown(std::move(wait));
}

} // namespace detail

SctpEndpoint::SctpEndpoint(std::shared_ptr<detail::Core> core) : core_(std::move(core)) {}
SctpEndpoint::SctpEndpoint(SctpEndpoint&& other) noexcept = default;

SctpEndpoint& SctpEndpoint::operator=(SctpEndpoint&& other) noexcept {
    if (this != &other) {
        if (core_) core_->close();
        core_ = std::move(other.core_);
    }
    return *this;
}

SctpEndpoint::~SctpEndpoint() {
    if (core_) core_->close();
}

Result<SctpEndpoint> SctpEndpoint::open(boost::asio::any_io_executor executor,
                                        const SctpEndpointOptions& options) {
    auto core = detail::Core::open(std::move(executor), options);
    if (!core) return std::unexpected{core.error()};
    return SctpEndpoint{std::move(*core)};
}

Result<std::vector<SctpEndpoint>>
SctpEndpoint::open_shards(std::span<const boost::asio::any_io_executor> executors,
                          SctpEndpointOptions options) {
    if (executors.empty() || executors.size() > 255)
        return fail(Errc::invalid_argument, "open_shards: 1 to 255 executors");
    const auto become = [&options](std::size_t shard, std::size_t shards) {
        options.sctp.shard = static_cast<std::uint8_t>(shard);
        options.sctp.shards = static_cast<std::uint8_t>(shards);
        if (!options.dtls) return;
        options.dtls->endpoint.shard = options.sctp.shard;
        options.dtls->endpoint.shards = options.sctp.shards;
    };
    become(0, 1);
    if (auto fitting = detail::check_locals(options); !fitting)
        return std::unexpected{fitting.error()};
    {
        // Who else shares ports would be let in: whether the port is free shows alone.
        auto alone = detail::open_sockets(options);
        if (!alone) return std::unexpected{alone.error()};
        options.udp_port = alone->front().local_address().port();
    }
    const auto group = std::make_shared<detail::ShardGroup>(executors.size());
    std::vector<SctpEndpoint> endpoints;
    endpoints.reserve(executors.size());
    for (const auto& executor : executors) {
        become(endpoints.size(), executors.size());
        auto core = detail::Core::open(executor, options, group);
        if (!core) return std::unexpected{core.error()};
        endpoints.push_back(SctpEndpoint{std::move(*core)});
    }
    return endpoints;
}

Result<Listener> SctpEndpoint::listen(std::uint16_t port, const ListenOptions& options) {
    auto listening = core_->listen(port, options);
    if (!listening) return std::unexpected{listening.error()};
    return Listener{std::make_shared<detail::ListenClaim>(core_, std::move(*listening))};
}

Result<OneToMany> SctpEndpoint::one_to_many(std::uint16_t port) {
    auto many = core_->one_to_many(port);
    if (!many) return std::unexpected{many.error()};
    return OneToMany{std::make_shared<detail::ManyClaim>(core_, std::move(*many))};
}

Result<Connection> SctpEndpoint::import_state(Bytes state, const StateKey& key) {
    auto association = core_->import_state(state, key, nullptr);
    if (!association) return std::unexpected{association.error()};
    return Connection{std::make_shared<detail::Claim>(std::move(*association))};
}

Duration SctpEndpoint::lingers_for() const {
    if (core_->closed()) return {};
    const Instant until = core_->engine().lingers_until();
    return until == kNever ? Duration{} : std::max(Duration{}, until - core_->now());
}

void SctpEndpoint::close() {
    core_->close();
}

void SctpEndpoint::set_tap(Tap* tap, TapViews views) {
    if (!core_->closed()) core_->set_tap(tap, views);
}

Address SctpEndpoint::local_address() const {
    return core_->closed() ? Address{} : core_->local_address();
}

std::vector<Address> SctpEndpoint::local_addresses() const {
    return core_->closed() ? std::vector<Address>{} : core_->local_addresses();
}

std::size_t SctpEndpoint::association_count() const {
    return core_->closed() ? 0 : core_->engine().association_count();
}

std::vector<sctp::AssociationId> SctpEndpoint::associations() const {
    return core_->closed() ? std::vector<sctp::AssociationId>{} : core_->ids();
}

std::optional<sctp::Status> SctpEndpoint::status(sctp::AssociationId association) const {
    return core_->closed() ? std::nullopt : core_->stack().status(association);
}

std::vector<sctp::PathStatus> SctpEndpoint::paths(sctp::AssociationId association) const {
    if (core_->closed()) return {};
    return core_->stack().paths(association);
}

net::SocketCounters SctpEndpoint::udp_counters() const {
    return core_->closed() ? net::SocketCounters{} : core_->udp_counters();
}

sctp::Counters SctpEndpoint::counters() const {
    return core_->closed() ? sctp::Counters{} : core_->engine().counters();
}

dtls::Counters SctpEndpoint::dtls_counters() const {
    const dtls::Endpoint* below = core_->closed() ? nullptr : core_->stack().dtls();
    return below == nullptr ? dtls::Counters{} : below->counters();
}

} // namespace hawser
