#include "support/delay_box.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

namespace hawser::bench {
namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr const char* kDevice = "box";

Outcome<> run(const std::vector<std::string>& arguments) {
    auto child = Process::start(arguments);
    if (!child) return std::unexpected{child.error()};
    const auto output = child->output(kPatience);
    if (!output) return std::unexpected{arguments[0] + ": " + output.error()};
    return {};
}

Outcome<> set_up(const Site& site) {
    const auto addressed =
        run({"ip", "-n", site.name, "addr", "add", site.host + "/24", "dev", kDevice});
    if (!addressed) return addressed;
    // As long as no burst is: the queue that counts is the box's.
    return run({"ip", "-n", site.name, "link", "set", kDevice, "txqueuelen", "10000", "up"});
}

} // namespace

std::optional<std::string> no_delay_box() {
    if (::geteuid() != 0) return "needs root, for network namespaces";
    if (::access("/dev/net/tun", R_OK | W_OK) != 0) return "needs /dev/net/tun";
    return std::nullopt;
}

Address Site::address(std::uint16_t port) const {
    return Address::parse(host).value().with_port(port);
}

std::vector<std::string> Site::command(std::vector<std::string> arguments) const {
    const std::vector<std::string> prefix{"ip", "netns", "exec", name};
    arguments.insert(arguments.begin(), prefix.begin(), prefix.end());
    return arguments;
}

Outcome<> Site::enter() const {
    const Descriptor there{::open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC)};
    if (there.get() < 0 || ::setns(there.get(), CLONE_NEWNET) != 0)
        return std::unexpected{system_error("setns " + name)};
    return {};
}

Outcome<DelayBox::Namespace> DelayBox::Namespace::make(const std::string& end,
                                                       const std::string& host) {
    const Site site{.name = "hwbench" + std::to_string(::getpid()) + end, .host = host};
    if (const auto made = run({"ip", "netns", "add", site.name}); !made)
        return std::unexpected{made.error()};
    return Namespace{site};
}

DelayBox::Namespace::~Namespace() {
    if (!site.name.empty()) static_cast<void>(run({"ip", "netns", "del", site.name}));
}

Outcome<DelayBox> DelayBox::start(const std::vector<std::string>& options) {
    auto a = Namespace::make("a", "10.78.0.1");
    if (!a) return std::unexpected{a.error()};
    auto b = Namespace::make("b", "10.78.0.2");
    if (!b) return std::unexpected{b.error()};
    std::vector<std::string> arguments{HAWSER_DELAY_BOX, a->site.name, b->site.name, "--device",
                                       kDevice};
    arguments.insert(arguments.end(), options.begin(), options.end());
    auto box = Process::start(arguments);
    if (!box) return std::unexpected{box.error()};
    if (const auto ready = box->line(kPatience); !ready) return std::unexpected{ready.error()};
    for (const Site& site : {a->site, b->site})
        if (const auto done = set_up(site); !done) return std::unexpected{done.error()};
    return DelayBox{*std::move(a), *std::move(b), *std::move(box)};
}

} // namespace hawser::bench
