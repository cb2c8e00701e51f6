// SPDX-License-Identifier: GPL-2.0
/* The module's parameters. All may change at any time, while vCPUs spin. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "params.h"

#define DY_NAME_MAX	32

/* What durations may be, and are to begin with. */
struct duration {
	const char *name;
	unsigned long min, max, ns;
};

static struct duration sleep_ns = { "sleep_ns", 1000, 100000000, 100000 };
static struct duration boost_ns = { "boost_ns", 10000, 10000000, 500000 };

static const struct dy_policy *policy;	/* NULL: nobody chose one */

static const char *const ignorable[] = {
#define IGNORE(name) [DY_IGNORE_##name] = #name,
#include "core/ignore.def"
#undef IGNORE
};

static unsigned long ignored;

/**
 * dy_param_policy() - the policy of all VMs
 *
 * Return: the policy; it is static data, so it may be used to the end of a spin
 * although another one is chosen meanwhile.
 */
const struct dy_policy *dy_param_policy(void)
{
	return READ_ONCE(policy) ?: dy_policies[0];
}

/**
 * dy_param_ignored() - what policies are not to know, to see what it is worth
 *
 * Return: a bit for each &enum dy_ignore.
 */
unsigned long dy_param_ignored(void)
{
	return READ_ONCE(ignored);
}

/**
 * dy_param_sleep_ns() - how long the policy sleep sleeps, and adaptive at most
 *
 * Return: nanoseconds, in range.
 */
unsigned long dy_param_sleep_ns(void)
{
	return READ_ONCE(sleep_ns.ns);
}

/**
 * dy_param_boost_ns() - how long a boost lasts
 *
 * Return: nanoseconds, in range.
 */
unsigned long dy_param_boost_ns(void)
{
	return READ_ONCE(boost_ns.ns);
}

static bool check_ns(const struct duration *duration, u64 ns)
{
	bool fits = ns >= duration->min && ns <= duration->max;

	if (!fits)
		pr_err("%s must be a number from %lu to %lu\n", duration->name,
		       duration->min, duration->max);
	return fits;
}

/**
 * dy_param_check_ns() - is a duration in range?
 * @name: its parameter
 * @ns: nanoseconds
 *
 * Return: true if it is; else the kernel log says what would be.
 */
bool dy_param_check_ns(const char *name, u64 ns)
{
	return check_ns(strcmp(name, boost_ns.name) ? &sleep_ns : &boost_ns, ns);
}

static int list_ignored(char *buf, size_t size, unsigned long bits)
{
	int len = 0;

	for (unsigned int i = 0; i < DY_NR_IGNORE; i++)
		if (bits & BIT(i))
			len += scnprintf(buf + len, size - len, "%s%s",
					 len ? "," : "", ignorable[i]);
	return len;
}

static int list_policies(char *buf, size_t size)
{
	int len = 0;

	for (const struct dy_policy *const *p = dy_policies; *p; p++)
		len += scnprintf(buf + len, size - len, "%s%s", len ? " " : "",
				 (*p)->name);
	return len;
}

/**
 * dy_param_find_policy() - look a policy up, as a user wrote it
 * @name: its name
 *
 * Return: NULL if there is none; then the kernel log says which there are.
 */
const struct dy_policy *dy_param_find_policy(const char *name)
{
	const struct dy_policy *found = dy_policy_find(name);
	char names[256];

	if (!found) {
		list_policies(names, sizeof(names));
		pr_err("no policy '%s', there are: %s\n", name, names);
	}
	return found;
}

static int policy_set(const char *val, const struct kernel_param *kp)
{
	const struct dy_policy *found;
	char name[DY_NAME_MAX];

	/* A name that does not fit is cut, and no policy has one that long. */
	strscpy(name, val, sizeof(name));
	found = dy_param_find_policy(strim(name));
	if (!found)
		return -EINVAL;
	WRITE_ONCE(policy, found);
	return 0;
}

static int policy_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", dy_param_policy()->name);
}

static const struct kernel_param_ops policy_ops = {
	.set = policy_set,
	.get = policy_get,
};
module_param_cb(policy, &policy_ops, NULL, 0644);
MODULE_PARM_DESC(policy, "what a spinning vCPU does; the parameter policies lists them (default: adaptive)");

static int policies_get(char *buf, const struct kernel_param *kp)
{
	int len = list_policies(buf, PAGE_SIZE - 1);

	return len + sysfs_emit_at(buf, len, "\n");
}

/* The file is read-only, but insmod calls this without asking. */
static int policies_set(const char *val, const struct kernel_param *kp)
{
	pr_err("the parameter policies is read-only; policy= chooses one\n");
	return -EPERM;
}

static const struct kernel_param_ops policies_ops = {
	.set = policies_set,
	.get = policies_get,
};
module_param_cb(policies, &policies_ops, NULL, 0444);
MODULE_PARM_DESC(policies, "the names of all policies (read-only)");

static int ignore_set(const char *val, const struct kernel_param *kp)
{
	char names[64], *rest = names, *name;
	unsigned long bits = 0;
	int i;

	/* What does not fit is cut; all words together would. */
	strscpy(names, val, sizeof(names));
	while ((name = strsep(&rest, ","))) {
		name = strim(name);
		if (!*name)
			continue;
		i = match_string(ignorable, DY_NR_IGNORE, name);
		if (i < 0) {
			list_ignored(names, sizeof(names), BIT(DY_NR_IGNORE) - 1);
			pr_err("ignore must be empty or of: %s\n", names);
			return -EINVAL;
		}
		bits |= BIT(i);
	}
	WRITE_ONCE(ignored, bits);
	return 0;
}

static int ignore_get(char *buf, const struct kernel_param *kp)
{
	int len = list_ignored(buf, PAGE_SIZE - 1, dy_param_ignored());

	return len + sysfs_emit_at(buf, len, "\n");
}

static const struct kernel_param_ops ignore_ops = {
	.set = ignore_set,
	.get = ignore_get,
};
module_param_cb(ignore, &ignore_ops, NULL, 0644);
MODULE_PARM_DESC(ignore, "for experiments, what policies do not know: strangers,siblings,here,room (default: none)");

static int ns_set(const char *val, const struct kernel_param *kp)
{
	struct duration *duration = kp->arg;
	unsigned long ns;

	if (kstrtoul(val, 0, &ns))
		ns = 0;		/* out of every range */
	if (!check_ns(duration, ns))
		return -EINVAL;
	WRITE_ONCE(duration->ns, ns);
	return 0;
}

static int ns_get(char *buf, const struct kernel_param *kp)
{
	const struct duration *duration = kp->arg;

	return sysfs_emit(buf, "%lu\n", READ_ONCE(duration->ns));
}

static const struct kernel_param_ops ns_ops = {
	.set = ns_set,
	.get = ns_get,
};
module_param_cb(sleep_ns, &ns_ops, &sleep_ns, 0644);
MODULE_PARM_DESC(sleep_ns, "how long the policy sleep sleeps, and adaptive at most, 1000 to 100000000 (default: 100000)");
module_param_cb(boost_ns, &ns_ops, &boost_ns, 0644);
MODULE_PARM_DESC(boost_ns, "how long a boost lasts, 10000 to 10000000 (default: 500000)");
