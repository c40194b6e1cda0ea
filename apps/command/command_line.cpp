#include "command/command_line.hpp"

#include "command/nearest.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>

namespace hawser::command {

// --- options ---

Option Option::group(const std::string& heading) {
    option_->group(heading);
    return *this;
}

Option Option::type_name(const std::string& name) {
    option_->type_name(name);
    return *this;
}

Option Option::shows_default() {
    option_->capture_default_str();
    return *this;
}

Option Option::required() {
    option_->required();
    return *this;
}

Option Option::several() {
    option_->expected(1)->take_all()->allow_extra_args(false);
    return *this;
}

Option Option::words(int least, int most) {
    option_->expected(least, most);
    return *this;
}

Option Option::needs(Option other) {
    option_->needs(other.option_);
    return *this;
}

Option Option::one_of(const std::vector<std::string>& values) {
    option_->check(CLI::IsMember(values).description(""));
    return type_name(fmt::format("{}", fmt::join(values, "|")));
}

Option Option::check(std::function<std::string(const std::string& text)> wrong) {
    option_->check(
        CLI::Validator{[wrong = std::move(wrong)](std::string& text) { return wrong(text); }, ""});
    return *this;
}

Option Option::not_empty() {
    const std::string wanted = option_->get_type_name();
    return check([wanted](const std::string& text) {
        return text.empty() ? fmt::format("\"\" is empty; write a {}, or leave it out", wanted)
                            : std::string{};
    });
}

template <class T>
Option Option::range(T least, T most) {
    option_->check(CLI::Range(least, most).description(""));
    option_->description(fmt::format("{} ({} to {})", option_->get_description(), least, most));
    // A number that is none is in every range, by its comparisons.
    option_->check([](const std::string& typed) {
        const bool is_none = typed.find_first_of("nN") != std::string::npos;
        return is_none ? fmt::format("Value {} is not a number", typed) : std::string{};
    });
    return *this;
}

template Option Option::range(int, int);
template Option Option::range(double, double);
template Option Option::range(std::size_t, std::size_t);

// --- subcommands ---

namespace {

/// Stands before a word that `--` has told to be no option, and before one in brackets. The parser
/// knows `--` itself, but takes no words after it for an option of several that has enough of them;
/// and it takes `[2001:db8::1]`, or a file called `[a,b]`, for a list of words.
constexpr char kMark = '\x01';

std::string unmark(std::string& word) {
    const bool marked = word.starts_with(kMark) && word.size() > 1;
    if (marked && (word[1] == '-' || word[1] == '[')) word.erase(0, 1);
    return {};
}

/// The words after the program's name, the last first, as the parser wants them.
std::vector<std::string> marked(int count, const char* const* arguments) {
    std::vector<std::string> words;
    bool options_ended = false;
    for (int i = 1; i < count; ++i) {
        std::string word = arguments[i];
        if (!options_ended && word == "--") {
            options_ended = true;
            continue;
        }
        if ((options_ended && word.starts_with('-')) || word.starts_with('['))
            word.insert(word.begin(), kMark);
        words.push_back(std::move(word));
    }
    std::ranges::reverse(words);
    return words;
}

} // namespace

Option Subcommand::option(const std::string& name, Value value, const std::string& help) {
    const auto add = [&](auto* to) {
        CLI::Option* const option = app_->add_option(name, *to, help);
        option->transform(CLI::Validator{unmark, ""});
        return Option{*option};
    };
    return place(std::visit(add, value));
}

Option Subcommand::flag(const std::string& name, bool* value, const std::string& help) {
    return place(Option{*app_->add_flag(name, *value, help)});
}

Option Subcommand::place(Option option) const {
    if (!heading_.empty()) option.group(heading_);
    return needed_ ? option.needs(*needed_) : option;
}

Subcommand Subcommand::group(const std::string& heading, std::optional<Option> needed) const {
    Subcommand under = *this;
    under.heading_ = heading;
    under.needed_ = needed;
    return under;
}

void Subcommand::examples(std::string_view text) {
    app_->footer(std::string{text});
}

void Subcommand::action(Action action) {
    app_->callback([chosen = chosen_, action = std::move(action)] { *chosen = action; });
}

std::string Subcommand::name() const {
    return app_->get_name();
}

bool Subcommand::has(const std::string& option) const {
    return app_->count(option) > 0;
}

// --- the whole line ---

namespace {

/// Words that fill lines of so many columns.
std::string wrapped(const std::string& text, std::size_t columns) {
    std::string lines;
    std::size_t used = 0;
    std::istringstream words{text};
    for (std::string word; words >> word; used += word.size()) {
        if (used > 0 && used + 1 + word.size() > columns) {
            lines += '\n';
            used = 0;
        } else if (used > 0) {
            lines += ' ';
            used += 1;
        }
        lines += word;
    }
    return lines;
}

/// Help without what the parser knows of options for itself alone: types, validators, ADDR(2x).
class Help : public CLI::Formatter {
public:
    std::string make_help(const CLI::App* app, std::string name,
                          CLI::AppFormatMode mode) const override {
        return CLI::detail::find_and_replace(Formatter::make_help(app, std::move(name), mode),
                                             "\n\n\n", "\n\n");
    }
    std::string make_option_usage(const CLI::Option* option) const override {
        const std::string name = make_option_name(option, true);
        return option->get_required() ? name : "[" + name + "]";
    }
    std::string make_option_opts(const CLI::Option* option) const override {
        if (option->get_positional() || option->get_type_size() == 0) return {};
        const std::string preset = option->get_default_str();
        return " " + option->get_type_name() + (preset.empty() ? "" : "=" + preset);
    }
    std::string make_option_desc(const CLI::Option* option) const override {
        std::string text = option->get_description();
        for (const CLI::Option* needed : option->get_needs()) {
            const bool is_said = option->get_group().find(needed->get_name()) != std::string::npos;
            if (!is_said) text += "; with " + needed->get_name();
        }
        return wrapped(text, kColumns - get_column_width());
    }

private:
    static constexpr std::size_t kColumns = 100;
};

bool is_option(const std::string& word) {
    return word.starts_with('-');
}

std::vector<std::string> options_of(const CLI::App& command) {
    std::vector<std::string> names;
    for (const CLI::Option* option : command.get_options()) {
        for (const std::string& name : option->get_lnames())
            names.push_back("--" + name);
    }
    return names;
}

std::vector<std::string> subcommands_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands(nullptr))
        names.push_back(command->get_name());
    return names;
}

/// What the parser says, and what was meant when a word is not known but looks like one that is.
std::string explain(const CLI::App& app, const CLI::ParseError& problem) {
    std::string said = problem.what();
    std::erase(said, kMark);
    const auto left = app.remaining(true);
    const auto chosen = app.get_subcommands();
    const auto meant = [&](const std::string& typed, const std::vector<std::string>& known) {
        const std::string_view word = nearest(typed.substr(0, typed.find('=')), known);
        return word.empty() ? std::string{} : fmt::format("; did you mean {}?", word);
    };
    if (chosen.empty()) {
        if (left.empty() || is_option(left.front())) return said;
        return fmt::format("There is no subcommand \"{}\"{}", left.front(),
                           meant(left.front(), subcommands_of(app)));
    }
    const auto unknown = std::ranges::find_if(left, is_option);
    if (unknown != left.end()) said += meant(*unknown, options_of(*chosen.front()));
    return said;
}

} // namespace

CommandLine::CommandLine(const Headline& headline)
    : app_(std::make_unique<CLI::App>(headline.help, headline.name)) {
    app_->formatter(std::make_shared<Help>());
    app_->set_help_flag("-h,--help", "prints this");
    app_->require_subcommand(1);
    app_->set_version_flag("--version", headline.version, "prints the version");
    app_->footer(headline.footer);
}

CommandLine::~CommandLine() = default;

Subcommand CommandLine::add(const std::string& name, const std::string& help) {
    return {*app_->add_subcommand(name, help), chosen_};
}

int CommandLine::run(int count, const char* const* arguments) {
    std::vector<std::string> words = marked(count, arguments);
    try {
        app_->parse(words);
    } catch (const CLI::ParseError& problem) {
        const CLI::ParseError told{explain(*app_, problem), problem.get_exit_code()};
        const bool wanted = problem.get_exit_code() == 0; // --help, --version
        return app_->exit(wanted ? problem : told) == 0 ? 0 : std::to_underlying(ExitCode::usage);
    }
    return std::to_underlying(chosen_());
}

} // namespace hawser::command
