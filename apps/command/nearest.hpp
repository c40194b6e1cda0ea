// What somebody meant who mistyped a word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hawser::command {

/// How many letters to leave out, put in, change, or swap with the one beside, make one word of the
/// other.
std::size_t edits_between(std::string_view a, std::string_view b);

/// The word that differs least from what was typed; empty when none is near.
std::string_view nearest(std::string_view typed, const std::vector<std::string>& words);

} // namespace hawser::command
