/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: a profile becomes a program that the kernel runs at every system call, and that it translates and tries on every number
 * for each step that loads it: it must be short and fast, and it must answer what the profile says.
 *
 * Design: what does not depend on arguments is a binary search among ranges of numbers (seccomp-ranges.c), a quarter of the
 * instructions that libseccomp takes for a search among single numbers. libseccomp makes the rest, which is reached by a jump:
 * conditions on arguments, x32 and other architectures. Three things are not rules of libseccomp's own:
 * - `kill` is SECCOMP_RET_USER_NOTIF: the kernel stops the caller and tells the supervisor, which records the call with its
 *   arguments and kills the whole sandbox. A plain kill could not say what was called.
 * - A condition's `otherwise`: libseccomp tests the most specific mask first, so two rules on one bit of the same argument
 *   catch every call that the condition's own rules have left over.
 * - Calls newer than what libseccomp knows answer ENOSYS whatever the profile says of unlisted ones: that is what a kernel that
 *   does not have them answers, and what libc is prepared for.
 *
 * Invariant: the filter has been tried (seccomp-simulate.c) on every call number, on every
 * condition with each bit of its arguments flipped, on another architecture, and on the tables of
 * seccomp-closed.c before it is handed out.
 */

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include "lib/base/fd.h"
#include "supervisor/policy/seccomp-calls.h"
#include "supervisor/policy/seccomp-closed.h"
#include "supervisor/policy/seccomp-ipc.h"
#include "supervisor/policy/seccomp-native.h"
#include "supervisor/policy/seccomp-profile.h"
#include "supervisor/policy/seccomp-ranges.h"
#include "supervisor/policy/seccomp-simulate.h"

#define LAYER "seccomp"

enum { TRIED_MAX = 1023 }; /* numbers that the trial asks about */

static void release_ptr(scmp_filter_ctx *context)
{
	if (*context)
		seccomp_release(*context);
}

static uint32_t library_action(const struct seccomp_action *action)
{
	switch (action->answer) {
	case SECCOMP_ANSWER_ALLOW:
		return SCMP_ACT_ALLOW;
	case SECCOMP_ANSWER_KILL:
		return SCMP_ACT_NOTIFY;
	default:
		return SCMP_ACT_ERRNO((uint32_t)action->error);
	}
}

static uint32_t kernel_action(const struct seccomp_action *action)
{
	switch (action->answer) {
	case SECCOMP_ANSWER_ALLOW:
		return SECCOMP_RET_ALLOW;
	case SECCOMP_ANSWER_KILL:
		return SECCOMP_RET_USER_NOTIF;
	default:
		return SECCOMP_RET_ERRNO | (uint32_t)action->error;
	}
}

static bool same_action(const struct seccomp_action *a, const struct seccomp_action *b)
{
	return a->answer == b->answer && a->error == b->error;
}

static int add_matches(scmp_filter_ctx context, uint32_t action, int number,
		       const struct seccomp_match *matches, size_t n)
{
	struct scmp_arg_cmp compares[SECCOMP_ARGS];
	int r;

	for (size_t i = 0; i < n; i++)
		compares[i] = SCMP_CMP(matches[i].arg, SCMP_CMP_MASKED_EQ, matches[i].mask,
				       matches[i].value);
	r = seccomp_rule_add_array(context, action, number, (unsigned int)n, compares);
	return r == -EEXIST ? 0 : r;
}

/*
 * What is left over at each level of libseccomp's tree: the matches before `level` are met, the one
 * at `level` is not.
 */
static int add_leftover(scmp_filter_ctx context, uint32_t action, int number,
			const struct seccomp_alternative *alternative, size_t level)
{
	struct seccomp_match matches[SECCOMP_ARGS];
	const struct seccomp_match *last = &alternative->matches[level];
	uint64_t bit = last->mask & -last->mask;

	memcpy(matches, alternative->matches, sizeof(matches));
	matches[level].mask = bit;
	for (unsigned int set = 0; set < 2; set++) {
		int r;

		matches[level].value = set ? bit : 0;
		/* A mask of one bit has only one other value; this one is the condition's own. */
		if (last->mask == bit && last->value == matches[level].value)
			continue;
		r = add_matches(context, action, number, matches, level + 1);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * Whether two alternatives leave the same over at `level`: the same matches before it, the same
 * mask at it.
 */
static bool same_leftover(const struct seccomp_alternative *a, const struct seccomp_alternative *b,
			  size_t level)
{
	if (level >= a->n_matches || level >= b->n_matches)
		return false;
	for (size_t i = 0; i <= level; i++) {
		if (a->matches[i].arg != b->matches[i].arg ||
		    a->matches[i].mask != b->matches[i].mask ||
		    (i < level && a->matches[i].value != b->matches[i].value))
			return false;
	}
	return true;
}

static bool leftover_is_known(const struct seccomp_where *where, size_t index, size_t level)
{
	for (size_t i = 0; i < index; i++)
		if (same_leftover(&where->alternatives[i], &where->alternatives[index], level))
			return true;
	return false;
}

static int add_leftovers(scmp_filter_ctx context, const struct seccomp_rule *rule)
{
	uint32_t otherwise = library_action(&rule->action);

	for (size_t i = 0; i < rule->where->n_alternatives; i++) {
		const struct seccomp_alternative *alternative = &rule->where->alternatives[i];

		for (size_t level = 0; level < alternative->n_matches; level++) {
			int r = 0;

			if (!leftover_is_known(rule->where, i, level))
				r = add_leftover(context, otherwise, rule->number, alternative,
						 level);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int add_condition(scmp_filter_ctx context, const struct seccomp_profile *profile,
			 const struct seccomp_rule *rule)
{
	for (size_t i = 0; i < rule->where->n_alternatives; i++) {
		const struct seccomp_alternative *alternative = &rule->where->alternatives[i];
		int r = add_matches(context, library_action(&rule->then), rule->number,
				    alternative->matches, alternative->n_matches);

		if (r < 0)
			return r;
	}
	/*
	 * After all of the condition's own: libseccomp looks for a rule's place from the first that
	 * it passes.
	 */
	if (same_action(&rule->action, &profile->unlisted))
		return 0;
	return add_leftovers(context, rule);
}

static int add_rule(scmp_filter_ctx context, const struct seccomp_profile *profile,
		    const struct seccomp_rule *rule)
{
	/* What is not on this architecture has a negative number, what has no condition is in the ranges. */
	return rule->number < 0 || !rule->where ? 0 : add_condition(context, profile, rule);
}

static int add_rules(scmp_filter_ctx context, const struct seccomp_profile *profile,
		     struct fault *fault)
{
	for (size_t i = 0; i < profile->n_rules; i++) {
		const struct seccomp_rule *rule = &profile->rules[i];
		int r = add_rule(context, profile, rule);

		if (r < 0)
			return yaml_text_fault(rule->text, fault, rule->path,
					       "libseccomp refuses the rule for '%s' (%s); expected "
					       "a 'then' that is not the answer of unlisted calls",
					       rule->call, strerrorname_np(-r));
	}
	return 0;
}

static int set_attributes(scmp_filter_ctx context)
{
	int r = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);

	if (r == 0)
		r = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_NOTIFY);
	return r;
}

/* What a native call with this number is answered, whatever its arguments. */
static uint32_t number_answer(const struct seccomp_profile *profile,
			      const struct seccomp_rule *const *rules, int number)
{
	if (!rules[number])
		return kernel_action(&profile->unlisted);
	return rules[number]->where ? SECCOMP_ANSWER_DEPENDS : kernel_action(&rules[number]->action);
}

/* The ranges of all numbers: what is above the highest that is known answers ENOSYS. */
static void find_ranges(const struct seccomp_profile *profile, struct seccomp_ranges *ranges)
{
	const struct seccomp_rule *rules[SECCOMP_RANGES_MAX] = {NULL};
	int highest = MIN(seccomp_call_highest(), SECCOMP_RANGES_MAX - 1);

	for (size_t i = 0; i < profile->n_rules; i++)
		if (profile->rules[i].number >= 0 && profile->rules[i].number <= highest)
			rules[profile->rules[i].number] = &profile->rules[i];
	ranges->n = 0;
	for (int number = 0; number <= highest; number++)
		seccomp_ranges_add(ranges, (uint32_t)number, number_answer(profile, rules, number));
	seccomp_ranges_add(ranges, (uint32_t)highest + 1, SECCOMP_RET_ERRNO | ENOSYS);
}

/* Reads what libseccomp wrote into the memfd, behind the search. */
static int read_program(int fd, const struct seccomp_ranges *ranges, struct policy_filter *filter)
{
	size_t n_before = seccomp_ranges_length(ranges);
	size_t before = n_before * sizeof(struct sock_filter);
	struct stat st;
	char *program;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size <= 0 || (size_t)st.st_size % sizeof(struct sock_filter) != 0 ||
	    (size_t)st.st_size + before > BPF_MAXINSNS * sizeof(struct sock_filter))
		return -E2BIG;
	program = malloc(before + (size_t)st.st_size);
	if (!program)
		return -ENOMEM;
	filter->instructions = program;
	filter->n_instructions = (before + (size_t)st.st_size) / sizeof(struct sock_filter);
	seccomp_ranges_write(ranges, filter->instructions);
	n = fd_pread_full(fd, program + before, (size_t)st.st_size, 0);
	return n < 0 ? (int)n : n == st.st_size ? 0 : -EIO;
}

static int export_program(scmp_filter_ctx context, const struct seccomp_profile *profile,
			  struct policy_filter *filter)
{
	_cleanup_close_ int fd = memfd_create("seccomp-filter", MFD_CLOEXEC);
	struct seccomp_ranges ranges;
	int r;

	if (fd < 0)
		return -errno;
	r = seccomp_export_bpf(context, fd);
	if (r < 0)
		return r;
	find_ranges(profile, &ranges);
	return read_program(fd, &ranges, filter);
}

static bool filter_notifies(const struct policy_filter *filter)
{
	const struct sock_filter *instructions = filter->instructions;

	for (size_t i = 0; i < filter->n_instructions; i++)
		if (instructions[i].code == (BPF_RET | BPF_K) &&
		    instructions[i].k == SECCOMP_RET_USER_NOTIF)
			return true;
	return false;
}

/* --- the trial: does the filter answer what the profile says? --- */

static uint32_t expected_answer(const struct seccomp_rule *rule, const uint64_t *args)
{
	if (rule->where && seccomp_where_holds(rule->where, args))
		return kernel_action(&rule->then);
	return kernel_action(&rule->action);
}

static bool answers(const struct policy_filter *filter, const struct seccomp_data *data,
		    uint32_t expected)
{
	return seccomp_simulate(filter->instructions, filter->n_instructions, data) == expected;
}

/*
 * One alternative as written, then with each bit of each argument that it compares flipped: every
 * edge of what it allows.
 */
static bool try_alternative(const struct policy_filter *filter, const struct seccomp_rule *rule,
			    const struct seccomp_alternative *alternative)
{
	struct seccomp_data data = {.nr = rule->number, .arch = SECCOMP_NATIVE_ARCH};
	uint64_t *args = (uint64_t *)data.args;

	for (size_t i = 0; i < alternative->n_matches; i++)
		args[alternative->matches[i].arg] = alternative->matches[i].value;
	if (!answers(filter, &data, expected_answer(rule, args)))
		return false;
	for (size_t i = 0; i < alternative->n_matches; i++) {
		uint64_t *arg = &args[alternative->matches[i].arg];

		for (unsigned int bit = 0; bit < 64; bit++) {
			*arg ^= UINT64_C(1) << bit;
			if (!answers(filter, &data, expected_answer(rule, args)))
				return false;
			*arg ^= UINT64_C(1) << bit;
		}
	}
	return true;
}

static bool try_rule(const struct policy_filter *filter, const struct seccomp_rule *rule)
{
	struct seccomp_data data = {.nr = rule->number, .arch = SECCOMP_NATIVE_ARCH};

	if (rule->number < 0)
		return true;
	if (!rule->where)
		return answers(filter, &data, kernel_action(&rule->action));
	for (size_t i = 0; i < rule->where->n_alternatives; i++)
		if (!try_alternative(filter, rule, &rule->where->alternatives[i]))
			return false;
	return true;
}

/* Calls that no rule names, those that are too new, and another architecture. */
static bool try_unlisted(const struct policy_filter *filter, const struct seccomp_profile *profile)
{
	struct seccomp_data data = {.arch = SECCOMP_NATIVE_ARCH};
	bool listed[TRIED_MAX + 1] = {false};
	int highest = seccomp_call_highest();

	for (size_t i = 0; i < profile->n_rules; i++)
		if (profile->rules[i].number >= 0 && profile->rules[i].number <= TRIED_MAX)
			listed[profile->rules[i].number] = true;
	for (data.nr = 0; data.nr <= TRIED_MAX; data.nr++) {
		uint32_t expected = data.nr > highest ? SECCOMP_RET_ERRNO | ENOSYS :
							kernel_action(&profile->unlisted);

		if (!listed[data.nr] && !answers(filter, &data, expected))
			return false;
	}
	data.nr = 0;
	data.arch = AUDIT_ARCH_I386;
	if (!answers(filter, &data, SECCOMP_RET_USER_NOTIF))
		return false;
#ifdef __x86_64__
	data.arch = SECCOMP_NATIVE_ARCH;
	data.nr = (int)SECCOMP_X32_BIT;
	return answers(filter, &data, SECCOMP_RET_USER_NOTIF);
#else
	return true;
#endif
}

static int try_filter(const struct seccomp_profile *profile, const struct policy_filter *filter,
		      struct fault *fault)
{
	for (size_t i = 0; i < profile->n_rules; i++) {
		const struct seccomp_rule *rule = &profile->rules[i];

		if (!try_rule(filter, rule))
			return yaml_text_fault(
				rule->text, fault, rule->path,
				"libseccomp's filter does not answer '%s' as written; "
				"expected conditions that begin with the same argument",
				rule->call);
	}
	if (!try_unlisted(filter, profile))
		return yaml_text_fault(profile->texts[0], fault, "unlisted",
				       "libseccomp's filter does not answer unlisted calls as "
				       "written; expected it to");
	return seccomp_closed_check_filter(profile, filter, fault);
}

static int build(const struct seccomp_profile *profile, struct policy_filter *filter,
		 struct fault *fault)
{
	_cleanup_(release_ptr) scmp_filter_ctx context =
		seccomp_init(library_action(&profile->unlisted));
	int r;

	if (!context)
		return fault_set(fault, -ENOMEM, LAYER, "cannot make a filter for profile %s",
				 profile->name);
	r = set_attributes(context);
	if (r < 0)
		return fault_set(fault, r, LAYER, "libseccomp cannot notify: version 2.5 is needed");
	r = add_rules(context, profile, fault);
	if (r < 0)
		return r;
	r = export_program(context, profile, filter);
	if (r < 0)
		return fault_set(fault, r, LAYER, "cannot make a filter for profile %s",
				 profile->name);
	filter->notifies = filter_notifies(filter);
	filter->ipc_closed = seccomp_ipc_closed(filter);
	return try_filter(profile, filter, fault);
}

int seccomp_profile_compile(const struct seccomp_profile *profile, struct policy_filter *ret_filter,
			    struct fault *fault)
{
	struct policy_filter filter = {.profile = NULL};
	int r = seccomp_closed_check_rules(profile, fault);

	if (r < 0)
		return r;
	filter.profile = strdup(profile->name);
	if (!filter.profile)
		return fault_set(fault, -ENOMEM, LAYER, "cannot make a filter for profile %s",
				 profile->name);
	r = build(profile, &filter, fault);
	if (r < 0) {
		free(filter.profile);
		free(filter.instructions);
		return r;
	}
	*ret_filter = filter;
	return 0;
}
