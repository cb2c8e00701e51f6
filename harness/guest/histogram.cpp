// SPDX-License-Identifier: GPL-2.0
#include "guest/histogram.hpp"
#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace dyield::guest {

// Bucket = 64 * shift + (value >> shift), with the shift that leaves 7 bits, the top one set.
int Histogram::bucket_of(std::int64_t value) noexcept
{
	int shift = std::max(0, int(std::bit_width(std::uint64_t(value))) - sub_bits - 1);
	return (shift << sub_bits) + int(value >> shift);
}

std::int64_t Histogram::last_of(int bucket) noexcept
{
	int shift = std::max(0, (bucket >> sub_bits) - 1);
	return ((std::int64_t{bucket} - (shift << sub_bits) + 1) << shift) - 1;
}

void Histogram::record(std::int64_t value) noexcept
{
	value = std::clamp<std::int64_t>(value, 0, max_value);
	buckets[bucket_of(value)]++;
	total++;
	largest = std::max(largest, value);
}

void Histogram::add(const Histogram &other) noexcept
{
	for (int i = 0; i < bucket_count; i++)
		buckets[i] += other.buckets[i];
	total += other.total;
	largest = std::max(largest, other.largest);
}

std::int64_t Histogram::quantile(double q) const noexcept
{
	auto rank = std::max<std::uint64_t>(1, std::uint64_t(std::ceil(std::clamp(q, 0.0, 1.0) * double(total))));
	std::uint64_t seen = 0;
	for (int i = 0; i < bucket_count; i++) {
		seen += buckets[i];
		if (seen >= rank)
			return std::min(last_of(i), largest);
	}
	return largest;
}

std::vector<std::pair<std::int64_t, std::uint64_t>> Histogram::ranges() const
{
	constexpr int width = 4;
	std::vector<std::pair<std::int64_t, std::uint64_t>> filled;
	for (int i = 0; i < bucket_count; i += width) {
		auto n = std::accumulate(&buckets[i], &buckets[i] + width, std::uint64_t{0});
		if (n)
			filled.emplace_back(std::min(last_of(i + width - 1), largest), n);
	}
	return filled;
}

} // namespace dyield::guest
