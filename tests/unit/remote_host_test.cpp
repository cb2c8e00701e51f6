// SPDX-License-Identifier: GPL-2.0
#include "host/remote_host.hpp"
#include "util/error.hpp"
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

using namespace dyield;
using testing::HasSubstr;

namespace {

/// An ssh that does what a script says, first in PATH. A real one, with a real dyield behind it, is in host-test.
class FakeSsh : public testing::Test {
protected:
	FakeSsh() : path_(std::getenv("PATH"))
	{
		config_.guest.kernel = "/a kernel";
		config_.guest.initrd = "/it's/initramfs";
		setenv("PATH", (folder_.path() + ":" + path_).c_str(), 1);
		std::signal(SIGPIPE, SIG_IGN);	// as in the program
	}
	~FakeSsh() override { setenv("PATH", path_.c_str(), 1); }
	void script(const std::string &text)
	{
		std::string ssh = folder_.path() + "/ssh";
		std::ofstream(ssh) << "#!/bin/sh\necho \"$*\" > " << folder_.path() << "/arguments\n" << text;
		std::filesystem::permissions(ssh, std::filesystem::perms::owner_all);
	}
	/// What it throws: its code and line.
	std::pair<int, std::string> failure()
	{
		try {
			RemoteHost host(address_, config_);
			host.measure(cell_, 0, Measure{}, [](auto &) {});
		} catch (const Error &e) {
			return {e.code, e.what()};
		}
		return {0, ""};
	}

	TempDir folder_{"dyield-ssh-test"};
	SshAddress address_{"root@box", "2222", "qemu:///system"};
	LocalHostConfig config_;
	Cell cell_ = rik_cell("ipc", 8, 4, Layout::vcpu_cgroups, Setting::stock);

private:
	std::string path_;
};

} // namespace

TEST(SshAddress, OfLibvirtsUris)
{
	auto a = ssh_address("qemu+ssh://root@box:2222/system").value();
	EXPECT_EQ(a.machine, "root@box");
	EXPECT_EQ(a.port, "2222");
	EXPECT_EQ(a.uri, "qemu:///system");
	EXPECT_EQ(ssh_address("qemu+libssh2://box/session").value().uri, "qemu:///session");
	EXPECT_EQ(ssh_address("qemu+ssh://box/system").value().port, "");
	for (auto other : {"qemu:///system", "qemu+tcp://box/system", "qemu+ssh://", "test:///default", ""})
		EXPECT_FALSE(ssh_address(other)) << other;
	EXPECT_THROW(ssh_address("qemu+ssh://box/system?keyfile=x"), Error);
}

TEST_F(FakeSsh, IsAskedForDyieldThereAndAnswers)
{
	dyield::Run there;
	there.ple_exits = 77;
	there.context = {{"kernel", "6.12"}};
	std::ofstream(folder_.path() + "/run") << nlohmann::json({{"event", "run"}, {"run", there}}).dump() << "\n";
	script("echo Welcome to box; echo '{\"event\":\"serving\"}'; read a; echo '{\"event\":\"progress\",\"step\":\"booting\"}'; echo '{\"event\":\"frozen\"}'\n"
	       "read b; cat " + folder_.path() + "/run; read c; echo \"$a $b $c\" > " + folder_.path() + "/orders\n");
	std::string steps;
	{
		RemoteHost host(address_, config_);
		auto run = host.measure(cell_, 3, Measure{}, [&](auto &step) { steps += step; });
		EXPECT_EQ(run.error, "");
		EXPECT_EQ(run.ple_exits, 77);
		EXPECT_EQ(run.boot, 3);
		EXPECT_EQ(run.cell, cell_);
		EXPECT_EQ(run.context["machine"], "root@box");
		EXPECT_EQ(run.context["kernel"], "6.12");
	}
	EXPECT_EQ(steps, "booting");
	auto arguments = read_or(folder_.path() + "/arguments", "");
	EXPECT_THAT(arguments, HasSubstr("-p 2222 root@box 'dyield' 'serve' '--port' '-' '--connect' 'qemu:///system'"));
	EXPECT_THAT(arguments, HasSubstr("'--guest-kernel' '/a kernel' '--guest-initrd' '/it'\\''s/initramfs'"));
	auto orders = read_or(folder_.path() + "/orders", "");
	for (auto part : {"bring-up", "measure", "end"})
		EXPECT_THAT(orders, HasSubstr(part));
}

TEST_F(FakeSsh, ACellThatFailsThereIsARunWithAnError)
{
	script("echo '{\"event\":\"serving\"}'; read a; echo '{\"event\":\"error\",\"message\":\"the guests did not become idle\"}'; read b");
	RemoteHost host(address_, config_);
	EXPECT_EQ(host.measure(cell_, 0, Measure{}, [](auto &) {}).error, "the guests did not become idle");
}

TEST_F(FakeSsh, SaysInALineWhatIsWrong)
{
	script("echo 'ssh: connect to host box port 22: Connection refused' >&2; exit 255");
	EXPECT_EQ(failure().second, "ssh to root@box ended (exit status 255): ssh: connect to host box port 22: Connection refused");
	script("echo 'sh: 1: dyield: not found' >&2; exit 127");
	EXPECT_EQ(failure().first, exit_unfit);
	EXPECT_THAT(failure().second, HasSubstr("install dyield there"));
	script("echo 'dyield: this CPU has no PAUSE exits' >&2; exit 3");
	EXPECT_EQ(failure(), std::pair(int(exit_unfit), std::string("root@box: this CPU has no PAUSE exits")));
	script("echo '{\"event\":\"serving\"}'; read a; echo 'Connection to box closed by remote host.' >&2; exit 255");
	EXPECT_THAT(failure().second, HasSubstr("closed by remote host"));
}
