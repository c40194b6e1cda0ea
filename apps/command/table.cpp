#include "command/table.hpp"

#include <algorithm>

namespace hawser::command {
namespace {

/// Columns on a terminal: characters of UTF-8, not bytes.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

void put(std::string& line, const std::string& cell, std::size_t room, Table::Align align) {
    const std::string space(room - width(cell), ' ');
    if (!line.empty()) line += "  ";
    line += align == Table::Align::right ? space + cell : cell + space;
}

} // namespace

std::string Table::text() const {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        widths.push_back(width(columns_[i].title));
        for (const auto& row : rows_)
            widths[i] = std::max(widths[i], width(row[i]));
    }
    std::string text;
    const auto add_line = [&](const auto& cell) {
        std::string line;
        for (std::size_t i = 0; i < columns_.size(); ++i)
            put(line, cell(i), widths[i], columns_[i].align);
        text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    };
    add_line([this](std::size_t i) { return columns_[i].title; });
    for (const auto& row : rows_)
        add_line([&row](std::size_t i) { return row[i]; });
    return text;
}

} // namespace hawser::command
