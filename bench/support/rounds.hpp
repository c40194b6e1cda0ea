// Medians of interleaved rounds: noise from other programs hits every contender alike.
#pragma once

#include "row.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

namespace hawser::bench {

/// One measurement of one contender.
using Run = std::function<Outcome<double>()>;

inline double median(std::vector<double> values) {
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Runs each contender once a round, in turn, and answers the median of each.
inline Outcome<std::vector<double>> medians(std::size_t rounds,
                                            const std::vector<Run>& contenders) {
    std::vector<std::vector<double>> figures(contenders.size());
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < contenders.size(); ++i) {
            const Outcome<double> figure = contenders[i]();
            if (!figure) return std::unexpected{figure.error()};
            figures[i].push_back(*figure);
        }
    }
    std::vector<double> answer;
    for (std::vector<double>& of_one : figures)
        answer.push_back(median(std::move(of_one)));
    return answer;
}

} // namespace hawser::bench
