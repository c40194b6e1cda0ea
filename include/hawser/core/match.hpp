// std::visit that reads like a switch.
#pragma once

#include <utility>
#include <variant>

namespace hawser {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};

/// `match(state, [](const Open& s) {...}, [](const auto&) {...})`.
template <class Variant, class... Cases>
constexpr decltype(auto) match(Variant&& value, Cases&&... cases) {
    return std::visit(Overloaded<std::decay_t<Cases>...>{std::forward<Cases>(cases)...},
                      std::forward<Variant>(value));
}

} // namespace hawser
