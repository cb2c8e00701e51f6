// SPDX-License-Identifier: GPL-2.0
#include "guest/jobs.hpp"
#include "guest/clock.hpp"
#include "guest/process.hpp"
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <stdexcept>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace dyield::guest {

// What a job's runs write: read so that none ever blocks, and forgotten but for the end.
class Output {
public:
	Output()
	{
		if (pipe2(ends, O_CLOEXEC) || fcntl(ends[0], F_SETFL, O_NONBLOCK))
			throw std::system_error(errno, std::generic_category(), "pipe");
	}
	~Output()
	{
		close(ends[0]);
		close(ends[1]);
	}
	Output(const Output &) = delete;
	Output &operator=(const Output &) = delete;

	int writer() const { return ends[1]; }
	/// Reads until the process of this descriptor has ended.
	void follow(int pidfd);
	/// The last line that is not empty.
	std::string last_line() const;

private:
	void read_once();

	static constexpr std::size_t most_kept = 200;
	int ends[2];
	std::string kept;
};

void Output::read_once()
{
	char buffer[65536];	// a whole pipe
	ssize_t n = read(ends[0], buffer, sizeof buffer);
	if (n <= 0)
		return;
	kept.append(buffer, n);
	kept.erase(0, kept.size() - std::min(kept.size(), most_kept));
}

void Output::follow(int pidfd)
{
	kept.clear();
	pollfd p[2] = {{pidfd, POLLIN, 0}, {ends[0], POLLIN, 0}};
	do {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			throw std::system_error(errno, std::generic_category(), "poll");
		if (p[1].revents)
			read_once();
	} while (!p[0].revents);
	read_once();
}

std::string Output::last_line() const
{
	auto last = kept.find_last_not_of(" \r\n");
	if (last == std::string::npos)
		return {};
	auto before = kept.rfind('\n', last);
	return kept.substr(before + 1, last - before);
}

namespace {

constexpr std::int64_t start_timeout_ns = 120 * ns_per_s;

} // namespace

void JobLoad::start()
{
	auto commands = plan.commands();
	last_run.at_ns = now_ns();
	jobs = std::vector<Job>(commands.size());
	for (std::size_t i = 0; i < jobs.size(); i++) {
		jobs[i].command = commands[i];
		jobs[i].thread = std::thread(&JobLoad::work, this, std::ref(jobs[i]));
	}
	auto failing = [&] { return !failure().empty(); };
	bool up = wait_for([&] { return begun == jobs.size() || failing(); }, start_timeout_ns);
	wait_for([&] { return progress() || failing(); }, plan.first_run_ns);
	if (auto why = failure(); !why.empty())
		throw std::runtime_error(why);
	if (!up)
		throw std::runtime_error(fmt::format("load {}: only {} of {} jobs began within {} s", plan.load, begun.load(),
						     jobs.size(), start_timeout_ns / ns_per_s));
}

void JobLoad::stop()
{
	stopping = true;
	for (auto &job : jobs) {
		std::lock_guard lock(job.lock);
		if (job.running)
			kill(-job.running, SIGKILL);
	}
	for (auto &job : jobs)
		if (job.thread.joinable())
			job.thread.join();
}

void JobLoad::work(Job &job)
{
	try {
		Output output;
		while (run_once(job, output))
			;
	} catch (const std::exception &e) {
		fail(e.what());
	}
}

bool JobLoad::begin(Job &job, const Output &output)
{
	std::lock_guard lock(job.lock);
	if (stopping)
		return false;
	job.running = spawn(job.command.at(0), job.command, output.writer(), output.writer());
	return true;
}

// Also ends what the run has left behind: nothing may pile up.
int JobLoad::reap(Job &job)
{
	std::lock_guard lock(job.lock);
	int status = 0;
	kill(-job.running, SIGKILL);
	waitpid(job.running, &status, 0);
	job.running = 0;
	return status;
}

bool JobLoad::run_once(Job &job, Output &output)
{
	auto from = now_ns();
	if (!begin(job, output))
		return false;
	if (!job.completed.get())
		begun++;
	int fd = int(syscall(SYS_pidfd_open, job.running, 0));	// glibc 2.36's header is not for C++
	if (fd >= 0) {
		output.follow(fd);
		close(fd);
	}
	int status = reap(job);
	if (stopping)
		return false;
	if (fd < 0)
		throw std::system_error(ENOSYS, std::generic_category(), "pidfd_open");
	if (status) {
		failed++;
		auto last = output.last_line();
		fail(fmt::format("{} ended with {}{}", job.command[0], how_it_ended(status), last.empty() ? "" : ": '" + last + "'"));
		return false;
	}
	complete(job, from);
	return true;
}

void JobLoad::complete(Job &job, std::int64_t began)
{
	std::lock_guard lock(mark_lock);
	auto now = now_ns();
	job.recorder.record(gate, now - began);
	job.completed.add();
	last_run = {now, progress()};
}

Mark JobLoad::mark() const
{
	std::lock_guard lock(mark_lock);
	return last_run;
}

void JobLoad::fail(const std::string &why)
{
	std::lock_guard lock(failure_lock);
	if (failure_text.empty())
		failure_text = fmt::format("load {}: {}", plan.load, why);
}

std::string JobLoad::failure()
{
	std::lock_guard lock(failure_lock);
	return failure_text;
}

Option jobs_option()
{
	auto cpus = std::int64_t(std::thread::hardware_concurrency());
	return {"jobs", Option::Kind::integer, std::clamp<std::int64_t>(cpus, 1, 64), 1, 64, "command lines side by side, by default one a vCPU"};
}

} // namespace dyield::guest
