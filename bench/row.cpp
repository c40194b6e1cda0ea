#include "row.hpp"

namespace hawser::bench {

std::optional<bool> Row::met() const {
    if (!must) return std::nullopt;
    if (bound == Bound::value_at_most) return value <= *must;
    return ratio && *ratio >= *must;
}

Row faster_than(std::string name, double value, std::string unit, std::string reference,
                double reference_value) {
    return {.name = std::move(name),
            .value = value,
            .unit = std::move(unit),
            .reference = std::move(reference),
            .reference_value = reference_value,
            .ratio = reference_value > 0 ? std::optional{value / reference_value} : std::nullopt};
}

Row smaller_than(std::string name, double value, std::string unit, std::string reference,
                 double reference_value) {
    return {.name = std::move(name),
            .value = value,
            .unit = std::move(unit),
            .reference = std::move(reference),
            .reference_value = reference_value,
            .ratio = value > 0 ? std::optional{reference_value / value} : std::nullopt};
}

} // namespace hawser::bench
