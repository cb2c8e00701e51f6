// SPDX-License-Identifier: GPL-2.0
#include "cli/app.hpp"
#include "cli/settings.hpp"
#include "cli/tree.hpp"
#include "util/error.hpp"

namespace dyield::cli {
namespace {

const CLI::App &deepest(const CLI::App &app)
{
	auto parsed = app.get_subcommands();
	return parsed.empty() ? app : deepest(*parsed.front());
}

/// "dyield lab run" of a command within its parents.
std::string path_of(const CLI::App &app)
{
	return app.get_parent() ? path_of(*app.get_parent()) + " " + app.get_name() : app.get_name();
}

/// What `word` may have been meant to be: one of the command's own options or subcommands, or an option that belongs
/// before the subcommand. "" if nothing is near.
std::string suggestion(const CLI::App &root, const CLI::App &command, const std::string &word)
{
	std::string name = word.substr(0, word.find('='));
	std::vector<std::string> known;
	for (const CLI::App *c : command.get_subcommands([](const CLI::App *) { return true; }))
		known.push_back(c->get_name());
	for (const CLI::Option *o : command.get_options())
		for (auto &l : o->get_lnames())
			known.push_back("--" + l);
	if (&root != &command && root.get_option_no_throw(name))
		return fmt::format("; it goes before the subcommand: dyield {} ...", name);
	auto near = nearest(name, known);
	return near.empty() ? "" : fmt::format("; is {} meant?", near);
}

/// One line for what CLI11 found wrong.
std::string explain(const CLI::App &root, const CLI::ParseError &e)
{
	const CLI::App &command = deepest(root);
	auto left = root.remaining(true);
	std::string what = e.what();
	bool wants_subcommand = dynamic_cast<const CLI::RequiredError *>(&e) && what.find("subcommand") != what.npos;
	if (!left.empty() && (wants_subcommand || dynamic_cast<const CLI::ExtrasError *>(&e)))
		what = fmt::format("'{}' has no {} '{}'{}", path_of(command), left[0].starts_with('-') ? "option" : wants_subcommand ? "subcommand" : "argument",
				   left[0], suggestion(root, command, left[0]));
	return fmt::format("{} (see {} --help)", what, path_of(command));
}

std::string exit_status_text()
{
	std::string text = "Exit status:";
	for (auto &s : exit_statuses())
		text += fmt::format("\n  {:<4} {}", s.code, s.meaning);
	return text;
}

} // namespace

const std::vector<ExitStatus> &exit_statuses()
{
	static const std::vector<ExitStatus> all{
		{exit_ok, "done"},
		{exit_failed, "it ran, and something did not work"},
		{exit_usage, "bad arguments, or a bad config file"},
		{exit_unfit, "this host cannot do it"},
		{exit_interrupted, "interrupted (Ctrl-C, SIGTERM); what was measured is kept"},
	};
	return all;
}

void add_everything(CLI::App &app, Action &action)
{
	app.name("dyield");
	app.description("Measures what a KVM host does on PAUSE exits of spinning guests, and whether kvm_dyield pays.");
	app.set_version_flag("--version", "dyield " DYIELD_VERSION, "Print the version and exit");
	app.require_subcommand(1);
	add_bench(app, action);
	add_check(app, action);
	add_policy(app, action);
	add_stat(app, action);
	add_report(app, action);
	add_compare(app, action);
	add_judge(app, action);
	add_timeline(app, action);
	add_lab(app, action);
	add_serve(app, action);
	add_man(app, action);
	add_completion(app, action);
	take_settings(app);
	app.footer("Examples:\n"
		   "  dyield check\n"
		   "  dyield bench --host emulated --image \"$(cat build/image)\"\n"
		   "  dyield report results/latest.json\n"
		   "Every option can also stand in a config file (TOML: [bench], below it boots = 5), or in the environment\n"
		   "(DYIELD_BOOTS=5), which comes before the file; the command line comes before both. See dyield(1).\n"
		   + exit_status_text());
}

int run(int argc, char **argv)
{
	CLI::App app;
	Action action;
	add_everything(app, action);
	try {
		app.parse(argc, argv);
		catch_interrupts();
		return action();
	} catch (const CLI::Success &e) {
		return app.exit(e);	// --help, --version
	} catch (const CLI::ParseError &e) {
		fmt::print(stderr, "dyield: {}\n", explain(app, e));
		return exit_usage;
	} catch (const Error &e) {
		fmt::print(stderr, "dyield: {}\n", e.what());
		return e.code;
	} catch (const std::exception &e) {
		fmt::print(stderr, "dyield: {}\n", e.what());
		return exit_failed;
	}
}

} // namespace dyield::cli
