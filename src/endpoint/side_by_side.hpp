// Trying the addresses of a peer side by side: RFC 8305.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/core/result.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace hawser::detail {

/// Tries addresses until one answers. The next one joins when nothing was heard for a moment, and
/// at once when one has failed; what is still underway when one is up is dropped.
///
/// `Derived` has `Result<std::shared_ptr<Attempt>> attempt(const Address&)`, which calls `up` or
/// `failed` later, never at once, and `void drop(Attempt&)`, after which it calls neither.
template <class Derived, class Attempt>
class SideBySide : public std::enable_shared_from_this<Derived> {
public:
    using Done = std::move_only_function<void(Result<std::shared_ptr<Attempt>>)>;

    /// Nobody waits for it any more.
    void give_up() {
        done_ = nullptr;
        stop();
    }

protected:
    SideBySide(const boost::asio::any_io_executor& executor, Duration attempt_delay, Done done)
        : timer_(executor), attempt_delay_(attempt_delay), done_(std::move(done)) {}
    ~SideBySide() = default;

    bool is_over() const { return !done_; }
    void try_all(std::vector<Address> hosts) {
        hosts_ = std::move(hosts);
        try_next();
    }
    void up(const Attempt* attempt) { finish(take(attempt)); }
    void failed(const Attempt* attempt, const Error& why) {
        const auto keep = take(attempt);
        // What a peer answers says more than that nobody did.
        if (!why_not_ || is_answer(why) || !is_answer(*why_not_)) why_not_ = why;
        try_next();
    }
    /// The others would say the same.
    void failed_everywhere(const Attempt* attempt, const Error& why) {
        const auto keep = take(attempt);
        finish(std::unexpected{why});
    }
    void finish(Result<std::shared_ptr<Attempt>> result) {
        stop();
        if (auto done = std::exchange(done_, nullptr)) done(std::move(result));
    }

private:
    using Pointer = std::shared_ptr<Attempt>;
    /// So many have had seconds each when the next one is due: the oldest is dropped for it.
    static constexpr std::size_t kUnderwayMax = 16;

    Derived& derived() { return static_cast<Derived&>(*this); }
    static bool is_answer(const Error& why) {
        return why.code != Errc::unreachable && why.code != Errc::timed_out;
    }

    Pointer take(const Attempt* attempt) {
        const auto found = std::ranges::find(underway_, attempt, &Pointer::get);
        if (found == underway_.end()) return nullptr;
        Pointer taken = std::move(*found);
        underway_.erase(found);
        return taken;
    }
    void stop() {
        timer_.cancel();
        for (const Pointer& attempt : std::exchange(underway_, {}))
            derived().drop(*attempt);
    }
    void try_next();
    void begin_next();
    void wait();

    boost::asio::steady_timer timer_;
    Duration attempt_delay_;
    Done done_;
    std::vector<Address> hosts_;
    std::size_t next_ = 0;
    std::vector<Pointer> underway_; ///< the oldest first
    std::optional<Error> why_not_;
};

template <class Derived, class Attempt>
void SideBySide<Derived, Attempt>::try_next() {
    if (is_over()) return;
    begin_next();
    if (next_ < hosts_.size()) return wait();
    timer_.cancel();
    if (!underway_.empty()) return;
    constexpr Error kNowhere{Errc::invalid_argument, "no address to connect to"};
    finish(std::unexpected{why_not_.value_or(kNowhere)});
}

template <class Derived, class Attempt>
void SideBySide<Derived, Attempt>::begin_next() {
    while (next_ < hosts_.size()) {
        auto begun = derived().attempt(hosts_[next_++]);
        if (is_over()) return;
        if (!begun) {
            if (!why_not_) why_not_ = begun.error();
            continue;
        }
        if (underway_.size() == kUnderwayMax) {
            const Pointer oldest = take(underway_.front().get());
            derived().drop(*oldest);
        }
        underway_.push_back(*std::move(begun));
        return;
    }
}

template <class Derived, class Attempt>
void SideBySide<Derived, Attempt>::wait() {
    timer_.expires_after(attempt_delay_);
    timer_.async_wait([weak = this->weak_from_this()](const boost::system::error_code& error) {
        const std::shared_ptr<Derived> self = weak.lock();
        if (!error && self) static_cast<SideBySide&>(*self).try_next();
    });
}

} // namespace hawser::detail
