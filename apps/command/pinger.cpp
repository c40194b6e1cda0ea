#include "command/pinger.hpp"

#include "command/explain.hpp"

#include <hawser/net/clock.hpp>

namespace hawser::command {

void Pinger::start(const std::shared_ptr<Pinger>& self) {
    spawn(self->session_.executor(), read_answers(self));
}

asio::awaitable<void> Pinger::read_answers(std::shared_ptr<Pinger> self) {
    while (auto message = co_await self->connection_.receive()) {
        if (message->ppid != ppid_of(Kind::pong)) continue;
        if (const auto pong = Pong::read(message->bytes())) self->take(*pong, *message);
    }
    self->ended_ = true;
    self->changed_.notify();
}

void Pinger::take(const Pong& pong, const Message& message) {
    const auto found = asked_.find(pong.sequence);
    if (found == asked_.end() || found->second.answer) return;
    Asked& asked = found->second;
    asked.answer = PingAnswer{.sequence = pong.sequence,
                              .round_trip = net::Clock::now() - asked.at,
                              .sent = asked.sent,
                              .there = pong.seen,
                              .back = pong.sent,
                              .here = Marking::of(message.ancillary)};
    changed_.notify();
}

asio::awaitable<Outcome<std::optional<PingAnswer>>> Pinger::ask(std::shared_ptr<Pinger> self,
                                                                Question question) {
    const std::uint32_t sequence = self->next_++;
    const Ping ping{.sequence = sequence, .back = question.marking, .bytes = question.bytes};
    const Octets octets = ping.write();
    sctp::SendOptions options;
    options.stream = question.stream;
    options.ppid = ppid_of(Kind::ping);
    options.unordered = true; // a question that is lost holds up no other
    options.sack_immediately = true;
    options.ancillary = question.marking.ancillary();
    self->asked_[sequence] = {.sent = question.marking, .at = net::Clock::now()};
    const auto sent = self->connection_.send(octets, options);
    if (!sent) {
        co_return std::unexpected{
            explain_send(sent.error(), self->connection_, octets.size(), options)};
    }
    asio::steady_timer timer{self->session_.executor(), question.wait};
    timer.async_wait([self](const boost::system::error_code&) { self->changed_.notify(); });
    // The timer's own end: it wakes us once, and must not find us waiting for a later one.
    const auto until = timer.expiry();
    while (!self->asked_[sequence].answer && !self->ended_ &&
           asio::steady_timer::clock_type::now() < until)
        co_await self->changed_.wait();
    const auto answer = self->asked_[sequence].answer;
    self->asked_.erase(sequence);
    co_return answer;
}

asio::awaitable<Outcome<std::optional<PingAnswer>>>
Pinger::ask_by_heartbeat(std::shared_ptr<Pinger> self, Question question) {
    const std::uint32_t sequence = self->next_++;
    const Connection connection = self->connection_.within(question.wait);
    const auto result = co_await connection.heartbeat(question.marking.ancillary());
    if (!result && result.error().code == Errc::timed_out) co_return std::nullopt;
    if (!result) {
        co_return std::unexpected{explain_send(result.error(), connection, 0, {})};
    }
    co_return PingAnswer{.sequence = sequence,
                         .round_trip = result->round_trip.value_or(Duration{}),
                         .sent = question.marking,
                         .here = Marking::of(result->ancillary)};
}

} // namespace hawser::command
