// SPDX-License-Identifier: GPL-2.0
#include "bench/store.hpp"
#include "report/atomic_file.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <sstream>
#include <unistd.h>

namespace dyield {

RunStore::RunStore(const std::string &path, const nlohmann::json &how, bool resume) : path_(path)
{
	auto parent = std::filesystem::path(path).parent_path();
	std::error_code ec;
	if (!parent.empty())
		std::filesystem::create_directories(parent, ec);
	bool there = std::filesystem::exists(path);
	if (there && resume)
		load(how);
	else if (there)
		std::filesystem::rename(path, path + ".old", ec);
	fd_ = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd_ < 0)
		fail_errno("cannot write {}", path);
	if (!there || !resume)
		write_line({{"bench", how}});
}

RunStore::~RunStore()
{
	if (fd_ >= 0)
		close(fd_);
}

void RunStore::load(const nlohmann::json &how)
{
	std::istringstream lines(read_file(path_));
	std::string line;
	std::getline(lines, line);
	auto head = nlohmann::json::parse(line, nullptr, false);
	if (!head.is_object() || head.value("bench", nlohmann::json()) != how)
		fail("{} holds runs of another bench (other image, options or measurement): move it away, or leave --resume out", path_);
	// A line cut off by a crash would garble the next one.
	auto whole = read_runs(path_);
	std::string text = line + "\n";
	for (auto &r : whole)
		text += nlohmann::json(r).dump() + "\n";
	write_atomically(path_, text);
	runs_ = std::move(whole);
}

void RunStore::write_line(const nlohmann::json &object)
{
	std::string line = object.dump() + "\n";
	if (write(fd_, line.data(), line.size()) != ssize_t(line.size()) || fdatasync(fd_))
		fail_errno("cannot write {} (what was measured before is kept)", path_);
}

void RunStore::add(const Run &run)
{
	write_line(run);
	runs_.push_back(run);
}

bool RunStore::has(const Job &job) const
{
	return std::any_of(runs_.begin(), runs_.end(), [&](const Run &r) { return r.boot == job.boot && r.cell == job.cell && r.error.empty(); });
}

std::vector<Run> read_runs(const std::string &path)
{
	std::istringstream lines(read_file(path));
	std::vector<Run> runs;
	for (std::string line; std::getline(lines, line);) {
		auto j = nlohmann::json::parse(line, nullptr, false);
		if (j.is_object() && j.contains("cell"))
			runs.push_back(j.get<Run>());
	}
	return runs;
}

} // namespace dyield
