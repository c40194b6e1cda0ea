#include "endpoint/play.hpp"

#include <hawser/net/clock.hpp>

namespace hawser::test {
namespace {

struct Recorder final : Tap {
    void seen(const Sighting& sighting) override {
        ++(sighting.layer == Layer::wire ? wire : clear);
        names.emplace_back(sighting.endpoint);
    }
    int wire = 0;
    int clear = 0;
    std::vector<std::string> names;
};

class Taps : public Play {};

TEST_F(Taps, SeeTheViewsThatWereAskedFor) {
    Recorder recorder;
    play([&, this]() -> Act {
        SctpEndpointOptions watched = on_loopback();
        watched.name = "watched";
        watched.tap = &recorder;
        Pair pair = co_await connect(watched);
        EXPECT_GE(recorder.wire, 4); // the handshake
        EXPECT_EQ(recorder.clear, 0);
        EXPECT_EQ(recorder.names.front(), "watched");

        pair.client.set_tap(&recorder, {.wire = false, .clear = true});
        const int before = recorder.wire;
        must(pair.here.send(as_bytes("hello")));
        must(co_await pair.there.within(5s).receive());
        EXPECT_GE(recorder.clear, 1);
        EXPECT_EQ(recorder.wire, before);

        pair.client.set_tap(nullptr);
        const int clear = recorder.clear;
        must(pair.here.send(as_bytes("unseen")));
        must(co_await pair.there.within(5s).receive());
        EXPECT_EQ(recorder.clear, clear);
    });
}

} // namespace
} // namespace hawser::test
