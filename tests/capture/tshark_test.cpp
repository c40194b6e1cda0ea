// Wireshark opens our logs as they are: no settings, an empty home.
#include <hawser/capture/log.hpp>

#include <hawser/wire/sctp/sack.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <sstream>

#include <sys/wait.h>

#include "capture/session.hpp"
#include "support/pair.hpp"

namespace hawser::capture {
namespace {

using test::Conversation;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

struct Output {
    int status = 0;
    std::vector<std::string> lines;
};

bool has_tool(const std::string& name) {
    return WEXITSTATUS(std::system(("command -v " + name + " >/dev/null 2>&1").c_str())) == 0;
}

class Tshark : public testing::Test {
protected:
    void SetUp() override {
        if (!has_tool("tshark") || !has_tool("capinfos")) {
            GTEST_SKIP() << "tshark or capinfos is missing: nothing was checked against Wireshark";
        }
        std::filesystem::create_directory(folder_ / "home");
    }

    Output run(const std::string& tool, const std::string& arguments) {
        const std::string command = "env -i PATH=\"$PATH\" HOME='" + (folder_ / "home").string() +
                                    "' " + tool + " " + arguments + " 2>/dev/null";
        Output output;
        FILE* pipe = popen(command.c_str(), "r");
        std::string text;
        std::array<char, 4096> part{};
        while (const std::size_t got = std::fread(part.data(), 1, part.size(), pipe)) {
            text.append(part.data(), got);
        }
        output.status = WEXITSTATUS(pclose(pipe));
        std::istringstream lines{text};
        for (std::string line; std::getline(lines, line);)
            output.lines.push_back(line);
        return output;
    }

    /// The fields of the frames that `filter` lets through, separated by `|`. In the same run
    /// (tshark takes its time to start) no frame may be malformed.
    std::vector<std::string> fields(const std::string& names, const std::string& filter = "frame",
                                    const std::string& options = {}) {
        std::string arguments = "-r '" + file().string() + "' " + options + " -Y '(" + filter +
                                ") || _ws.malformed' -T fields -E 'separator=|' -e _ws.malformed";
        std::istringstream each{names};
        for (std::string name; each >> name;)
            arguments += " -e " + name;
        Output output = run("tshark", arguments);
        EXPECT_EQ(output.status, 0);
        for (std::string& line : output.lines) {
            EXPECT_TRUE(line.starts_with('|')) << "malformed: " << line;
            line.erase(0, 1);
        }
        return output.lines;
    }

    std::filesystem::path file() const { return folder_ / "a.pcapng"; }

    /// Logs everything that `show` does to a tap.
    template <class Show>
    void log(Show&& show, const AttachOptions& options = {},
             const LogOptions& log_options = test::options_of_a_test()) {
        auto log = Log::open(file(), log_options);
        ASSERT_TRUE(log);
        show(*log->attach("alpha", options));
        ASSERT_TRUE(log->close());
    }

    test::TemporaryFolder folder_;
};

/// Data both ways with different markings, a loss, a retransmission.
Conversation marked_conversation() {
    Conversation talk;
    talk.handshake();
    talk.out(test::data_chunk(1000, 5, 0, 1234, "hello"),
             {.dscp = Dscp::ef, .ecn = Ecn::ect1, .hop_limit = 63});
    talk.in(test::data_chunk(1000, 6, 0, 77, "answer"), {.dscp = Dscp::af41, .ecn = Ecn::ce});
    talk.shutdown();
    return talk;
}

TEST_F(Tshark, SeesStreamsPpidsAndMarkingsOnTheWire) {
    const Conversation talk = marked_conversation();
    log([&](Tap& tap) { talk.show(tap); });
    EXPECT_THAT(
        fields("ip.src ip.dst udp.srcport udp.dstport ip.dsfield.dscp ip.dsfield.ecn ip.ttl "
               "sctp.data_sid sctp.data_payload_proto_id",
               "sctp.data_sid"),
        ElementsAre("192.0.2.1|198.51.100.7|40000|9899|46|1|63|0x0005|1234",
                    "198.51.100.7|192.0.2.1|9899|40000|34|3|64|0x0006|77"));
}

// The one test with an option: by default tshark believes every checksum.
TEST_F(Tshark, FindsEveryChecksumRight) {
    const Conversation talk = marked_conversation();
    log([&](Tap& tap) { talk.show(tap); });
    EXPECT_THAT(fields("ip.checksum.status udp.checksum.status sctp.checksum.status", "frame",
                       "-o ip.check_checksum:TRUE -o udp.check_checksum:TRUE "
                       "-o sctp.checksum:CRC-32C"),
                AllOf(SizeIs(9), Each("1|1|1")));
}

TEST_F(Tshark, SeesTheSameOverIpv6) {
    Conversation talk = marked_conversation();
    talk.path.local = *Address::parse("[2001:db8::1]:40000");
    talk.path.remote = *Address::parse("[2001:db8::2]:9899");
    log([&](Tap& tap) { talk.show(tap); });
    EXPECT_THAT(fields("ipv6.src ipv6.tclass.dscp ipv6.tclass.ecn ipv6.hlim sctp.data_sid",
                       "sctp.data_sid"),
                ElementsAre("2001:db8::1|46|1|63|0x0005", "2001:db8::2|34|3|64|0x0006"));
}

TEST_F(Tshark, SeesRawSctp) {
    Conversation talk = marked_conversation();
    talk.path.protocol = Protocol::ip;
    log([&](Tap& tap) { talk.show(tap); });
    EXPECT_THAT(fields("ip.proto ip.dsfield.dscp", "sctp.data_sid"),
                ElementsAre("132|46", "132|34"));
}

TEST_F(Tshark, SeesDirectionIdTimeAndInterface) {
    const Conversation talk = marked_conversation();
    log([&](Tap& tap) { talk.show(tap); });
    const auto lines = fields("frame.time_epoch frame.packet_flags_direction frame.packet_id "
                              "frame.interface_name");
    ASSERT_THAT(lines, SizeIs(9));
    EXPECT_EQ(lines[0], "1767225600.000000000|0x00000002|1|alpha/wire");
    EXPECT_EQ(lines[1], "1767225600.010000000|0x00000001|1|alpha/wire");
    EXPECT_EQ(lines[2], "1767225600.020000000|0x00000002|2|alpha/wire");
}

TEST_F(Tshark, SeesWhyPacketsWereDropped) {
    const Conversation talk = marked_conversation();
    log([&](Tap& tap) {
        talk.show_step(tap, 5, Layer::wire, Verdict::bad_tag);
        talk.show_step(tap, 4, Layer::wire, Verdict::send_refused, "no such marking");
        talk.show_step(tap, 4, Layer::wire);
    });
    EXPECT_THAT(fields("frame.comment"),
                ElementsAre("rx drop=bad_tag", "tx refused=send_refused,no such marking", ""));
}

TEST_F(Tshark, SeesSctpOnAnyPortThroughTheClearView) {
    Conversation talk = marked_conversation();
    talk.path.remote = talk.path.remote.with_port(3999);
    log([&](Tap& tap) {
        for (std::size_t i = 0; i < talk.steps.size(); ++i) {
            talk.show_step(tap, i, Layer::sctp);
            talk.show_step(tap, i, Layer::wire);
        }
    });
    EXPECT_THAT(
        fields("frame.interface_name ip.src ip.dst sctp.data_sid frame.packet_id", "sctp.data_sid"),
        ElementsAre("alpha/clear|192.0.2.1|198.51.100.7|0x0005|3",
                    "alpha/clear|198.51.100.7|192.0.2.1|0x0006|3"));
}

// Real ones, of two engines: the parameters of INIT and INIT ACK, and AUTH before DATA.
TEST_F(Tshark, SeesWhatIsAuthenticated) {
    hawser::sctp::Options options;
    options.authentication = {.chunks = {sctp::ChunkType::data},
                              .hmacs = {sctp::HmacId::sha256, sctp::HmacId::sha1},
                              .keys = {{.id = sctp::KeyId{7}, .secret = {}}},
                              .active_key = sctp::KeyId{7}};
    hawser::test::Pair pair{options};
    log(
        [&](Tap& tap) {
            pair.a.set_tap(&tap);
            ASSERT_TRUE(pair.z.listen(7002)); // a port that says nothing of what is in it
            ASSERT_TRUE(pair.a.connect(pair.network().address(pair.z.id), 7002));
            pair.settle();
            ASSERT_TRUE(pair.a.send("text"));
            pair.run_for(std::chrono::seconds{1});
            pair.a.set_tap(nullptr);
        },
        {.clear = Clear::always});
    EXPECT_THAT(fields("sctp.chunk_type_to_auth sctp.hmac_id sctp.shared_key_id sctp.chunk_type",
                       "sctp.hmac_id"),
                ElementsAre("0|3,1||1", "0|3,1||2", "|3|7|15,0"));
}

TEST_F(Tshark, FindsTheWireViewEnoughWhereTheClearOneIsLeftOut) {
    struct Case {
        std::uint16_t local, remote;
    };
    log([&](Tap& tap) {
        for (const Case ports : {Case{40'000, 9899}, Case{9899, 9899}, Case{9899, 40'000}}) {
            Conversation talk = marked_conversation();
            talk.path.local = talk.path.local.with_port(ports.local);
            talk.path.remote = talk.path.remote.with_port(ports.remote);
            EXPECT_FALSE(clear_is_needed(talk.path));
            talk.show(tap);
        }
    });
    EXPECT_THAT(fields("sctp.data_sid", "sctp.data_sid"), SizeIs(6));
}

TEST_F(Tshark, ReadsWhatIsLeftOfACutFile) {
    const Conversation talk = marked_conversation();
    log([&](Tap& tap) { talk.show(tap); });
    test::Packet bytes = test::read_file(file());
    bytes.resize(bytes.size() / 2);
    test::write_file(file(), bytes);
    const Output output = run("tshark", "-r '" + file().string() + "' -T fields -e frame.number");
    EXPECT_EQ(output.status, 2); // "cut short in the middle of a packet", and all before it
    EXPECT_GE(output.lines.size(), 3u);
}

TEST_F(Tshark, FindsTheKeysAndTheStatistics) {
    const Conversation talk = marked_conversation();
    LogOptions options = test::options_of_a_test();
    options.keys = true;
    options.comment = "a test's own words";
    log(
        [&](Tap& tap) {
            tap.secret("CLIENT_RANDOM " + std::string(64, 'a') + " " + std::string(96, 'b'));
            talk.show(tap);
            talk.show_step(tap, 5, Layer::wire, Verdict::bad_tag);
        },
        {}, options);
    const Output info = run("capinfos", "'" + file().string() + "'");
    EXPECT_EQ(info.status, 0);
    EXPECT_THAT(info.lines, Contains(HasSubstr("hawser")));
    EXPECT_THAT(info.lines, Contains(HasSubstr("a test's own words")));
    EXPECT_THAT(info.lines, Contains(HasSubstr("Name = alpha/wire")));
    const Output secrets =
        run("capinfos", "-M '" + file().string() + "'"); // and it counts the secrets block
    EXPECT_THAT(secrets.lines, Contains(HasSubstr("ecryption secrets")));
    const Output stripped = run("editcap", "--discard-all-secrets '" + file().string() + "' '" +
                                               (folder_ / "b.pcapng").string() + "'");
    EXPECT_EQ(stripped.status, 0);
    EXPECT_THAT(as_text(test::read_file(folder_ / "b.pcapng")), Not(HasSubstr("CLIENT_RANDOM")));
}

TEST_F(Tshark, KeepsTheEndpointsOfOneFileApart) {
    const Conversation talk = marked_conversation();
    auto log = Log::open(file(), test::options_of_a_test());
    ASSERT_TRUE(log);
    const auto alpha = log->attach("alpha");
    const auto beta = log->attach("beta");
    talk.show(*alpha);
    talk.show(*beta);
    ASSERT_TRUE(log->close());
    EXPECT_THAT(fields("frame.number", "frame.interface_name == \"beta/wire\""), SizeIs(9));
    EXPECT_THAT(fields("frame.number", "frame.packet_id == 1"),
                SizeIs(2)); // one each way, of alpha
}

} // namespace
} // namespace hawser::capture
