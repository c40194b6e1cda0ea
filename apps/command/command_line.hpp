// The command line: subcommands, their options and flags, and what help and errors say of them.
// Only command_line.cpp knows the parser, which takes long to compile.
#pragma once

#include "command/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace hawser::command {

/// Where the value of an option goes.
using Value = std::variant<std::string*, std::vector<std::string>*, std::vector<std::size_t>*,
                           std::uint32_t*, std::size_t*, double*, std::optional<std::uint16_t>*,
                           std::optional<std::uint32_t>*, std::optional<double>*>;

/// The largest value of an option that has no limit of its own.
inline constexpr std::size_t kNumberMax = 0xffff'ffff;

/// One option or flag, while it is being described; a handle that is copied.
class Option {
public:
    explicit Option(CLI::Option& option) : option_(&option) {}

    Option group(const std::string& heading);
    /// What help shows where its value goes.
    Option type_name(const std::string& name);
    /// Help tells what it is when nobody says.
    Option shows_default();
    Option required();
    /// Refuses what an unset variable of a script leaves: nothing.
    Option not_empty();
    /// It may be given several times, a value each.
    Option several();
    /// It has so many values.
    Option words(int least, int most);
    /// Makes no sense without the other one.
    Option needs(Option other);
    /// Help shows them, as `wire|clear|both`, where its value goes.
    Option one_of(const std::vector<std::string>& values);
    /// `wrong` answers what is wrong with a value; empty: nothing.
    Option check(std::function<std::string(const std::string& text)> wrong);
    /// Help tells it. T: int, double, std::size_t.
    template <class T>
    Option range(T least, T most);

private:
    CLI::Option* option_;
};

/// What a subcommand does, once the command line has been read.
using Action = std::function<ExitCode()>;

/// One subcommand; a handle that is copied.
class Subcommand {
public:
    Subcommand(CLI::App& app, Action& chosen) : app_(&app), chosen_(&chosen) {}

    /// `name` is `--name` or, for what stands without one, a word in capitals.
    Option option(const std::string& name, Value value, const std::string& help);
    Option flag(const std::string& name, bool* value, const std::string& help);
    /// The same subcommand, whose options help lists under a heading of their own; all of them
    /// make no sense without `needed`.
    Subcommand group(const std::string& heading, std::optional<Option> needed = {}) const;
    /// What help ends with.
    void examples(std::string_view text);
    void action(Action action);

    std::string name() const;
    /// Whether the command line has it; asked by the action.
    bool has(const std::string& option) const;

private:
    Option place(Option option) const;

    CLI::App* app_;
    Action* chosen_;
    std::string heading_;
    std::optional<Option> needed_;
};

/// What help says of the command as a whole.
struct Headline {
    std::string name, version, help;
    std::string footer;
};

class CommandLine {
public:
    explicit CommandLine(const Headline& headline);
    ~CommandLine();

    Subcommand add(const std::string& name, const std::string& help);
    /// Reads the arguments and does what they ask for; the exit code of the process.
    int run(int count, const char* const* arguments);

private:
    std::unique_ptr<CLI::App> app_;
    Action chosen_;
};

} // namespace hawser::command
