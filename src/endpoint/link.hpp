// What an association and a DTLS connection have in common, as the application's side of them:
// what it sends may have to wait, and so may it for what comes.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>

#include "endpoint/queue.hpp"
#include "endpoint/wait_queue.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace hawser::detail {

/// Things that nobody has taken, or readers that got none: never both.
template <class Held, class Given>
struct Mailbox {
    using Room = Queue<Held>::Room;

    Queue<Held> held;
    WaitQueue<Given> readers;

    /// Gives it to whoever waits, through `take`; false when nobody does, and it is still yours.
    template <class Take>
    bool hand_over(Held& one, Take&& take) {
        const auto reader = readers.next();
        if (reader) reader->finish(take(std::move(one)));
        return reader != nullptr;
    }
    /// The oldest one, through `take`. `spare` is the endpoint's: a burst for one of many
    /// connections takes no memory that the last one had already.
    template <class Take>
    std::optional<Given> next(Room& spare, Take&& take) {
        if (held.empty()) return std::nullopt;
        return take(held.pop_front(spare));
    }
};

/// `Self` derives from it and has
/// - `std::optional<Error> gone() const`: why nothing can be sent any more;
/// - `Result<> send_now(Bytes, const What&)`: `exhausted` when there is no room now;
/// - `void on_waiting()`: somebody waits for room.
template <class Self, class Core, class Id, class What>
class Link : public std::enable_shared_from_this<Self> {
public:
    Core& core() const { return *core_; }
    Id id() const { return id_; }

    /// Now or never. `exhausted` also where others wait for room already.
    Result<> send(Bytes bytes, const What& how) {
        if (const auto error = self().gone()) return std::unexpected{*error};
        if (!senders_.empty()) return fail(Errc::exhausted, "others wait for room");
        return self().send_now(bytes, how);
    }

    /// Once there is room; `bytes` stay where they are until then.
    void send(Bytes bytes, const What& how, WaitPointer<void> wait) {
        if (wait->finished()) return;
        Result<> sent = send(bytes, how);
        if (sent || sent.error().code != Errc::exhausted) {
            if (sent) core_->flush_after_more();
            wait->finish(std::move(sent));
            return;
        }
        // Those that were taken back must not hold up the ones after them.
        senders_.extract([](const Sender& other) { return other.wait->finished(); });
        senders_.push_back({.bytes = bytes, .how = how, .wait = std::move(wait)});
        self().on_waiting();
    }

    /// There may be room again; answers whether somebody still waits for it.
    bool resume_senders() {
        while (!senders_.empty()) {
            Sender& sender = senders_.front();
            if (!sender.wait->finished()) {
                Result<> sent = self().send_now(sender.bytes, sender.how);
                if (!sent && sent.error().code == Errc::exhausted) return true;
                sender.wait->finish(std::move(sent));
            }
            senders_.pop_front();
        }
        return false;
    }

protected:
    Link(std::shared_ptr<Core> core, Id id) : core_(std::move(core)), id_(id) {}
    ~Link() = default;

    /// The engine forgets what has ended at once; its last event may still be on the way to us.
    static Result<> said_by_engine(Result<> answer, std::string_view gone) {
        if (answer || answer.error().code != Errc::not_found) return answer;
        return fail(Errc::closed, gone);
    }
    bool has_senders() const { return !senders_.empty(); }
    void fail_senders(const Error& error) {
        while (!senders_.empty())
            senders_.pop_front().wait->finish(std::unexpected{error});
    }

    std::shared_ptr<Core> core_;
    bool abandoned_ = false; ///< nobody holds a handle any more

private:
    struct Sender {
        Bytes bytes;
        What how;
        WaitPointer<void> wait;
    };

    Self& self() { return static_cast<Self&>(*this); }

    Id id_;
    Queue<Sender> senders_;
};

} // namespace hawser::detail
