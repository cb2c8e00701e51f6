// SPDX-License-Identifier: GPL-2.0
#include "bench/workers.hpp"
#include "util/interrupt.hpp"
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace dyield {

void share_out(std::size_t workers, std::size_t pieces, const std::function<void(std::size_t, std::size_t)> &work)
{
	std::atomic<std::size_t> next{0};
	std::mutex mutex;
	std::exception_ptr first;
	auto run = [&](std::size_t worker) {
		try {
			for (std::size_t i; (i = next++) < pieces;)
				work(worker, i);
		} catch (...) {
			{
				std::lock_guard l(mutex);
				if (!first)
					first = std::current_exception();
			}
			raise_interrupt();
		}
	};
	std::vector<std::jthread> threads;
	for (std::size_t w = 0; w < workers; w++)
		threads.emplace_back(run, w);
	threads.clear();	// joins
	if (first)
		std::rethrow_exception(first);
}

} // namespace dyield
