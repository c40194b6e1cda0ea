#include <hawser/core/ancillary.hpp>

#include <gtest/gtest.h>

#include <concepts>
#include <utility>

namespace hawser {
namespace {

// --- what must not compile ---

static_assert(!std::is_convertible_v<Dscp, Ecn> && !std::is_convertible_v<Ecn, Dscp>);
static_assert(!std::is_assignable_v<std::optional<Dscp>&, Ecn>, "an ECN is not a DSCP");
static_assert(!std::is_assignable_v<std::optional<Ecn>&, Dscp>);
static_assert(!std::is_assignable_v<std::optional<Dscp>&, int>, "nor is just any number");

TEST(Dscp, HasNamesThatReadBack) {
    std::size_t named = 0;
    for (unsigned value = 0; value < 64; ++value) {
        const auto dscp = static_cast<Dscp>(value);
        const std::string text = to_string(dscp);
        EXPECT_EQ(parse_dscp(text), dscp) << text;
        EXPECT_EQ(parse_dscp(std::to_string(value)), dscp);
        if (text != std::to_string(value)) ++named;
    }
    EXPECT_EQ(named, 23u);
}

TEST(Dscp, IsReadInAnyCase) {
    EXPECT_EQ(parse_dscp("ef"), Dscp::ef);
    EXPECT_EQ(parse_dscp("Af41"), Dscp::af41);
    EXPECT_EQ(parse_dscp("voice-admit"), Dscp::voice_admit);
    EXPECT_EQ(parse_dscp("VOICE_ADMIT"), Dscp::voice_admit);
    EXPECT_EQ(to_string(Dscp::ef), "EF");
    EXPECT_EQ(to_string(Dscp{5}), "5");
}

TEST(Dscp, RefusesWhatIsNone) {
    for (const char* text : {"", "64", "-1", "ef ", "af44", "0x2e", "eff", "4.5", "255"}) {
        const auto dscp = parse_dscp(text);
        ASSERT_FALSE(dscp) << text;
        EXPECT_EQ(dscp.error().code, Errc::invalid_argument);
    }
}

TEST(Ecn, HasNamesThatReadBack) {
    for (const Ecn ecn : {Ecn::not_ect, Ecn::ect1, Ecn::ect0, Ecn::ce}) {
        EXPECT_EQ(parse_ecn(to_string(ecn)), ecn);
        EXPECT_EQ(parse_ecn(std::to_string(std::to_underlying(ecn))), ecn);
    }
    EXPECT_EQ(parse_ecn("ect1"), Ecn::ect1);
    EXPECT_EQ(parse_ecn("not-ect"), Ecn::not_ect);
    EXPECT_EQ(std::to_underlying(Ecn::ect1), 1) << "RFC 3168 §5: ECT(1) is 01, ECT(0) is 10";
    EXPECT_EQ(parse_ecn("2"), Ecn::ect0);
    for (const char* text : {"", "4", "ect", "ect2", "ECT(2)", "ce "}) {
        EXPECT_FALSE(parse_ecn(text)) << text;
    }
}

TEST(Ancillary, IsEmptyUntilSomethingIsAskedFor) {
    EXPECT_TRUE(Ancillary{}.empty());
    EXPECT_FALSE(Ancillary{.dscp = Dscp::cs0}.empty()) << "class 0 is not the socket's default";
    EXPECT_FALSE(Ancillary{.received_at = ReceiveTime{}}.empty());
    Ancillary extra;
    extra.extra.push_back({.level = 1, .type = 2, .data = {}});
    EXPECT_FALSE(extra.empty());
}

TEST(Ancillary, ComparesAllButTheTimeOfReceipt) {
    using namespace std::chrono_literals;
    const Ancillary base{.dscp = Dscp::ef, .hop_limit = 3};
    Ancillary same = base;
    same.received_at = ReceiveTime{};
    EXPECT_EQ(base, same);

    const auto differs = [&base](auto change) {
        Ancillary changed = base;
        change(changed);
        return !(changed == base);
    };
    EXPECT_TRUE(differs([](Ancillary& a) { a.dscp.reset(); }));
    EXPECT_TRUE(differs([](Ancillary& a) { a.ecn = Ecn::not_ect; }));
    EXPECT_TRUE(differs([](Ancillary& a) { a.hop_limit = 4; }));
    EXPECT_TRUE(differs([](Ancillary& a) { a.dont_fragment = false; }));
    EXPECT_TRUE(differs([](Ancillary& a) { a.interface_index = 1; }));
    EXPECT_TRUE(differs([](Ancillary& a) { a.flow_label = 0; }));
    EXPECT_TRUE(differs([](Ancillary& a) { a.mark = 0; }));
    EXPECT_TRUE(differs([](Ancillary& a) { a.priority = 0; }));
    EXPECT_TRUE(differs([](Ancillary& a) { a.send_at = SendTime{Instant{} + 1s}; }));
    EXPECT_TRUE(differs([](Ancillary& a) { a.extra.push_back({}); }));
}

TEST(Ancillary, LaysItselfOverDefaults) {
    Ancillary defaults{.dscp = Dscp::cs1,
                       .ecn = Ecn::ect0,
                       .hop_limit = 9,
                       .dont_fragment = true,
                       .interface_index = 1,
                       .flow_label = 2,
                       .mark = 3,
                       .priority = 4,
                       .send_at = SendTime{}};
    defaults.extra.push_back({.level = 1, .type = 2, .data = {}});
    Ancillary expected = defaults;
    expected.send_at.reset();
    EXPECT_EQ(Ancillary{}.over(defaults), expected) << "times are no defaults";
    expected.dscp = Dscp::ef;
    EXPECT_EQ(Ancillary{.dscp = Dscp::ef}.over(defaults), expected);
    EXPECT_EQ(defaults.over({}), defaults);
}

TEST(Ancillary, IsPrintedForPeople) {
    EXPECT_EQ(to_string(Ancillary{}), "");
    EXPECT_EQ(to_string(Ancillary{.dscp = Dscp::ef, .ecn = Ecn::ect1, .hop_limit = 64}),
              "EF ECT(1) hop limit 64");
}

TEST(ControlMessages, CopyWhatTheyHoldAndCostAPointerWhileEmpty) {
    static_assert(sizeof(ControlMessages) == sizeof(void*));
    ControlMessages messages;
    messages.push_back({.level = 1, .type = 2, .data = {std::byte{3}}});
    ControlMessages copy = messages;
    EXPECT_EQ(copy, messages);
    copy.push_back({});
    EXPECT_EQ(messages.size(), 1u) << "a copy is apart";
    EXPECT_NE(copy, messages);
    copy = messages;
    EXPECT_EQ(copy, messages);
    copy = std::move(messages);
    EXPECT_EQ(copy.begin()->data.size(), 1u);
    copy.clear();
    EXPECT_TRUE(copy.empty());
    EXPECT_EQ(copy, ControlMessages{});
    EXPECT_EQ(copy.begin(), copy.end());
}

} // namespace
} // namespace hawser
