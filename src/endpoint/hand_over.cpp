// An association leaves for another process, or comes from one.
#include "endpoint/core.hpp"
#include "endpoint/many.hpp"
#include "endpoint/sctp_link.hpp"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <utility>

namespace hawser::detail {
namespace {

WallTime wall_now() {
    return net::Clock::wall_clock().at(net::Clock::now());
}

/// What any endpoint of this process has imported: shards have one each, and threads.
class Imported {
public:
    static Imported& of_process() {
        static Imported all;
        return all;
    }
    bool add(const StateId& id) {
        constexpr Duration kValidMost = std::chrono::hours{1};
        const std::lock_guard lock{mutex_};
        return states_.add(id, wall_now() + kValidMost, wall_now());
    }
    void remove(const StateId& id) {
        const std::lock_guard lock{mutex_};
        states_.remove(id);
    }

private:
    std::mutex mutex_;
    ImportedStates states_;
};

} // namespace

/// Messages that wait here, in the order of each stream.
std::vector<sctp::Message> SctpLink::take_back() {
    std::vector<sctp::Message> all;
    const auto take_from_inbox = [&](Inbox& inbox) {
        auto own = inbox.held.extract(
            [this](const sctp::Message& message) { return message.association == id(); });
        std::ranges::move(own, std::back_inserter(all));
    };
    if (many) take_from_inbox(many->inbox);
    take_from_inbox(inbox_);
    for (auto& [stream, claimed] : streams_)
        take_from_inbox(claimed.inbox);
    return all;
}

Result<std::vector<std::byte>> SctpLink::export_state(const StateKey& key, Duration valid_for) {
    if (const auto error = gone()) return std::unexpected{*error};
    std::vector<sctp::Message> unread = take_back();
    auto state = core_->stack().export_association(
        id(), {.key = key, .now = wall_now(), .valid_for = valid_for}, core_->now(),
        std::move(unread));
    if (!state) {
        for (sctp::Message& message : unread) { // it has not moved them
            const sctp::StreamId stream = message.stream;
            inbox_of(stream).held.push_back(std::move(message));
        }
        return state;
    }
    exported = true;
    many.reset();
    closed = sctp::CloseReason::aborted_locally;
    core_->forget(id());
    end(end_reason());
    return state;
}

void Core::forget(sctp::AssociationId id) {
    associations_.erase(id);
    last_.reset();
    flush_soon();
}

Result<std::shared_ptr<SctpLink>> Core::import_state(Bytes state, const StateKey& key,
                                                     std::shared_ptr<Many> many) {
    if (ending()) return fail(Errc::closed, kEndpointEnded);
    const auto name = id_of_state(state);
    if (!name) return std::unexpected{name.error()};
    if (!Imported::of_process().add(*name)) return fail(Errc::in_use, "state: imported before");
    const auto id = running_->engine.import_association(
        state, {.key = key, .now = wall_now(), .path = {}}, now());
    if (!id) {
        Imported::of_process().remove(*name);
        return std::unexpected{id.error()};
    }
    const auto status = stack().status(*id);
    auto association = std::make_shared<SctpLink>(shared_from_this(), *id, status->path);
    association->local_port = status->local_port;
    association->remote_port = status->remote_port;
    association->outbound_streams = status->outbound_streams;
    association->inbound_streams = status->inbound_streams;
    association->many = std::move(many);
    associations_.emplace(*id, association);
    flush_soon(); // what it has to say, and what waits for the application
    return association;
}

} // namespace hawser::detail
