// SPDX-License-Identifier: GPL-2.0
#include "bench/store.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <sstream>
#include <sys/file.h>
#include <tuple>
#include <unistd.h>

namespace dyield {

RunStore::RunStore(const std::string &path, const nlohmann::json &how, bool resume) : path_(path)
{
	auto folder = std::filesystem::absolute(path).parent_path();
	std::error_code ec;
	std::filesystem::create_directories(folder, ec);
	lock_folder(folder);
	bool there = std::filesystem::exists(path);
	if (there && !resume)
		std::filesystem::rename(path, path + ".old", ec);
	file_ = FileDescriptor(open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
	if (file_.get() < 0)
		fail_errno("cannot write {}", path);
	if (there && resume)
		load(how);
	else
		write_line({{"bench", how}});
}

/// Two benches that write one folder's results would move each other's files away.
void RunStore::lock_folder(const std::string &folder)
{
	folder_ = FileDescriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (folder_.get() < 0)
		fail_errno("cannot write {}", path_);
	if (flock(folder_.get(), LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		fail("another bench writes its results to {}: wait until it ends, or give this one another folder (--out)", folder);
}

void RunStore::load(const nlohmann::json &how)
{
	std::string text = read_file(path_);
	auto head = nlohmann::json::parse(text.substr(0, text.find('\n')), nullptr, false);
	if (!head.is_object() || head.value("bench", nlohmann::json()) != how)
		fail("{} holds runs of another bench (other image, options or measurement): move it away, or leave --resume out", path_);
	// A line cut off by a crash would garble the next one.
	if (auto whole = text.rfind('\n') + 1; whole != text.size() && ftruncate(file_.get(), off_t(whole)))
		fail_errno("cannot write {}", path_);
	runs_ = read_runs(path_);
}

void RunStore::write_line(const nlohmann::json &object)
{
	auto before = lseek(file_.get(), 0, SEEK_END);
	std::string line = object.dump() + "\n";
	if (write_all(file_.get(), line) && !fdatasync(file_.get()))
		return;
	int why = errno;
	// Half a line would garble the next one; where even this fails, the next --resume does it.
	std::ignore = ftruncate(file_.get(), before);
	errno = why;
	fail_errno("cannot write {} (what was measured before is kept: make room, then --resume)", path_);
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
