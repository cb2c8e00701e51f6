// SPDX-License-Identifier: GPL-2.0
/// @file
/// The raw runs of a bench on disk: one JSON object a line, written as they come, so that nothing measured is lost.
#pragma once
#include "bench/plan.hpp"
#include "model/run.hpp"
#include "util/file.hpp"
#include <string>

namespace dyield {

class RunStore {
public:
	/// Opens `path` for a bench described by `how` (what must be the same for its runs to be comparable). With `resume`,
	/// runs already there are kept; else an old file is moved to `path`.old. The folder is this bench's own as long as
	/// this lives. Throws Error (runs of another bench, another bench in this folder, disk).
	RunStore(const std::string &path, const nlohmann::json &how, bool resume);
	RunStore(const RunStore &) = delete;

	void add(const Run &run);	///< on disk when it returns; throws Error, and the file is as before
	bool has(const Job &job) const;	///< measured, without an error
	const std::vector<Run> &runs() const { return runs_; }

private:
	void lock_folder(const std::string &folder);
	void load(const nlohmann::json &how);
	void write_line(const nlohmann::json &object);
	std::string path_;
	FileDescriptor folder_, file_;
	std::vector<Run> runs_;
};

/// All runs of a file that a RunStore wrote. Throws Error.
std::vector<Run> read_runs(const std::string &path);

} // namespace dyield
