#include "interop/peer_arguments.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>

namespace hawser::interop {
namespace {

bool read(std::string_view text, std::unsigned_integral auto& number) {
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc{} && end == text.data() + text.size();
}

bool read(std::string_view text, bool& flag) {
    flag = text == "1";
    return flag || text == "0";
}

bool read(std::string_view text, std::string& value) {
    value = text;
    return !value.empty();
}

bool read(std::string_view text, std::vector<Wish>& wishes) {
    static constexpr std::array<std::string_view, 5> kWords{"outgoing", "incoming", "all",
                                                            "add-outgoing", "add-incoming"};
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(','));
        const auto found = std::ranges::find(kWords, word);
        if (found == kWords.end()) return false;
        wishes.push_back(static_cast<Wish>(found - kWords.begin()));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
    }
    return true;
}

bool set(PeerArguments& all, std::string_view key, std::string_view value) {
    if (key == "local") return read(value, all.local);
    if (key == "remote") return read(value, all.remote);
    if (key == "udp") return read(value, all.udp_port);
    if (key == "peer-udp") return read(value, all.peer_udp_port);
    if (key == "port") return read(value, all.sctp_port);
    if (key == "bytes") return read(value, all.bytes);
    if (key == "expect") return read(value, all.expect);
    if (key == "streams") return read(value, all.streams) && all.streams > 0;
    if (key == "seed") return read(value, all.seed);
    if (key == "largest") return read(value, all.largest_bytes) && all.largest_bytes > 0;
    if (key == "unordered") return read(value, all.unordered);
    if (key == "lifetime") return read(value, all.lifetime_ms);
    if (key == "zero-checksum") return read(value, all.zero_checksum);
    if (key == "verbose") return read(value, all.verbose);
    if (key == "stay") return read(value, all.stay);
    if (key == "marks") return read(value, all.marks);
    if (key == "interleaving") return read(value, all.interleaving);
    if (key == "nr-sack") return read(value, all.nr_sack);
    if (key == "authentication") return read(value, all.authentication);
    if (key == "give-up") return read(value, all.give_up);
    if (key == "asks") return read(value, all.wishes);
    if (key == "answers-resets") return read(value, all.answers_resets);
    if (key == "silent-at-last") return read(value, all.silent_at_last);
    if (key == "log") return read(value, all.log);
    return false;
}

} // namespace

std::uint16_t PeerArguments::streams_after(std::size_t wishes_done) const {
    const auto done = std::span{wishes}.first(wishes_done);
    const auto added = std::min(std::ranges::count(done, Wish::add_outgoing),
                                std::ranges::count(done, Wish::add_incoming));
    return static_cast<std::uint16_t>(streams + added * kStreamsAdded);
}

std::expected<PeerArguments, std::string> PeerArguments::parse(std::span<char* const> words) {
    PeerArguments all;
    bool role = false;
    bool mode = false;
    for (const std::string_view word : words) {
        const std::size_t equals = word.find('=');
        if (word == "listen" || word == "connect") {
            role = true;
            all.listens = word == "listen";
        } else if (word == "exchange" || word == "echo") {
            mode = true;
            all.echoes = word == "echo";
        } else if (equals == word.npos ||
                   !set(all, word.substr(0, equals), word.substr(equals + 1))) {
            return std::unexpected{std::string{word}};
        }
    }
    if (!role || !mode) return std::unexpected{std::string{"no role or no mode"}};
    if (!all.listens && all.remote.empty()) return std::unexpected{std::string{"no remote="}};
    return all;
}

} // namespace hawser::interop
