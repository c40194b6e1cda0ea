// hawser and usrsctp in one process and in virtual time, on networks that lose, repeat and reorder:
// each message once and in the order of its stream, those given up reported, no ABORT, a graceful
// end. HAWSER_SEEDS=N plays more of them, HAWSER_SEED=n only that one.
//
// What was seen of usrsctp 0.9.5 and is spared it here:
// - A fragment of a message that FORWARD TSN has skipped, and that was on its way already, makes it
//   abort. So what hawser gives up here fits into a packet, and neither side gives up I-DATA, of
//   whose fragments more are under way (give_up.sh has both, where nothing overtakes). Unordered
//   messages of which a part was given up it may give out in pieces.
// - It gives the MID of a message that it has given up to the next one, too, which is then skipped.
// - It gives out no part of a message of I-DATA before its window is full, and then opens it no
//   more: what is under construction at a time has to fit.
// - It says FORWARD TSN again when a SACK asks for it, and by no timer: if the last one is lost and
//   nothing comes after it, it ends no association. So it says a few words before that.
// - Not spared: where its reset is answered with "in progress" (RFC 6525 §4.4), it may ask again by
//   another number and then go on with the old SSNs, so that its messages wait (one seed of 4000).
// - Where it listens in AF_CONN it takes no COOKIE ECHO after AUTH (over UDP it does).
#include "interop/usrsctp/usrsctp_side.hpp"
#include "support/sctp_bytes.hpp"
#include "support/seeds.hpp"
#include "support/side.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <map>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kUsualSeeds = 100;
constexpr std::uint16_t kPort = 5001;
constexpr Duration kPatience = 30min; // of virtual time, for all to arrive
constexpr std::uint32_t kRetransmissionsMax = 1'000;
constexpr std::size_t kBurst = 8;
constexpr int kLastWords = 5;
constexpr std::size_t kOnePacketBytes = 1'000;
constexpr std::size_t kAnySize = 1'000'000;

/// What a seed decides.
struct Plan {
    explicit Plan(std::uint64_t seed) : random{seed} {
        interleaving = random.chance(0.5);
        authentication = random.chance(0.3);
        gives_up = !interleaving && random.chance(0.5);
        resets = random.chance(0.4);
        hawser_connects = random.chance(0.5);
        streams = static_cast<std::uint16_t>(1 + random.below(8));
        messages = 5 + random.below(60);
        largest_bytes = random.chance(0.5) ? 3'000 : 30'000;
    }

    sctp::Options hawser() const {
        sctp::Options options;
        options.outbound_streams = options.inbound_streams_max = streams;
        options.interleaving = interleaving;
        options.forward_tsn = true;
        options.reconfiguration = true;
        options.association_retransmissions_max = kRetransmissionsMax;
        options.path_retransmissions_max = kRetransmissionsMax;
        options.init_retransmissions_max = kRetransmissionsMax;
        options.rto_max = 2s;
        options.shutdown_guard = 1h;
        if (interleaving) options.scheduler = sctp::StreamScheduler::round_robin;
        if (!authentication) return options;
        sctp::Authentication wanted;
        for (const std::uint8_t type : authenticated())
            wanted.chunks.push_back(sctp::ChunkType{type});
        const Bytes secret = as_bytes(UsrsctpSide::kSecret);
        wanted.keys.push_back({.id = sctp::KeyId{1}, .secret{secret.begin(), secret.end()}});
        wanted.active_key = sctp::KeyId{1};
        options.authentication = wanted;
        return options;
    }
    UsrsctpOptions usrsctp() const {
        return {.streams = streams,
                .interleaving = interleaving,
                .authenticated = authentication ? authenticated() : std::vector<std::uint8_t>{}};
    }
    std::vector<std::uint8_t> authenticated() const {
        std::vector<std::uint8_t> types{kData, kSack, kAbort, kShutdown, kIData};
        if (!hawser_connects) types.push_back(kCookieEcho);
        return types;
    }
    Link link() {
        const double worst = random.chance(0.2) ? 0 : 0.1;
        const auto up_to = [&](double most) {
            return most * static_cast<double>(random.below(1'000)) / 1'000;
        };
        return {.loss = up_to(worst),
                .duplication = up_to(worst / 2),
                .reordering = up_to(worst),
                .reordering_delay = 20ms,
                .latency = 1ms + random.below(40) * 1ms,
                .jitter = random.below(3) * 1ms};
    }

    SeededRandom random;
    bool interleaving, authentication, gives_up, resets, hawser_connects;
    std::uint16_t streams;
    std::uint64_t messages; ///< of each side
    std::size_t largest_bytes;
};

/// What each message begins with. Its other bytes follow from that.
struct Head {
    std::uint32_t index; ///< of its sender's messages
    std::uint32_t bytes;
    std::uint16_t stream;
    std::uint8_t unordered;
    std::uint8_t limited; ///< it may be given up
};

std::vector<std::byte> payload(const Head& head) {
    std::vector<std::byte> bytes(head.bytes);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(head.index * 31 + i * 7);
    std::memcpy(bytes.data(), &head, sizeof head);
    return bytes;
}

/// The messages of one direction: what was sent, what has come, what was reported.
class Direction {
public:
    /// Messages that may be given up have no more than `limited_bytes_max`.
    Direction(std::string name, std::size_t limited_bytes_max)
        : name_{std::move(name)}, limited_bytes_max_{limited_bytes_max} {}

    Head draw(Plan& plan, bool may_be_limited) {
        const bool limited = may_be_limited && plan.gives_up && plan.random.chance(0.5);
        const std::size_t most =
            limited ? std::min(plan.largest_bytes, limited_bytes_max_) : plan.largest_bytes;
        return {.index = static_cast<std::uint32_t>(sent_.size()),
                .bytes = static_cast<std::uint32_t>(sizeof(Head) + plan.random.below(most)),
                .stream = static_cast<std::uint16_t>(plan.random.below(plan.streams)),
                .unordered = !limited && plan.random.chance(0.3),
                .limited = limited};
    }
    void sent(const Head& head) { sent_.push_back({.head = head}); }
    std::size_t count() const { return sent_.size(); }

    void came(Bytes bytes, std::uint16_t stream, bool unordered) {
        Head head{};
        ASSERT_GE(bytes.size(), sizeof head) << name_;
        std::memcpy(&head, bytes.data(), sizeof head);
        ASSERT_LT(head.index, sent_.size()) << name_;
        Message& message = sent_[head.index];
        EXPECT_TRUE(std::ranges::equal(bytes, payload(message.head)))
            << name_ << ": message " << head.index << " is another";
        EXPECT_EQ(stream, message.head.stream) << name_;
        EXPECT_EQ(unordered, message.head.unordered != 0) << name_;
        EXPECT_FALSE(std::exchange(message.came, true))
            << name_ << ": message " << head.index << " came twice";
        if (unordered) return;
        auto& next = next_[stream];
        EXPECT_GE(head.index, next) << name_ << ": out of order on stream " << stream;
        next = head.index + 1;
    }
    void failed(std::uint64_t index) { sent_[index].failed = true; }

    /// All that has to come has come.
    bool done() const {
        return std::ranges::all_of(
            sent_, [](const Message& it) { return it.came || it.head.limited != 0; });
    }
    std::string missing() const {
        std::string text;
        for (const Message& it : sent_)
            if (!it.came && it.head.limited == 0)
                text += fmt::format(" {} (stream {}{}, {} bytes)", it.head.index, it.head.stream,
                                    it.head.unordered != 0 ? "U" : "", it.head.bytes);
        return text;
    }
    /// What did not come was reported. Of one who reports.
    void expect_reports() const {
        for (const Message& it : sent_)
            EXPECT_TRUE(it.came || it.failed) << name_ << ": message " << it.head.index;
    }

private:
    struct Message {
        Head head;
        bool came = false;
        bool failed = false;
    };
    std::string name_;
    std::size_t limited_bytes_max_;
    std::vector<Message> sent_;
    std::map<std::uint16_t, std::uint32_t> next_; ///< index by stream
};

class UsrsctpRun {
public:
    explicit UsrsctpRun(std::uint64_t seed)
        : plan_{seed},
          world_{seed},
          hawser_{world_, kHawser, plan_.hawser(), seed},
          usrsctp_{world_, kUsrsctp, kHawser, plan_.usrsctp(), seed} {
        for (const NodeId id : {hawser_.id, usrsctp_.id}) {
            world_.network.link(id) = plan_.link();
            world_.network.set_hook(id, [this](WireDatagram& packet) { return look(packet); });
        }
    }

    void run() {
        SCOPED_TRACE(fmt::format("I-DATA {}, AUTH {}, PR-SCTP {}, RE-CONFIG {}, {} connects",
                                 plan_.interleaving, plan_.authentication, plan_.gives_up,
                                 plan_.resets, plan_.hawser_connects ? "hawser" : "usrsctp"));
        begin();
        const Instant late = world_.now() + kPatience;
        while (!complete() && world_.now() < late && !testing::Test::HasFailure())
            turn();
        ASSERT_TRUE(complete()) << "missing of hawser's:" << forth_.missing()
                                << "; of usrsctp's:" << back_.missing() << "; " << usrsctp_.lost;
        end();
    }

private:
    static inline const Address kHawser = Address::ipv4({10, 0, 0, 1}, 9899);
    static inline const Address kUsrsctp = Address::ipv4({10, 0, 0, 2}, 9899);

    /// No honest end has a reason to abort. Who has ended an association answers what comes late.
    bool look(const WireDatagram& packet) {
        const ReadPacket read = take_apart(packet.bytes);
        const std::string seen =
            fmt::format("{:.6f} {} > {}",
                        std::chrono::duration<double>(world_.now().time_since_epoch()).count(),
                        to_string(packet.path.local), describe(read));
        if (trace_) fmt::print("{}\n", seen);
        const bool ended = packet.path.local == kHawser
                               ? ending_ && hawser_.state() == sctp::State::closed
                               : usrsctp_.over();
        EXPECT_TRUE(ended || !read.has(kAbort)) << seen;
        return true;
    }

    void begin() {
        if (plan_.hawser_connects) {
            usrsctp_.listen(kPort);
            ASSERT_TRUE(hawser_.connect(kUsrsctp, kPort, {.local_port = kPort}));
        } else {
            ASSERT_TRUE(hawser_.listen(kPort));
            usrsctp_.connect(kPort);
        }
        ASSERT_TRUE(
            world_.run_until([this] { return hawser_.is_up() && usrsctp_.up(); }, kPatience))
            << "no association: " << usrsctp_.lost;
        EXPECT_EQ(hawser_.status().interleaving, plan_.interleaving);
        EXPECT_EQ(hawser_.status().authentication, plan_.authentication);
        EXPECT_TRUE(hawser_.status().partial_reliability);
    }

    bool complete() const {
        return forth_.count() == plan_.messages && back_.count() == plan_.messages &&
               forth_.done() && back_.done();
    }

    void turn() {
        speak_hawser();
        speak_usrsctp();
        if (plan_.resets && plan_.random.chance(0.02)) reset();
        world_.run_for(1ms + plan_.random.below(50) * 1ms);
        hear();
        EXPECT_EQ(usrsctp_.lost, "");
    }

    void speak_hawser() {
        for (std::size_t i = plan_.random.below(kBurst); i > 0; --i) {
            if (forth_.count() == plan_.messages) return;
            const Head head = forth_.draw(plan_, true);
            sctp::SendOptions options{.stream = sctp::StreamId{head.stream},
                                      .unordered = head.unordered != 0};
            options.context = head.index;
            if (head.limited != 0 && plan_.random.chance(0.5))
                options.retransmissions_max = static_cast<std::uint8_t>(plan_.random.below(2));
            else if (head.limited != 0)
                options.lifetime = 1ms + plan_.random.below(300) * 1ms;
            const auto sent = hawser_.send(Bytes{payload(head)}, options);
            if (!sent) {
                EXPECT_EQ(sent.error().code, Errc::exhausted);
                return;
            }
            forth_.sent(head);
        }
    }

    void speak_usrsctp() {
        for (std::size_t i = plan_.random.below(kBurst); i > 0; --i) {
            if (back_.count() == plan_.messages) return;
            const Head head = back_.draw(plan_, true);
            UsrsctpLimit limit;
            if (head.limited != 0 && plan_.random.chance(0.5))
                limit = {.policy = SCTP_PR_SCTP_RTX,
                         .value = static_cast<std::uint32_t>(plan_.random.below(2))};
            else if (head.limited != 0)
                limit = {.policy = SCTP_PR_SCTP_TTL,
                         .value = static_cast<std::uint32_t>(1 + plan_.random.below(300))};
            const auto bytes = payload(head);
            if (!usrsctp_.send(head.stream, head.unordered != 0, limit, bytes)) return;
            back_.sent(head);
        }
    }

    void reset() {
        if (plan_.random.chance(0.5)) {
            usrsctp_.reset_outgoing();
            return;
        }
        const auto begun = hawser_.engine->reset_streams(
            hawser_.association(), {.direction = sctp::StreamDirection::outgoing, .streams = {}},
            world_.now());
        EXPECT_TRUE(begun || begun.error().code == Errc::exhausted);
    }

    void hear() {
        while (const auto message = hawser_.message())
            back_.came(message->payload.bytes(), std::to_underlying(message->stream),
                       message->unordered);
        while (const auto failed = hawser_.event<sctp::SendFailed>())
            forth_.failed(failed->context);
        EXPECT_FALSE(hawser_.event<sctp::PeerError>());
        for (; !usrsctp_.messages.empty(); usrsctp_.messages.pop_front()) {
            const UsrsctpMessage& message = usrsctp_.messages.front();
            forth_.came(message.payload, message.stream, message.unordered);
        }
    }

    /// Each has a SACK, and so another FORWARD TSN if the last one was lost.
    void say_last_words() {
        for (int i = 0; i < kLastWords; ++i) {
            world_.run_for(3s);
            const Head head = back_.draw(plan_, false);
            const auto bytes = payload(head);
            if (usrsctp_.send(head.stream, head.unordered != 0, {}, bytes)) back_.sent(head);
        }
        ASSERT_TRUE(world_.run_until(
            [this] {
                hear();
                return back_.done();
            },
            kPatience));
    }

    void end() {
        if (plan_.gives_up) say_last_words();
        ending_ = true;
        if (plan_.random.chance(0.5))
            usrsctp_.shutdown();
        else
            ASSERT_TRUE(hawser_.shutdown());
        ASSERT_TRUE(world_.run_until(
            [this] {
                return hawser_.state() == sctp::State::closed &&
                       (usrsctp_.over() || !usrsctp_.lost.empty());
            },
            kPatience))
            << "no end";
        hear();
        const auto closed = hawser_.event<sctp::Closed>();
        ASSERT_TRUE(closed);
        EXPECT_EQ(closed->reason, sctp::CloseReason::shutdown);
        // It sends RE-CONFIG beside SHUTDOWN ACK; that may come after the end, and is answered with
        // ABORT then (RFC 9260 §8.4), before a SHUTDOWN COMPLETE if the first of them was lost.
        EXPECT_TRUE(plan_.resets || usrsctp_.over()) << usrsctp_.lost;
        forth_.expect_reports();
    }

    Plan plan_;
    World world_;
    Side hawser_;
    UsrsctpSide usrsctp_;
    Direction forth_{"hawser's", kOnePacketBytes};
    Direction back_{"usrsctp's", kAnySize};
    bool ending_ = false;
    bool trace_ = std::getenv("HAWSER_TRACE") != nullptr; ///< print every packet
};

TEST(UsrsctpSimulation, KeepsEveryPromiseToUsrsctp) {
    for_each_seed(kUsualSeeds, [](std::uint64_t seed) { UsrsctpRun{seed}.run(); });
}

} // namespace
} // namespace hawser::test
