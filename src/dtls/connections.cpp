#include "dtls/connections.hpp"

#include "dtls/check_options.hpp"

#include <hawser/wire/dtls/extensions.hpp>

#include <algorithm>
#include <utility>

namespace hawser::dtls {

using wire::dtls::Record;
using wire::dtls::RecordKind;

namespace {

Path without_local(const Path& path) {
    return {.protocol = path.protocol, .local = {}, .remote = path.remote};
}

std::string_view key_of(Bytes cid) {
    return {reinterpret_cast<const char*>(cid.data()), cid.size()};
}

} // namespace

Endpoint::Connections::Connections(const EndpointOptions& options, Environment environment,
                                   Instant now)
    : options_{options},
      services_{environment, options_.ticket_secret},
      greeter_{services_, options_, now} {
    services_.cids = this;
}

Endpoint::Connections::~Connections() {
    services_.cids = nullptr;
}

Result<> Endpoint::Connections::check(const Options& options, Role role) {
    if (auto fits = dtls::check(options_); !fits) return fits;
    if (auto fits = dtls::check(options, role); !fits) return fits;
    const std::size_t cid = options.connection_id_bytes.value_or(0);
    if (cid != 0 && cid_bytes_ != 0 && cid != cid_bytes_)
        return fail(Errc::invalid_argument,
                    "all connection IDs of an endpoint have the same length");
    if (cid != 0) cid_bytes_ = cid;
    return {};
}

Result<> Endpoint::Connections::listen(const Options& options) {
    if (auto fits = check(options, Role::server); !fits) return fits;
    listening_ = std::make_shared<const Options>(options);
    return {};
}

Result<ConnectionHandle> Endpoint::Connections::connect(const Path& path, const Options& options,
                                                        Instant now) {
    const Call call{now};
    if (auto fits = check(options, Role::client); !fits) return std::unexpected{fits.error()};
    if (by_path(path) != nullptr) return fail(Errc::in_use, "there is a connection on this path");
    if (connections_.size() >= options_.connections_max)
        return fail(Errc::exhausted, "too many connections");
    const Path key = path.local.is_unspecified() ? without_local(path) : path;
    Connection& connection = add(Role::client, key, std::make_shared<const Options>(options), now);
    const ConnectionHandle handle = connection.handle();
    connection.issue_own_cid();
    paths_[key] = &connection;
    connection.start_client(call);
    reap(call);
    return handle;
}

Result<ConnectionHandle> Endpoint::Connections::import_state(Bytes state, const Path& path,
                                                             const Options& options, Instant now) {
    if (auto fits = check_bounds(options); !fits) return std::unexpected{fits.error()};
    if (connections_.size() >= options_.connections_max)
        return fail(Errc::exhausted, "too many connections");
    if (by_path(path) != nullptr) return fail(Errc::in_use, "there is a connection on this path");
    Connection& connection = add(Role::client, path, std::make_shared<const Options>(options), now);
    const ConnectionHandle handle = connection.handle();
    auto taken = connection.import_state(state);
    const std::size_t cid = connection.ids().own().size();
    if (taken && cid != 0 && cid_bytes_ != 0 && cid != cid_bytes_)
        taken =
            fail(Errc::invalid_argument, "all connection IDs of an endpoint have the same length");
    const auto ids = connection.ids().all_own();
    const bool known =
        std::ranges::any_of(ids, [this](const auto& id) { return cids_.contains(key_of(id)); });
    if (taken && known) taken = fail(Errc::in_use, "there is a connection with this connection ID");
    if (!taken) {
        connections_.erase(static_cast<std::uint64_t>(handle));
        return std::unexpected{taken.error()};
    }
    if (cid != 0) cid_bytes_ = cid;
    for (const auto& id : ids)
        cids_.emplace(key_of(id), &connection);
    paths_[path] = &connection;
    return handle;
}

Connection& Endpoint::Connections::add(Role role, const Path& path,
                                       std::shared_ptr<const Options> options, Instant now) {
    const auto handle = static_cast<ConnectionHandle>(++last_handle_);
    auto made =
        std::make_unique<Connection>(services_, handle, role, path, std::move(options), now);
    Connection& connection = *made;
    connections_.emplace(last_handle_, std::move(made));
    return connection;
}

/// The byte nearest to a random one that says which shard's an ID is.
std::byte Endpoint::Connections::as_ours(std::byte random) const {
    const unsigned shards = options_.shards, value = std::to_integer<unsigned>(random);
    const unsigned ours = value - value % shards + options_.shard;
    return static_cast<std::byte>(ours > 255 ? ours - shards : ours);
}

ConnectionId Endpoint::Connections::issue(Connection& connection) {
    ConnectionId cid(cid_bytes_);
    do {
        services_.random().fill(cid);
        if (!cid.empty()) cid.front() = as_ours(cid.front());
    } while (cids_.contains(key_of(cid)));
    cids_.emplace(key_of(cid), &connection);
    return cid;
}

void Endpoint::Connections::retire(Bytes cid) {
    const auto found = cids_.find(key_of(cid));
    if (found != cids_.end()) cids_.erase(found);
}

Connection* Endpoint::Connections::find(ConnectionHandle handle) const {
    const auto found = connections_.find(static_cast<std::uint64_t>(handle));
    return found == connections_.end() || found->second->ended() ? nullptr : found->second.get();
}

Connection* Endpoint::Connections::by_path(const Path& path) const {
    auto found = paths_.find(path);
    // One of ours that left the local address to the kernel, and was not answered yet.
    if (found == paths_.end()) found = paths_.find(without_local(path));
    return found == paths_.end() ? nullptr : found->second;
}

/// A connection that left the local address to the kernel learns which one it was.
void Endpoint::Connections::learn_local(Connection& connection, const Path& path) {
    if (connection.path() == path) return;
    paths_.erase(connection.path());
    connection.set_path(path);
    paths_[path] = &connection;
}

Verdict Endpoint::Connections::receive(Datagram& datagram, Instant now, bool as_events) {
    const Call call{now, datagram.id, as_events};
    services_.opened.clear();
    if (!services_.kept.empty()) services_.kept.clear(); // a deque walks even when it has nothing
    touched_.clear();
    greeter_.on_datagram();
    Verdict verdict = datagram.payload.empty() ? Verdict::malformed : Verdict::accepted;
    wire::dtls::Records records{datagram.payload, cid_bytes_};
    while (const auto* record = records.next()) {
        const Verdict one = on_record(*record, datagram, call);
        if (verdict == Verdict::accepted) verdict = one;
    }
    if (records.malformed() && verdict == Verdict::accepted) verdict = Verdict::malformed;
    for (Connection* connection : touched_)
        connection->on_datagram_end(call);
    reap(call);
    ++services_.counters.received[static_cast<std::size_t>(verdict)];
    return verdict;
}

void Endpoint::Connections::touch(Connection& connection) {
    if (std::ranges::find(touched_, &connection) == touched_.end()) touched_.push_back(&connection);
}

Verdict Endpoint::Connections::on_record(const Record& record, Datagram& datagram,
                                         const Call& call) {
    Connection* connection = nullptr;
    if (!record.cid.empty()) {
        const auto found = cids_.find(key_of(record.cid));
        if (found == cids_.end()) return Verdict::unknown_connection;
        connection = found->second;
    } else if (recent_ != nullptr && recent_->path() == datagram.path) {
        connection = recent_; // trains come from one peer
    } else {
        connection = by_path(datagram.path);
        if (connection != nullptr) learn_local(*connection, datagram.path);
        recent_ = connection;
    }
    const bool plain = record.kind == RecordKind::plain && record.epoch == 0;
    const auto contender =
        contenders_.empty() ? contenders_.end() : contenders_.find(datagram.path);
    if (plain && connection != nullptr) {
        // Somebody on this path begins anew; the old connection stays until that has succeeded.
        if (connection->connected() && contender != contenders_.end())
            connection = contender->second;
        if (begins_anew(*connection, record, datagram.path))
            return on_unknown(record, datagram, call);
    } else if (!plain && record.cid.empty() && contender != contenders_.end() &&
               connection != nullptr) {
        // Either's: opening spoils the bytes, so the newcomer tries on a copy. What it only keeps
        // until it has keys may as well be for the old one.
        const std::uint64_t before = services_.counters.records_opened;
        try_on_copy(*contender->second, record, datagram, call);
        if (services_.counters.records_opened != before) return Verdict::accepted;
    }
    if (connection == nullptr) return on_unknown(record, datagram, call);
    touch(*connection);
    return connection->on_record(record, datagram.payload, datagram, call);
}

/// The copy is kept for as long as `opened` shows what was in it.
void Endpoint::Connections::try_on_copy(Connection& connection, const Record& record,
                                        const Datagram& datagram, const Call& call) {
    KeptRecord& copy =
        services_.kept.emplace_back(KeptRecord{.bytes = {record.whole.begin(), record.whole.end()},
                                               .path = datagram.path,
                                               .ancillary = datagram.ancillary,
                                               .packet = datagram.id,
                                               .number = {}});
    wire::dtls::Records records{copy.bytes, cid_bytes_};
    const auto* again = records.next();
    touch(connection);
    const Datagram shadow{copy.packet, copy.path, copy.ancillary, copy.bytes};
    if (again != nullptr) static_cast<void>(connection.on_record(*again, copy.bytes, shadow, call));
}

/// Whether the hello is of another client than the one that the connection is with: a process that
/// was started again, say. A hello of its own, come late, is none.
bool Endpoint::Connections::begins_anew(const Connection& connection, const Record& record,
                                        const Path& path) const {
    if (!listening_ || connection.role() != Role::server || record.type != ContentType::handshake)
        return false;
    wire::dtls::HandshakeFragments fragments{record.payload};
    const auto fragment = fragments.next();
    if (!fragment || fragment->header.type != HandshakeType::client_hello) return false;
    constexpr std::size_t kVersionBytes = 2;
    const HelloRandom& known = connection.agreed().client_random;
    if (fragment->header.fragment_offset != 0 ||
        fragment->body.size() < kVersionBytes + known.size())
        return greeter_.assembles(path);
    return !std::ranges::equal(fragment->body.subspan(kVersionBytes, known.size()), known);
}

Verdict Endpoint::Connections::on_unknown(const Record& record, const Datagram& datagram,
                                          const Call& call) {
    const bool plain = record.kind == RecordKind::plain && record.epoch == 0;
    if (!listening_ || !plain || record.type != ContentType::handshake)
        return Verdict::unknown_connection;
    Verdict verdict = Verdict::accepted;
    auto greeting = greeter_.on_record(record, datagram.path, *listening_, verdict, call.now);
    if (!greeting) return verdict;
    if (half_open_ >= options_.half_open_max || connections_.size() >= options_.connections_max)
        return Verdict::no_room;
    const auto options = choose_options(*greeting, record.sequence, datagram.path, call.now);
    if (options == nullptr) return Verdict::unexpected;
    greet(std::move(*greeting), record.sequence, datagram.path, options, call);
    return verdict;
}

/// By whose options the client is answered: the listener's, or those of its hook. Null: not at all.
std::shared_ptr<const Options> Endpoint::Connections::choose_options(const Greeting& greeting,
                                                                     std::uint64_t record_sequence,
                                                                     const Path& path,
                                                                     Instant now) {
    const auto hello = wire::dtls::ClientHello::parse(greeting.body);
    if (!listening_->on_hello || !hello) return listening_;
    const auto value = hello->extensions.find(wire::dtls::ExtensionType::server_name);
    const auto name = value ? wire::dtls::parse_server_name(*value) : std::string_view{};
    HelloAnswer answer =
        listening_->on_hello({path, greeting.body, *hello, name.value_or(std::string_view{})});
    if (answer.kind == HelloAnswer::Kind::accept) {
        if (answer.options == nullptr) return listening_;
        if (check(*answer.options, Role::server)) return std::move(answer.options);
        answer.kind = HelloAnswer::Kind::refuse;
        answer.alert = AlertDescription::internal_error;
    }
    ++services_.counters.hellos_refused;
    if (answer.kind == HelloAnswer::Kind::refuse)
        greeter_.refuse(answer.alert, record_sequence, path, *listening_, now);
    return nullptr;
}

void Endpoint::Connections::greet(Greeting&& greeting, std::uint64_t record_sequence,
                                  const Path& path, const std::shared_ptr<const Options>& options,
                                  const Call& call) {
    const auto contender = contenders_.find(path);
    Connection* const old = contender == contenders_.end() ? by_path(path) : contender->second;
    if (old != nullptr && !old->connected()) {
        // Both have shown that they are there; the one who still speaks is the newer one.
        old->replaced(call);
        reap(call);
    }
    const bool contends = by_path(path) != nullptr;
    Connection& connection = add(Role::server, path, options, call.now);
    connection.issue_own_cid();
    (contends ? contenders_ : paths_)[path] = &connection;
    ++half_open_;
    connection.start_server(
        {greeting.body, greeting.sequence, greeting.first_hello_hash, greeting.retry_request},
        record_sequence, call);
    touch(connection);
}

void Endpoint::Connections::index(Connection& connection, const Call& call) {
    // A contender that has proved itself takes the path.
    const auto contender = contenders_.find(connection.path());
    if (contender == contenders_.end() || contender->second != &connection) return;
    contenders_.erase(contender);
    if (Connection* const old = by_path(connection.path())) old->replaced(call);
    paths_[connection.path()] = &connection;
}

void Endpoint::Connections::reap(const Call& call) {
    if (services_.established.empty() && services_.moved.empty() && services_.ended.empty()) return;
    recent_ = nullptr;
    for (Connection* connection : std::exchange(services_.established, {})) {
        if (connection->role() == Role::server && half_open_ > 0) --half_open_;
        index(*connection, call);
    }
    for (const Moved& moved : std::exchange(services_.moved, {})) {
        const auto old = paths_.find(moved.from);
        if (old != paths_.end() && old->second == moved.connection) paths_.erase(old);
        paths_.try_emplace(moved.connection->path(), moved.connection);
    }
    while (!services_.ended.empty()) {
        for (Connection* connection : std::exchange(services_.ended, {})) {
            if (connection->role() == Role::server && !connection->connected() && half_open_ > 0)
                --half_open_;
            for (auto* map : {&paths_, &contenders_}) {
                const auto found = map->find(connection->path());
                if (found != map->end() && found->second == connection) map->erase(found);
            }
            for (const auto& cid : connection->ids().all_own())
                retire(cid);
            std::erase(touched_, connection);
            connections_.erase(static_cast<std::uint64_t>(connection->handle()));
        }
    }
}

void Endpoint::Connections::path_event(const PathEvent& event, Instant now) {
    const Call call{now};
    Connection* const connection = by_path(event.path);
    if (connection != nullptr) connection->on_path_event(event, call);
    reap(call);
}

void Endpoint::Connections::advance(Instant now) {
    const Call call{now};
    while (TimerQueue::Entry* const due = services_.timers.due(now)) {
        Connection* const connection = static_cast<Connection::Timer*>(due)->owner;
        connection->advance(call);
        if (connection->ended()) services_.timers.remove(connection->timer());
    }
    reap(call);
}

} // namespace hawser::dtls
