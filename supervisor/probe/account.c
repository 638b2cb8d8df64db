/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel side adds a price per call number to one sum and counts calls by number; it knows no classes. Here prices are written out per
 * number, and classes summed up from the numbers' counts. So an account cannot hide a call: its parts come from the counts, the
 * sum comes from the kernel, and they must agree.
 */

#include "supervisor/probe/account.h"

#include <errno.h>
#include <string.h>
#include <threads.h>

#include "lib/contract/limits.h"
#include "lib/contract/syscall.h"

_Static_assert((int)PROBE_CALLS == (int)GAS_CALLS_MAX && (int)PROBE_CALLS == (int)SYSCALL_MAX,
	       "one set of numbers");

/* Calls that mean the same in every schedule. */
static enum probe_extra extra_of_call(int nr)
{
	static const struct {
		const char *name;
		enum probe_extra extra;
	} calls[] = {
		{"fork", PROBE_EXTRA_FORK},	{"vfork", PROBE_EXTRA_FORK},
		{"clone", PROBE_EXTRA_FORK},	{"clone3", PROBE_EXTRA_FORK},
		{"execve", PROBE_EXTRA_EXEC},	{"execveat", PROBE_EXTRA_EXEC},
		{"mmap", PROBE_EXTRA_LENGTH},	{"brk", PROBE_EXTRA_BRK},
		{"mremap", PROBE_EXTRA_MREMAP},
	};
	const struct syscall_info *info = syscall_info(nr);

	if (info == NULL)
		return PROBE_EXTRA_NONE;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(info->name, calls[i].name) == 0)
			return calls[i].extra;
	return info->returns == SYSCALL_ARG_SIZE ? PROBE_EXTRA_MOVED : PROBE_EXTRA_NONE;
}

/* The same, looked up once: a step's prices are made from it while somebody waits. */
static unsigned char extras[PROBE_CALLS];

static void extras_fill(void)
{
	for (int nr = 0; nr < PROBE_CALLS; nr++)
		extras[nr] = (unsigned char)extra_of_call(nr);
}

static bool is_memory(enum probe_extra extra)
{
	return extra == PROBE_EXTRA_LENGTH || extra == PROBE_EXTRA_BRK ||
	       extra == PROBE_EXTRA_MREMAP;
}

static unsigned int class_of(const struct gas_schedule *schedule, int nr)
{
	return nr == PROBE_CALL_OTHER ? schedule->class_unknown : schedule->class_of[nr];
}

static int price_of(const struct gas_schedule *schedule, int nr, uint64_t *ret_price)
{
	enum probe_extra extra = (enum probe_extra)extras[nr];
	uint64_t price = 0;

	if (schedule != NULL) {
		const struct gas_class *class = &schedule->classes[class_of(schedule, nr)];

		if (class_of(schedule, nr) >= schedule->n_classes || class->price > PROBE_PRICE_MAX)
			return -ERANGE;
		price = class->price;
		if (class->extra == GAS_EXTRA_BYTES && extra <= PROBE_EXTRA_MOVED)
			extra = PROBE_EXTRA_BYTES;
		if (class->extra != GAS_EXTRA_PAGES && is_memory(extra))
			extra = PROBE_EXTRA_NONE;
	}
	*ret_price = price | (uint64_t)extra << PROBE_PRICE_BITS;
	return 0;
}

int account_prices(const struct gas_schedule *schedule, struct probe_config *config)
{
	static once_flag once = ONCE_FLAG_INIT;

	call_once(&once, extras_fill);
	for (int nr = 0; nr < PROBE_CALLS; nr++) {
		uint64_t price;
		int r = price_of(schedule, nr, &price);

		if (r < 0)
			return r;
		config->price[nr] = price;
	}
	config->bytes_unit = 1;
	config->bytes_price = config->page_price = config->fork_price = config->exec_price = 0;
	if (schedule == NULL)
		return 0;
	if (schedule->bytes_unit == 0 || schedule->bytes_price > PROBE_PRICE_MAX ||
	    schedule->page_price > PROBE_PRICE_MAX || schedule->fork_price > PROBE_PRICE_MAX ||
	    schedule->exec_price > PROBE_PRICE_MAX)
		return -ERANGE;
	config->bytes_unit = schedule->bytes_unit;
	config->bytes_price = schedule->bytes_price;
	config->page_price = schedule->page_price;
	config->fork_price = schedule->fork_price;
	config->exec_price = schedule->exec_price;
	return 0;
}

static void item_set(struct gas_account *account, enum gas_item item, uint64_t count, uint64_t gas)
{
	account->count[item] = count;
	account->gas[item] = gas;
}

void account_fill(const struct gas_schedule *schedule, const struct probe_sandbox *sandbox,
		  struct gas_account *ret_account)
{
	const struct probe_counts *counts = &sandbox->counts;
	const struct probe_config *config = &sandbox->config;
	struct gas_account account = {.used = counts->gas_used, .limit = config->gas_limit};

	if (schedule == NULL) {
		*ret_account = (struct gas_account){0};
		return;
	}
	for (int nr = 0; nr < PROBE_CALLS; nr++) {
		unsigned int class = class_of(schedule, nr);

		account.count[class] += counts->calls[nr];
		account.gas[class] += counts->calls[nr] * schedule->classes[class].price;
	}
	item_set(&account, GAS_ITEM_BYTES, counts->bytes_charged, counts->bytes_gas);
	item_set(&account, GAS_ITEM_PAGES, counts->pages, counts->pages * config->page_price);
	item_set(&account, GAS_ITEM_FORKS, counts->forks, counts->forks * config->fork_price);
	item_set(&account, GAS_ITEM_EXECS, counts->execs, counts->execs * config->exec_price);
	*ret_account = account;
}

bool account_sums_up(const struct gas_account *account)
{
	uint64_t sum = 0;

	for (int item = 0; item < GAS_ITEM_MAX; item++)
		sum += account->gas[item];
	return sum == account->used;
}

void account_counters(const struct probe_counts *counts, struct step_counters *ret_counters)
{
	struct step_counters counters = {
		.present = true,
		.interrupted = counts->free_calls,
		.bytes = counts->bytes,
		.pages = counts->pages,
		.forks = counts->forks,
		.execs = counts->execs,
		.exits = counts->exits,
		.minor_faults = counts->minor_faults,
		.major_faults = counts->major_faults,
		.switches = counts->switches,
		.preemptions = counts->preemptions,
		.faulted = counts->faulted,
		.truncated = counts->truncated,
		.denied_exec = counts->denied_exec,
		.denied_open = counts->denied_open,
		.denied_connect = counts->denied_connect,
		.denied_socket = counts->denied_socket,
		.denied_device = counts->denied_device,
	};

	for (int nr = 0; nr < PROBE_CALLS; nr++) {
		counters.calls[nr] = counts->calls[nr];
		counters.restarted[nr] = counts->restarted[nr] != 0;
		counters.syscalls += counts->calls[nr];
	}
	*ret_counters = counters;
}
