// SPDX-License-Identifier: GPL-2.0
// What `make -jN` of a kernel does to the kernel below: compilers that are executed, look for headers along a path, read
// them, fault their memory in, write an object and exit.  The compiler is Debian's tcc, for it is 0.3 MB and needs no
// libc headers; so one run has fewer instructions in user mode than one of gcc, and system calls and faults weigh more.
#include "guest/jobs.hpp"
#include <cerrno>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace dyield::guest {

namespace {

namespace fs = std::filesystem;

constexpr int include_folders = 4;

void write_text(const fs::path &path, const std::string &text)
{
	std::ofstream file(path);
	file << text;
	if (!file.flush())
		throw std::system_error(errno, std::generic_category(), "load build: cannot write " + path.string());
}

std::string header(std::int64_t n)
{
	return fmt::format(R"(#ifndef HEADER_{0}
#define HEADER_{0}
struct node{0} {{ int key, values[8]; struct node{0} *next; }};
static inline int sum{0}(struct node{0} *p, int n)
{{
	for (; p; p = p->next)
		for (int i = 0; i < 8; i++)
			n += p->values[i] * (p->key ^ {0});
	return n;
}}
#endif
)", n);
}

std::string function(std::int64_t n, std::int64_t header)
{
	return fmt::format(R"(
int function{0}(struct node{1} *p, unsigned n)
{{
	unsigned x = n;
	switch (n % 5) {{
	case 0:
		x += sum{1}(p, {0});
		break;
	case 1:
		while (x > 7)
			x = x / 2 + 1;
		break;
	default:
		for (unsigned i = 0; i < n; i++)
			x ^= i << (n & 7);
	}}
	return x;
}}
)", n, header);
}

// A source file with headers in several folders, and a folder for objects; removed with it.
class SourceTree {
public:
	SourceTree(std::int64_t headers, std::int64_t functions);
	~SourceTree()
	{
		std::error_code ignored;
		fs::remove_all(root, ignored);
	}
	SourceTree(const SourceTree &) = delete;
	SourceTree &operator=(const SourceTree &) = delete;

	Command compile(std::int64_t job) const;

private:
	void fill(std::int64_t headers, std::int64_t functions) const;

	fs::path root;
};

SourceTree::SourceTree(std::int64_t headers, std::int64_t functions)
{
	auto name = (fs::temp_directory_path() / "dyield-build.XXXXXX").string();
	if (!mkdtemp(name.data()))
		throw std::system_error(errno, std::generic_category(), "load build: cannot make " + name);
	root = name;
	try {
		fill(headers, functions);
	} catch (...) {
		std::error_code ignored;
		fs::remove_all(root, ignored);
		throw;
	}
}

void SourceTree::fill(std::int64_t headers, std::int64_t functions) const
{
	std::string unit;
	for (int i = 0; i < include_folders; i++)
		fs::create_directories(root / fmt::format("include{}", i));
	for (std::int64_t i = 0; i < headers; i++) {
		write_text(root / fmt::format("include{}/header{}.h", i % include_folders, i), header(i));
		unit += fmt::format("#include <header{}.h>\n", i);
	}
	for (std::int64_t i = 0; i < functions; i++)
		unit += function(i, i % headers);
	write_text(root / "unit.c", unit);
}

Command SourceTree::compile(std::int64_t job) const
{
	Command words{"tcc", "-c", "-nostdinc"};
	for (int i = 0; i < include_folders; i++)
		words.push_back("-I" + (root / fmt::format("include{}", i)).string());
	words.insert(words.end(), {"-o", (root / fmt::format("unit{}.o", job)).string(), (root / "unit.c").string()});
	return words;
}

std::unique_ptr<Load> make_build(Options o)
{
	JobPlan plan{.load = "build", .commands = {}};
	plan.commands = [o, tree = std::shared_ptr<SourceTree>()]() mutable {
		tree = std::make_shared<SourceTree>(o.get("headers"), o.get("functions"));
		std::vector<Command> commands;
		for (std::int64_t i = 0; i < o.get("jobs"); i++)
			commands.push_back(tree->compile(i));
		return commands;
	};
	return std::make_unique<JobLoad>(std::move(plan), std::move(o));
}

} // namespace

LoadKind build_kind()
{
	using enum Option::Kind;
	return {"build", "compilers run over and over, as make -jN does (Debian's tcc, on /tmp); progress: compilations",
		{jobs_option(),
		 {"headers", integer, 40, 1, 1000, "headers that the source file includes, out of 4 folders"},
		 {"functions", integer, 30, 1, 10000, "functions in the source file"}},
		make_build};
}

} // namespace dyield::guest
