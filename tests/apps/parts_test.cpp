#include "command/dialect.hpp"
#include "command/file_classes.hpp"
#include "command/file_name.hpp"
#include "command/file_table.hpp"
#include "command/locals.hpp"
#include "command/outgoing_file.hpp"
#include "command/table.hpp"
#include "command/target.hpp"
#include "command/text.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

namespace hawser::command {
namespace {

using namespace std::chrono_literals;

// --- text ---

TEST(Text, WritesNumbersAsPeopleReadThem) {
    EXPECT_EQ(human_bytes(0), "0 B");
    EXPECT_EQ(human_bytes(999), "999 B");
    EXPECT_EQ(human_bytes(1000), "1.0 kB");
    EXPECT_EQ(human_bytes(12'345'678), "12.3 MB");
    EXPECT_EQ(human_bytes(999'960'000), "1.0 GB");
    EXPECT_EQ(human_rate(100'000'000, 2s), "50.0 MB/s");
    EXPECT_EQ(human_rate(1, 0s), "-");
    EXPECT_EQ(human_duration(1234us), "1.23 ms");
    EXPECT_EQ(human_duration(12us), "12 us");
    EXPECT_EQ(human_duration(61s), "61.00 s");
    EXPECT_EQ(counted(1, "file"), "1 file");
    EXPECT_EQ(counted(2, "file"), "2 files");
    EXPECT_EQ(shown("a b"), "a b");
    EXPECT_EQ(shown(""), "\"\"");
}

TEST(Text, LetsNothingSteerTheTerminal) {
    EXPECT_EQ(escaped("plain\ttext"), "plain\ttext");
    EXPECT_EQ(escaped("\nhawser: all is well"), "\\x0ahawser: all is well") << "no line of ours";
    EXPECT_EQ(escaped_lines("two\nlines\r\n"), "two\nlines\\x0d\n");
    EXPECT_EQ(escaped("\x1b[2J"), "\\x1b[2J");
    EXPECT_EQ(escaped("\xc2\x9b"
                      "2J"),
              "\\x9b2J");                       // CSI as one character of UTF-8
    EXPECT_EQ(escaped("\xc3\xbc"), "\xc3\xbc"); // u with two dots is left alone
}

class OutgoingFiles : public testing::Test {
protected:
    OutgoingFiles() { std::ofstream{path} << std::string(100'000, 'x'); }
    ~OutgoingFiles() override { std::filesystem::remove(path); }

    std::string path =
        (std::filesystem::temp_directory_path() / ("hawser-outgoing-" + std::to_string(::getpid())))
            .string();
    std::vector<std::byte> block = std::vector<std::byte>(64 * 1024);
};

TEST_F(OutgoingFiles, AreReadToTheirEnd) {
    auto file = OutgoingFile::open(path, {});
    ASSERT_TRUE(file);
    EXPECT_EQ(file->read(block), std::size_t{64 * 1024});
    EXPECT_EQ(file->read(block), std::size_t{100'000 - 64 * 1024});
    EXPECT_EQ(file->read(block), std::size_t{0});
}

TEST_F(OutgoingFiles, ThatAreCutShortMeanwhileAreNotWhole) {
    auto file = OutgoingFile::open(path, {});
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->read(block));
    std::filesystem::resize_file(path, 70'000);
    const auto rest = file->read(block);
    ASSERT_FALSE(rest);
    EXPECT_NE(rest.error().text.find("cut to 70000 bytes of 100000"), std::string::npos)
        << rest.error().text;
}

TEST(Table, AlignsColumnsByCharacters) {
    Table table{{{"name"}, {"count", Table::Align::right}}};
    table.add({"\xc3\xbc\xc3\xbc", "7"});
    table.add({"abcdef", "12"});
    EXPECT_EQ(table.text(), "name    count\n"
                            "\xc3\xbc\xc3\xbc          7\n"
                            "abcdef     12\n");
}

// --- addresses ---

TEST(Target, HasThePortOfTheHouseWhenNoneIsGiven) {
    EXPECT_EQ(parse_target("10.0.0.1")->port, kDefaultPort);
    EXPECT_EQ(parse_target("[2001:db8::1]")->port, kDefaultPort);
    EXPECT_EQ(parse_target("10.0.0.1/10.0.1.1:3000")->port, 3000);
}

TEST(Target, IsRefusedWithAWordOnWhatIsRight) {
    for (const char* text : {"", "10.0.0.1:", "10.0.0.1:70000", "[::1", "2001:db8::1", "a b:1"}) {
        const auto target = parse_target(text);
        ASSERT_FALSE(target) << text;
        EXPECT_EQ(target.error().code, ExitCode::address) << text;
        EXPECT_NE(target.error().text.find("HOST:PORT"), std::string::npos) << target.error().text;
    }
    EXPECT_FALSE(parse_target("10.0.0.1:0"));
    EXPECT_FALSE(parse_target("4297")); // the system's resolver would take it for 0.0.11.88
}

TEST(Target, OfAListenerMayBeAPortAlone) {
    EXPECT_EQ(parse_listen_address("")->port, kDefaultPort);
    EXPECT_EQ(parse_listen_address("3000")->port, 3000);
    EXPECT_EQ(parse_listen_address(":3000")->port, 3000);
    EXPECT_TRUE(parse_listen_address(":3000")->hosts.empty());
    EXPECT_EQ(parse_listen_address("[::1]:3000")->hosts, std::vector<std::string>{"::1"});
    for (const char* text : {":", ":0", ":70000", "99999", "10.0.0.1/:3000", ":x"})
        EXPECT_FALSE(parse_listen_address(text)) << text;
}

TEST(Target, OfOursMayHaveSeveralHosts) {
    using Hosts = std::vector<std::string>;
    EXPECT_EQ(parse_listen_address("10.0.0.1/[2001:db8::1]:3000")->hosts,
              (Hosts{"10.0.0.1", "2001:db8::1"}));
    EXPECT_EQ(split_hosts("10.0.0.1/[2001:db8::1]"), (Hosts{"10.0.0.1", "2001:db8::1"}));
    EXPECT_EQ(split_hosts("::1/a.example"), (Hosts{"::1", "a.example"}));
    EXPECT_EQ(split_hosts(""), Hosts{});
    EXPECT_EQ(split_hosts("a/"), (Hosts{"a", ""}));
    EXPECT_EQ(local_addresses({"127.0.0.1", "::1"}, false)->size(), 2u);
    EXPECT_EQ(local_addresses({"127.0.0.1", "::1"}, true).error().code, ExitCode::usage);
    for (const Hosts& wrong : {Hosts{"127.0.0.1", "127.0.0.1"}, Hosts{"127.0.0.1", "0.0.0.0"},
                               Hosts{"a", ""}, Hosts(17, "127.0.0.1")})
        EXPECT_EQ(local_addresses(wrong, false).error().code, ExitCode::address) << wrong.size();
}

// --- files ---

TEST(FileName, StaysInItsFolder) {
    EXPECT_EQ(safe_file_name("a.txt"), "a.txt");
    EXPECT_EQ(safe_file_name("/etc/passwd"), "passwd");
    EXPECT_EQ(safe_file_name("../../x"), "x");
    EXPECT_EQ(safe_file_name("..\\x"), "_._x");
    EXPECT_EQ(safe_file_name(std::string_view{"a\0b", 3}), "a_b");
    EXPECT_EQ(safe_file_name(".bashrc"), "_bashrc");
    for (const char* nothing : {"", ".", "..", "x/", "x/.."})
        EXPECT_EQ(safe_file_name(nothing), "") << nothing;
}

TEST(FileName, IsCutBetweenCharacters) {
    std::string sent = "x";
    for (int i = 0; i < 150; ++i)
        sent += "\xc3\xbc";
    const std::string name = safe_file_name(sent);
    EXPECT_EQ(name.size(), 199U);
    EXPECT_EQ(name.back(), '\xbc');
}

TEST(FileName, KeepsItsExtensionWhenItIsCut) {
    const std::string stem(300, 'x');
    EXPECT_EQ(safe_file_name(stem + ".txt"), stem.substr(0, 196) + ".txt");
    EXPECT_EQ(safe_file_name(stem + ".tar.gz"), stem.substr(0, 193) + ".tar.gz");
    EXPECT_EQ(safe_file_name(stem + "." + stem), stem.substr(0, 200)); // that is no extension
    EXPECT_EQ(safe_file_name("." + stem), "_" + stem.substr(0, 199));
}

TEST(FileName, HasANumberInFrontOfItsExtension) {
    EXPECT_EQ(numbered_file_name("a.txt", 2), "a-2.txt");
    EXPECT_EQ(numbered_file_name("a", 3), "a-3");
    EXPECT_EQ(numbered_file_name("_profile", 2), "_profile-2");
    EXPECT_EQ(numbered_file_name("a.b.tar.gz", 10), "a.b-10.tar.gz");
    EXPECT_EQ(numbered_file_name("tar.gz", 2), "tar-2.gz");
    const std::string longest = std::string(196, 'x') + ".txt";
    EXPECT_EQ(numbered_file_name(longest, 12), std::string(193, 'x') + "-12.txt");
}

TEST(FileClasses, TheFirstRuleThatMatchesCounts) {
    const auto classes = FileClasses::parse({"*.log=cs1", "logs/*=ef/ect1", "*=/ect0", "a=b=le"});
    ASSERT_TRUE(classes);
    EXPECT_EQ(classes->of("logs/x.log").text(), "CS1/Not-ECT");
    EXPECT_EQ(classes->of("logs/x.txt").text(), "EF/ECT(1)");
    EXPECT_EQ(classes->of("other").text(), "CS0/ECT(0)");
    EXPECT_FALSE(classes->of("other").dscp);
}

TEST(FileClasses, AreRefusedWithAWordOnWhatIsRight) {
    for (const char* rule : {"", "ef", "=ef", "*.log=", "*.log=ef2", "*.log=ef/ect9", "*=/"}) {
        const auto classes = FileClasses::parse({rule});
        ASSERT_FALSE(classes) << rule;
        EXPECT_EQ(classes.error().code, ExitCode::usage);
    }
}

TEST(FileClasses, HaveSetsThatEnd) {
    for (const char* rule : {"[=ef", "a[bc=ef", "[]=ef", "[!]=ef", "[a]x[=ef"}) {
        EXPECT_FALSE(FileClasses::parse({rule})) << rule;
    }
    for (const char* rule :
         {"[ab]=ef", "[]]=ef", "[!]]=ef", "\\[=ef", "a]=ef", "[[]=ef", "a\\=ef"}) {
        EXPECT_TRUE(FileClasses::parse({rule})) << rule;
    }
}

TEST(FileTable, TellsTheWorstOfWhatHappened) {
    FileReport fine{.name = "fine"}, differs{.name = "differs"}, full{.name = "full"};
    differs.outcome = failure(ExitCode::integrity, "its SHA-256 differs");
    full.outcome = failure(ExitCode::file, "no room");
    EXPECT_TRUE(worst_of({fine}));
    const auto worst = worst_of({fine, full, differs});
    ASSERT_FALSE(worst);
    EXPECT_EQ(worst.error().code, ExitCode::integrity);
    EXPECT_EQ(worst.error().text, "2 of 3 files did not arrive; differs: its SHA-256 differs");
}

TEST(ArrivalCount, PutsTheMostFrequentMarkingFirst) {
    ArrivalCount count;
    count.add({.dscp = Dscp::ef, .ecn = Ecn::ce, .hop_limit = 63});
    for (int i = 0; i < 3; ++i)
        count.add(
            {.dscp = Dscp::ef, .ecn = Ecn::ect1, .hop_limit = static_cast<std::uint8_t>(60 + i)});
    EXPECT_EQ(arrived_text(count.sorted()), "EF/ECT(1) 75 %, EF/CE 25 %");
    EXPECT_EQ(arrived_text({}), "-");
}

// --- what hawsers say to each other ---

const Marking kMarking{.dscp = Dscp::af41, .ecn = Ecn::ect1, .hop_limit = 42};

TEST(Dialect, ReadsWhatItWrites) {
    const Ping ping{.sequence = 7, .token = 9, .back = kMarking, .bytes = 100};
    EXPECT_EQ(ping.write().size(), 100U);
    EXPECT_EQ(Ping::read(ping.write())->sequence, 7U);
    EXPECT_EQ(Ping::read(ping.write())->back, kMarking);
    EXPECT_EQ(Ping::read(ping.write())->bytes, 100U);
    const Pong pong{.sequence = 7, .token = 9, .seen = kMarking, .sent = {}, .bytes = 64};
    EXPECT_EQ(Pong::read(pong.write())->seen, kMarking);
    EXPECT_EQ(Pong::read(pong.write())->sent, Marking{});
    const FileBegin begin{.number = 3, .bytes = 5, .marking = kMarking, .name = "n"};
    EXPECT_EQ(FileBegin::read(begin.write())->name, "n");
    EXPECT_EQ(FileBegin::read(begin.write())->marking, kMarking);
    FileResult result{.number = 3, .code = FileResult::Code::integrity, .reason = "why"};
    result.arrived.assign(20, {kMarking, 5});
    EXPECT_EQ(FileResult::read(result.write())->arrived.size(), FileResult::kArrivedMax);
    EXPECT_EQ(FileResult::read(result.write())->reason, "why");
    EXPECT_EQ(FileResult::read(result.write())->code, FileResult::Code::integrity);
}

/// Every message that is cut short anywhere is refused, and so is one of another version.
template <class T>
void expect_refused_when_cut(const T& message, std::size_t bytes_needed) {
    Octets octets = message.write();
    for (std::size_t length = 0; length < bytes_needed; ++length)
        EXPECT_FALSE(T::read(Bytes{octets}.first(length))) << length;
    EXPECT_TRUE(T::read(octets));
    octets.front() = std::byte{2};
    const auto other = T::read(octets);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Errc::unsupported);
}

TEST(Dialect, RefusesWhatIsCutShort) {
    expect_refused_when_cut(Ping{}, 17);
    expect_refused_when_cut(Pong{}, 21);
    expect_refused_when_cut(BenchAsk{}, 2);
    expect_refused_when_cut(BenchAnswer{}, 21);
    expect_refused_when_cut(FilesHello{}, 13);
    expect_refused_when_cut(FilesWelcome{.accepted = false, .reason = "why"}, 7);
    expect_refused_when_cut(FileBegin{.name = "name"}, 23);
    expect_refused_when_cut(FileEnd{}, 41);
    expect_refused_when_cut(FileResult{.arrived = {{kMarking, 1}}, .reason = "why"}, 24);
}

TEST(Dialect, HasPpidsOfItsOwn) {
    EXPECT_TRUE(is_dialect(ppid_of(Kind::ping)));
    EXPECT_TRUE(is_dialect(ppid_of(Kind::file_result)));
    EXPECT_FALSE(is_dialect(sctp::Ppid{0}));
    EXPECT_FALSE(is_dialect(sctp::Ppid{0x68777400}));
}

TEST(Marking, ReadsClassesAndRefusesOthers) {
    EXPECT_EQ(parse_class("ef")->text(), "EF/Not-ECT");
    EXPECT_EQ(parse_class("af41/ect0")->text(), "AF41/ECT(0)");
    EXPECT_FALSE(parse_class("/ect1")->dscp);
    for (const char* text : {"", "/", "ef/x", "64", "x/ect1", "ef/"}) {
        const bool fine = parse_class(text).has_value();
        EXPECT_EQ(fine, std::string_view{text} == "ef/") << text;
    }
}

} // namespace
} // namespace hawser::command
