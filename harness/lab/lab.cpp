// SPDX-License-Identifier: GPL-2.0
#include "lab/lab.hpp"
#include "host/serve.hpp"
#include "util/error.hpp"
#include "util/qmp.hpp"
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace dyield {
namespace {

constexpr milliseconds boot_limit(300000), migration_limit(600000);

const nlohmann::json mapped_ram = {{"capabilities", {{{"capability", "mapped-ram"}, {"state", true}}}}};

void wait_migration(JsonLine &qmp, const std::string &what)
{
	for (auto until = Clock::now() + migration_limit;; pause_for(milliseconds(50))) {
		// QEMU reads a snapshot in one go and answers nothing meanwhile: 90 s were seen where others read from the disk, too.
		auto s = qmp::execute(qmp, "query-migrate", nlohmann::json::object(), migration_limit);
		std::string status = s.value("status", "none");
		if (status == "completed")
			return;
		if (status == "failed")
			fail("{}: {}", what, s.value("error-desc", "QEMU gives no reason"));
		if (Clock::now() >= until)
			fail("{}: not done in {} s", what, migration_limit.count() / 1000);
	}
}

} // namespace

Lab::Lab(const LabImage &image, const LabConfig &config, const std::string &snapshot) : run_("dyield-lab")
{
	auto argv = qemu_command(image, config, run_.path());
	if (!snapshot.empty())
		argv.insert(argv.end(), {"-incoming", "defer"});
	qemu_ = Child(argv, run_.path() + "/log");
	try {
		qmp_ = JsonLine::connect(run_.path() + "/qmp", milliseconds(20000));
		qmp::greet(qmp_);
		port_ = JsonLine::connect(run_.path() + "/port", milliseconds(5000));
		if (!snapshot.empty())
			restore(snapshot);
	} catch (const Interrupted &) {
		throw;
	} catch (const Error &e) {
		explain(e.what());
	}
}

void Lab::restore(const std::string &snapshot)
{
	qmp::execute(qmp_, "migrate-set-capabilities", mapped_ram);
	qmp::execute(qmp_, "migrate-incoming", {{"uri", "file:" + snapshot}});
	wait_migration(qmp_, "the snapshot does not load");
	qmp::execute(qmp_, "cont");
}

void Lab::explain(const std::string &what)
{
	if (!qemu_.running())
		fail("the emulated host ended ({}): {}; console: '{}'", qemu_.ended_how(), last_line(run_.path() + "/log"), last_line(console()));
	fail("emulated host: {} (console: '{}')", what, last_line(console()));
}

nlohmann::json Lab::order(const nlohmann::json &order, const std::string &event, milliseconds limit, const Host::Progress &progress)
{
	try {
		return send_order(port_, order, event, limit, progress);
	} catch (const Interrupted &) {
		throw;
	} catch (const Error &e) {
		explain(e.what());
	}
}

void Lab::wait_serving()
{
	try {
		port_.expect("serving", boot_limit, "dyield in the emulated host");
	} catch (const Interrupted &) {
		throw;
	} catch (const Error &e) {
		explain(e.what());
	}
}

void Lab::snapshot(const std::string &path)
{
	std::string temp = path + "." + std::to_string(getpid()) + ".new";
	try {
		qmp::execute(qmp_, "stop");
		qmp::execute(qmp_, "migrate-set-parameters", {{"max-bandwidth", 0}});
		qmp::execute(qmp_, "migrate-set-capabilities", mapped_ram);
		qmp::execute(qmp_, "migrate", {{"uri", "file:" + temp}});
		wait_migration(qmp_, "the snapshot cannot be written to " + temp);
		quit();
		if (std::rename(temp.c_str(), path.c_str()))
			fail_errno("cannot write {}", path);
	} catch (...) {
		std::error_code ec;
		std::filesystem::remove(temp, ec);
		throw;
	}
}

bool Lab::run_to_end(milliseconds limit, milliseconds stop)
{
	std::ifstream f(console());
	std::string line;
	bool passed = false;	// said before the kernel's own last words
	// Again and again: what comes before its port is opened is lost.
	constexpr milliseconds tell_every(5000);
	milliseconds tell = stop;
	for (auto start = Clock::now();;) {
		bool running = qemu_.running();
		while (std::getline(f, line, '\n')) {
			passed = passed || line.starts_with("init: ended with status 0");
			fmt::print("{}\n", line);
		}
		std::fflush(stdout);
		f.clear();
		if (!running)
			return passed;
		if (Clock::now() >= start + limit)
			explain(fmt::format("not done within {} s", limit.count() / 1000));
		if (stop != milliseconds(0) && Clock::now() >= start + tell) {
			port_.send({{"op", "end"}});
			tell += tell_every;
		}
		pause_for(milliseconds(500));
	}
}

nlohmann::json Lab::quit()
{
	qmp_.send({{"execute", "quit"}});
	if (!qemu_.wait(milliseconds(20000)))
		fail("QEMU does not end");
	std::int64_t skipped = 0, passed = 0, cpu, s, p;
	std::istringstream log(read_or(run_.path() + "/log", ""));
	for (std::string line; std::getline(log, line);)
		if (std::sscanf(line.c_str(), "pause filter: cpu %ld skipped %ld passed %ld", &cpu, &s, &p) == 3) {
			skipped += s;
			passed += p;
		}
	return {{"skipped", skipped}, {"passed", passed}};
}

} // namespace dyield
