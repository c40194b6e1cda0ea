#include "command/nearest.hpp"

#include <algorithm>
#include <cstddef>

namespace hawser::command {
namespace {

/// Two slips in a short word make another word of it.
std::size_t slips_max(std::size_t letters) {
    return letters <= 4 ? 1 : 2;
}

} // namespace

std::size_t edits_between(std::string_view a, std::string_view b) {
    // Row i has the edits between the first i letters of a and the first j of b.
    std::vector<std::vector<std::size_t>> rows(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                rows[i][j] = i + j;
                continue;
            }
            const std::size_t changed = a[i - 1] == b[j - 1] ? 0 : 1;
            rows[i][j] =
                std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + changed});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    }
    return rows[a.size()][b.size()];
}

std::string_view nearest(std::string_view typed, const std::vector<std::string>& words) {
    constexpr std::size_t kWordMax = 64; // nobody mistypes more, and the table grows with it
    if (typed.size() > kWordMax) return {};
    std::string_view best;
    std::size_t least = slips_max(typed.size()) + 1;
    for (const std::string& word : words) {
        const std::size_t edits = edits_between(typed, word);
        if (edits >= least) continue;
        least = edits;
        best = word;
    }
    return best;
}

} // namespace hawser::command
