// SPDX-License-Identifier: GPL-2.0
/* The module's parameters. All may change at any time, while vCPUs spin. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "params.h"

#define DY_NAME_MAX	32

static const unsigned long sleep_ns_min = 1000;
static const unsigned long sleep_ns_max = 100000000;

static const struct dy_policy *policy = &dy_directed;
static unsigned long sleep_ns = 100000;

/**
 * dy_param_policy() - the policy of all VMs
 *
 * Return: the policy; it is static data, so it may be used to the end of a spin
 * although another one is chosen meanwhile.
 */
const struct dy_policy *dy_param_policy(void)
{
	return READ_ONCE(policy);
}

/**
 * dy_param_sleep_ns() - how long the policy sleep sleeps
 *
 * Return: nanoseconds, in range.
 */
unsigned long dy_param_sleep_ns(void)
{
	return READ_ONCE(sleep_ns);
}

static int list_policies(char *buf, size_t size)
{
	int len = 0;

	for (const struct dy_policy *const *p = dy_policies; *p; p++)
		len += scnprintf(buf + len, size - len, "%s%s", len ? " " : "",
				 (*p)->name);
	return len;
}

static int policy_set(const char *val, const struct kernel_param *kp)
{
	const struct dy_policy *found;
	char name[DY_NAME_MAX];
	char names[128];

	/* A name that does not fit is cut, and no policy has one that long. */
	strscpy(name, val, sizeof(name));
	found = dy_policy_find(strim(name));
	if (!found) {
		list_policies(names, sizeof(names));
		pr_err("no policy '%s', there are: %s\n", strim(name), names);
		return -EINVAL;
	}
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
MODULE_PARM_DESC(policy, "what a spinning vCPU does; the parameter policies lists them (default: directed)");

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

static int sleep_ns_set(const char *val, const struct kernel_param *kp)
{
	unsigned long ns;
	int ret = kstrtoul(val, 0, &ns);

	if (!ret && (ns < sleep_ns_min || ns > sleep_ns_max))
		ret = -EINVAL;
	if (ret) {
		pr_err("sleep_ns must be a number from %lu to %lu\n",
		       sleep_ns_min, sleep_ns_max);
		return ret;
	}
	WRITE_ONCE(sleep_ns, ns);
	return 0;
}

static int sleep_ns_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%lu\n", dy_param_sleep_ns());
}

static const struct kernel_param_ops sleep_ns_ops = {
	.set = sleep_ns_set,
	.get = sleep_ns_get,
};
module_param_cb(sleep_ns, &sleep_ns_ops, NULL, 0644);
MODULE_PARM_DESC(sleep_ns, "how long the policy sleep sleeps, 1000 to 100000000 (default: 100000)");
