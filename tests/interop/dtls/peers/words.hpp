// The command line of the peers here: listen|connect PORT [name=value ...], all over 127.0.0.1.
//
// Each prints "listening" when a client may come, "connected version=... suite=... export=...", and
// what it heard. As a server it echoes until the client is gone; as a client it says `send`, hears
// it back, and ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::interop {

class Words {
public:
    Words(int argc, char** argv) {
        if (argc < 3) {
            std::fprintf(stderr, "usage: %s listen|connect PORT [name=value ...]\n", argv[0]);
            std::exit(2);
        }
        listens = std::string_view{argv[1]} == "listen";
        port = static_cast<std::uint16_t>(std::strtoul(argv[2], nullptr, 10));
        for (int i = 3; i < argc; ++i) {
            const std::string_view word{argv[i]};
            const std::size_t equals = word.find('=');
            const std::string_view value = equals == word.npos ? "1" : word.substr(equals + 1);
            values_.emplace(word.substr(0, equals), value);
        }
    }

    bool listens = false;
    std::uint16_t port = 0;

    bool has(std::string_view name) const { return values_.contains(name); }
    std::string text(std::string_view name, std::string_view otherwise = "") const {
        const auto found = values_.find(name);
        return found == values_.end() ? std::string{otherwise} : found->second;
    }
    /// Decimal, or 0x... .
    unsigned long number(std::string_view name, unsigned long otherwise = 0) const {
        return has(name) ? std::strtoul(text(name).c_str(), nullptr, 0) : otherwise;
    }
    std::vector<unsigned char> hex(std::string_view name) const {
        std::vector<unsigned char> bytes;
        const std::string digits = text(name);
        for (std::size_t at = 0; at + 1 < digits.size(); at += 2)
            bytes.push_back(static_cast<unsigned char>(
                std::strtoul(digits.substr(at, 2).c_str(), nullptr, 16)));
        return bytes;
    }
    /// The whole file that the value names.
    std::vector<unsigned char> file(std::string_view name) const {
        std::ifstream in{text(name), std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, {}};
    }

private:
    std::map<std::string, std::string, std::less<>> values_;
};

inline std::string to_hex(const unsigned char* bytes, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", bytes[i]);
        text += two;
    }
    return text;
}

} // namespace hawser::interop
