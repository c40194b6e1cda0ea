// hawser keygen: a certificate that nobody but its fingerprint vouches for, and its key.
#include "command/commands.hpp"
#include "command/console.hpp"
#include "command/whole_file.hpp"

#include <hawser/dtls/credentials.hpp>
#include <hawser/net/system_random.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace hawser::command {
namespace {

constexpr std::string_view kExamples = R"(Examples:
  hawser keygen alpha.crt alpha.key              prints the certificate's fingerprint
  hawser listen --dtls --cert alpha.crt --key alpha.key
  hawser connect alpha.example --dtls --fingerprint AB:CD:..
  hawser keygen --name alpha.example --name 10.0.0.1 --days 30 alpha.crt alpha.key
  hawser connect alpha.example --dtls --ca alpha.crt)";

/// Clocks of two hosts differ.
constexpr auto kValidSince = std::chrono::hours{1};

struct KeygenOptions {
    std::string kind = "ecdsa-p256";
    std::vector<std::string> names;
    unsigned days = 365;
    bool replace = false;
    std::string certificate, key;
};

using dtls::KeyKind;
const std::map<std::string, KeyKind> kKinds{{"ecdsa-p256", KeyKind::ecdsa_p256},
                                            {"ecdsa-p384", KeyKind::ecdsa_p384},
                                            {"ed25519", KeyKind::ed25519},
                                            {"rsa", KeyKind::rsa}};

std::vector<std::string> kind_names() {
    std::vector<std::string> names;
    names.reserve(std::size(kKinds));
    for (const auto& [name, kind] : kKinds)
        names.push_back(name);
    return names;
}

std::string own_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
    return name.data();
}

/// Whether two names lead to one place, whether anything is there or not.
bool is_one_file(const std::string& a, const std::string& b) {
    std::error_code ignored;
    return a == b || std::filesystem::equivalent(a, b, ignored) ||
           std::filesystem::weakly_canonical(a, ignored) ==
               std::filesystem::weakly_canonical(b, ignored);
}

Outcome<> keygen(KeygenOptions options) {
    if (is_one_file(options.certificate, options.key)) {
        return failure(ExitCode::usage, "the certificate is for everybody, its key for nobody: "
                                        "they go to two files");
    }
    if (options.names.empty()) options.names.push_back(own_name());
    net::SystemRandom random;
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto made = dtls::Identity::self_signed(kKinds.at(options.kind), options.names.front(),
                                                  options.names, now - kValidSince,
                                                  now + std::chrono::days{options.days}, random);
    if (!made) {
        return failure(ExitCode::usage,
                       fmt::format("cannot make a certificate: {}; --name is for host names and "
                                   "IP addresses",
                                   made.error().what));
    }
    // The key first: a certificate without one is of no use, and would be in the way next time.
    auto written =
        write_whole_file(options.key, made->key_pem(), {.mode = 0600, .replace = options.replace});
    if (!written) return written;
    written = write_whole_file(options.certificate, made->certificates_pem(),
                               {.replace = options.replace});
    if (!written) {
        if (!options.replace) ::unlink(options.key.c_str()); // ours, of a moment ago
        return written;
    }
    show(fmt::format("{}\n", dtls::to_string(made->fingerprint())));
    return {};
}

ExitCode run(const KeygenOptions& options) {
    const auto outcome = keygen(options);
    return outcome ? ExitCode::ok : refuse(outcome.error());
}

} // namespace

void add_keygen(CommandLine& line) {
    Subcommand command = line.add("keygen", "makes a certificate and its key for --dtls");
    const auto options = std::make_shared<KeygenOptions>();
    command.option("CERT", &options->certificate, "where the certificate goes, PEM").required();
    command.option("KEY", &options->key, "where its private key goes, PEM, only for its owner")
        .required();
    command.option("--kind", &options->kind, "of its key").shows_default().one_of(kind_names());
    command
        .option("--name", &options->names,
                "host name or IP address that it is for; several; this host's name")
        .type_name("NAME")
        .several();
    command.option("--days", &options->days, "of its validity")
        .type_name("COUNT")
        .shows_default()
        .range(1, 36'500);
    command.flag("--force", &options->replace, "replaces files that are there already");
    command.examples(kExamples);
    command.action([=] { return run(*options); });
}

} // namespace hawser::command
