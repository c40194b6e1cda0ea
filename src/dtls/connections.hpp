// All connections of an endpoint, and the ways to find them.
#pragma once

#include "dtls/connection.hpp"
#include "dtls/greeter.hpp"
#include "dtls/services.hpp"

#include <hawser/dtls/endpoint.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hawser::dtls {

struct PathHash {
    std::size_t operator()(const Path& path) const noexcept {
        const AddressHash hash;
        return hash(path.remote) * 31 + hash(path.local);
    }
};

/// Finds an ID as it stands in a record, without a copy.
struct CidHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view cid) const noexcept {
        return std::hash<std::string_view>{}(cid);
    }
};

class Endpoint::Connections final : public CidRegistry {
public:
    Connections(const EndpointOptions& options, Environment environment, Instant now);
    ~Connections() override;

    Result<> listen(const Options& options);
    void stop_listening() { listening_.reset(); }
    Result<ConnectionHandle> connect(const Path& path, const Options& options, Instant now);
    Result<ConnectionHandle> import_state(Bytes state, const Path& path, const Options& options,
                                          Instant now);

    Connection* find(ConnectionHandle handle) const;
    /// Runs an operation on a connection and tidies up after it.
    template <class Operation>
    auto on(ConnectionHandle handle, Instant now, Operation&& operation)
        -> decltype(operation(std::declval<Connection&>(), std::declval<const Call&>())) {
        const Call call{now};
        Connection* const connection = find(handle);
        if (connection == nullptr) return fail(Errc::not_found, "there is no such connection");
        auto result = operation(*connection, call);
        reap(call);
        return result;
    }

    Verdict receive(Datagram& datagram, Instant now, bool as_events);
    void path_event(const PathEvent& event, Instant now);
    void advance(Instant now);

    Services& services() { return services_; }
    const Services& services() const { return services_; }
    std::size_t size() const { return connections_.size(); }

    ConnectionId issue(Connection& connection) override;
    void retire(Bytes cid) override;

private:
    Result<> check(const Options& options, Role role);
    std::byte as_ours(std::byte random) const;
    Connection& add(Role role, const Path& path, std::shared_ptr<const Options> options,
                    Instant now);
    Verdict on_record(const wire::dtls::Record& record, Datagram& datagram, const Call& call);
    void try_on_copy(Connection& connection, const wire::dtls::Record& record,
                     const Datagram& datagram, const Call& call);
    bool begins_anew(const Connection& connection, const wire::dtls::Record& record,
                     const Path& path) const;
    Verdict on_unknown(const wire::dtls::Record& record, const Datagram& datagram,
                       const Call& call);
    std::shared_ptr<const Options> choose_options(const Greeting& greeting,
                                                  std::uint64_t record_sequence, const Path& path,
                                                  Instant now);
    void greet(Greeting&& greeting, std::uint64_t record_sequence, const Path& path,
               const std::shared_ptr<const Options>& options, const Call& call);
    Connection* by_path(const Path& path) const;
    void learn_local(Connection& connection, const Path& path);
    void touch(Connection& connection);
    /// Forgets what has ended, and moves what has changed its path.
    void reap(const Call& call);
    void index(Connection& connection, const Call& call);

    EndpointOptions options_;
    Services services_;
    Greeter greeter_;
    std::shared_ptr<const Options> listening_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
    std::unordered_map<Path, Connection*, PathHash> paths_;
    /// Handshakes on a path whose connection they have not replaced yet.
    std::unordered_map<Path, Connection*, PathHash> contenders_;
    std::unordered_map<std::string, Connection*, CidHash, std::equal_to<>> cids_;
    Connection* recent_ = nullptr; ///< that the last datagram without an ID was for
    std::vector<Connection*> touched_;
    std::uint64_t last_handle_ = 0;
    std::size_t cid_bytes_ = 0;
    std::size_t half_open_ = 0;
};

} // namespace hawser::dtls
