#include "interop/blocking_peer.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <utility>

namespace hawser::interop {
namespace {

/// Messages to send back, from the thread that receives to the one that sends.
class Echoes {
public:
    void put(Load::Message message) {
        const std::lock_guard lock{mutex_};
        messages_.push_back(std::move(message));
        changed_.notify_one();
    }
    void close() {
        const std::lock_guard lock{mutex_};
        closed_ = true;
        changed_.notify_one();
    }
    /// nullopt once closed and empty.
    std::optional<Load::Message> take() {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return closed_ || !messages_.empty(); });
        if (messages_.empty()) return std::nullopt;
        Load::Message message = std::move(messages_.front());
        messages_.pop_front();
        return message;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Load::Message> messages_;
    bool closed_ = false;
};

class Player {
public:
    Player(const PeerArguments& arguments, Wire& wire) : arguments_{arguments}, wire_{wire} {}

    void run() {
        std::thread receiver{[this] { receive_all(); }};
        if (arguments_.echoes) {
            while (const auto message = echoes_.take())
                send(*message);
        } else {
            send_load(0);
            for (std::size_t i = 0; i < arguments_.wishes.size(); ++i) {
                make_come_true(i);
                send_load(i + 1);
            }
            sent_all_ = true;
            end_when_complete();
        }
        receiver.join();
        sent_.report("sent");
        received_.report("received");
        say(fmt::format("closed reason={}", reason_));
    }

private:
    void send_load(std::size_t wishes_done) {
        Load load{arguments_.seed, arguments_.load_after(wishes_done),
                  arguments_.streams_after(wishes_done), arguments_.largest_bytes};
        while (!load.done() && send(load.next())) {
        }
    }

    /// Asks for it once all that was sent has come back, and waits for it.
    void make_come_true(std::size_t index) {
        std::unique_lock lock{mutex_};
        const std::uint64_t sent = arguments_.bytes_before(index + 1);
        changed_.wait(lock, [&] { return ended_ || received_bytes_ >= sent; });
        if (ended_) return;
        if (!wire_.ask(arguments_.wishes[index])) die("ask");
        changed_.wait(lock, [&] { return ended_ || come_true_ > index; });
    }

    /// What the user hears of a wish begins so.
    static std::string_view note_of(Wish wish) {
        switch (wish) {
        case Wish::reset_outgoing: return "streams_reset outgoing";
        case Wish::reset_incoming: return "streams_reset incoming";
        case Wish::reset_all: return "association_reset";
        case Wish::add_outgoing:
        case Wish::add_incoming: return "streams_added";
        }
        return {};
    }

    void noted(const std::string& note) {
        say(fmt::format("event {}", note));
        const std::lock_guard lock{mutex_};
        const auto& wishes = arguments_.wishes;
        if (come_true_ < wishes.size() && note.starts_with(note_of(wishes[come_true_])))
            ++come_true_;
        changed_.notify_all();
    }

    bool send(const Load::Message& message) {
        if (!wire_.send(message)) return false;
        sent_.add(message.stream, message.payload, true);
        return true;
    }

    /// The side that connected ends the association; the other one's data has all come by then.
    void end_when_complete() {
        if (arguments_.listens || arguments_.echoes || !sent_all_) return;
        if (received_bytes_ < arguments_.expect || shutdown_begun_.exchange(true)) return;
        wire_.shut_down();
    }

    void receive_all() {
        for (;;) {
            const Arrival arrival = wire_.receive();
            if (arrival.kind == Arrival::Kind::end) break;
            if (arrival.kind == Arrival::Kind::data)
                take(arrival);
            else
                noted(arrival.note);
            if (arrival.reason) reason_ = *arrival.reason;
        }
        echoes_.close();
        const std::lock_guard lock{mutex_};
        ended_ = true;
        changed_.notify_all();
    }

    void take(const Arrival& arrival) {
        received_.add(arrival.stream, arrival.some, arrival.ends_message);
        {
            const std::lock_guard lock{mutex_};
            received_bytes_ = received_.bytes();
            changed_.notify_all();
        }
        message_.insert(message_.end(), arrival.some.begin(), arrival.some.end());
        if (arrival.ends_message) whole(arrival);
        end_when_complete();
    }

    /// `last` is the arrival that made the message whole.
    void whole(const Arrival& last) {
        if (arguments_.verbose) {
            say(fmt::format(
                "message stream={} ssn={} ppid={} tsn={} cumtsn={} unordered={:d} bytes={}",
                last.stream, last.ssn, last.ppid, last.tsn, last.cumulative_tsn, last.unordered,
                message_.size()));
        }
        std::vector<std::byte> payload = std::exchange(message_, {});
        if (!arguments_.echoes) return;
        Load::Message back;
        back.stream = last.stream;
        back.ppid = last.ppid;
        back.payload = std::move(payload);
        echoes_.put(std::move(back));
    }

    const PeerArguments& arguments_;
    Wire& wire_;
    Tally sent_;     // of the sending thread
    Tally received_; // of the receiving one
    std::vector<std::byte> message_;
    std::string reason_ = "none";
    Echoes echoes_;
    std::atomic<std::uint64_t> received_bytes_{0};
    std::atomic<bool> sent_all_{false};
    std::atomic<bool> shutdown_begun_{false};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t come_true_ = 0; // of the wishes, one after the other
    bool ended_ = false;
};

} // namespace

void play(const PeerArguments& arguments, Wire& wire) {
    Player{arguments, wire}.run();
}

void die(std::string_view what) {
    say(fmt::format("error {}: {}", what, std::strerror(errno)));
    std::_Exit(1);
}

} // namespace hawser::interop
