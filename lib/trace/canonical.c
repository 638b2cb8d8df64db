/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Two runs of one program differ in times, in process numbers, in addresses, and, where there are several threads,
 * in who was scheduled first. A digest that shall be equal for equal runs must not see any of these.
 *
 * So each thread has a digest of its own, of what it did in its own order, and a name that does not depend on numbers: the first
 * thread of the step is one, any other is "the k-th child of its parent". The step's digest is that of all names and
 * digests, sorted by name. Numbers of processes that occur as arguments or results are replaced by such names, pointers by
 * whether they are NULL. Signals arrive where they please: they are counted per thread and not placed. Calls that
 * wait or are made again (futex, sched_yield, restart_syscall, rt_sigreturn, and all that returned to be restarted)
 * are left out.
 *
 * Memory: 400 bytes and a hash state per live thread, 48 bytes for one that has ended; at most TRACE_THREADS_MAX of them.
 */

#include "lib/trace/canonical.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <sodium.h>

#include "lib/base/mem.h"

enum {
	NAME_BYTES = 16,
	REF_BYTES = 8, /* of a name where a number stood */
	SIGNALS = 65,  /* 1..64 */
	REALTIME = 32, /* signals from here on are queued, those before are not: signal(7) */
	SMALL_HEX =
		65536, /* numbers of unknown meaning from here on may be addresses (vm.mmap_min_addr) */
	ERRNO_MAX = 4095,
	RECORD_BYTES = 512, /* an event without its texts: 15 numbers of at most 10 bytes each */
};

#define NOBODY UINT32_MAX /* no process number is that large */

struct live {
	crypto_generichash_state state;
	uint32_t signals[SIGNALS];
};

/* The latest owner of a thread number. */
struct owner {
	uint32_t tid, forks;
	uint8_t name[NAME_BYTES];
	struct live *live; /* NULL when it has ended */
};

struct ended {
	uint8_t name[NAME_BYTES], digest[TRACE_HASH_BYTES];
};

struct trace_canonical {
	struct owner *owners; /* open addressing by tid; tid 0 is a free slot */
	uint64_t multiplier; /* odd and secret: no choice of numbers makes chains long (multiply-shift hashing) */
	uint32_t n_owners, n_slots;
	struct ended *ended;
	uint32_t n_ended, n_ended_allocated, unknown;
	struct owner *latest; /* of the event before */
	bool overflow;
	size_t n; /* bytes of `record` */
	uint8_t record[RECORD_BYTES];
};

int trace_canonical_new(struct trace_canonical **ret_canonical)
{
	struct trace_canonical *canonical = new0(struct trace_canonical, 1);

	if (!canonical)
		return -ENOMEM;
	randombytes_buf(&canonical->multiplier, sizeof(canonical->multiplier));
	canonical->multiplier |= 1;
	canonical->n_slots = 64;
	canonical->owners = new0(struct owner, canonical->n_slots);
	if (!canonical->owners)
		return trace_canonical_free(canonical), -ENOMEM;
	*ret_canonical = canonical;
	return 0;
}

struct trace_canonical *trace_canonical_free(struct trace_canonical *canonical)
{
	if (canonical) {
		for (uint32_t i = 0; canonical->owners && i < canonical->n_slots; i++)
			free(canonical->owners[i].live);
		free(canonical->owners);
		free(canonical->ended);
		free(canonical);
	}
	return NULL;
}

/* --- who is who --- */

static struct owner *slot_in(const struct trace_canonical *canonical, struct owner *owners,
			     uint32_t n_slots, uint32_t tid)
{
	uint32_t slot = (uint32_t)((tid * canonical->multiplier) >> 32) & (n_slots - 1);

	while (owners[slot].tid != 0 && owners[slot].tid != tid)
		slot = (slot + 1) & (n_slots - 1);
	return &owners[slot];
}

static struct owner *slot_of(const struct trace_canonical *canonical, uint32_t tid)
{
	return slot_in(canonical, canonical->owners, canonical->n_slots, tid);
}

static int grow(struct trace_canonical *canonical)
{
	uint32_t n_slots = canonical->n_slots * 2;
	struct owner *owners = new0(struct owner, n_slots);

	if (!owners)
		return -ENOMEM;
	for (uint32_t i = 0; i < canonical->n_slots; i++)
		if (canonical->owners[i].tid != 0)
			*slot_in(canonical, owners, n_slots, canonical->owners[i].tid) =
				canonical->owners[i];
	free(canonical->owners);
	canonical->owners = owners;
	canonical->n_slots = n_slots;
	canonical->latest = NULL;
	return 0;
}

/* The thread has ended, or its number has another owner now. */
static int retire(struct trace_canonical *canonical, struct owner *owner)
{
	if (!owner->live)
		return 0;
	if (canonical->n_ended == canonical->n_ended_allocated) {
		uint32_t n = MAX(canonical->n_ended_allocated * 2, UINT32_C(16));
		struct ended *ended = reallocarray(canonical->ended, n, sizeof(*ended));

		if (!ended)
			return -ENOMEM;
		canonical->ended = ended;
		canonical->n_ended_allocated = n;
	}
	struct ended *ended = &canonical->ended[canonical->n_ended++];
	for (unsigned int i = 0; i < SIGNALS; i++) {
		uint32_t count = owner->live->signals[i];
		uint8_t row[] = {'s',
				 (uint8_t)i,
				 (uint8_t)count,
				 (uint8_t)(count >> 8),
				 (uint8_t)(count >> 16),
				 (uint8_t)(count >> 24)};

		if (count > 0)
			(void)crypto_generichash_update(&owner->live->state, row, sizeof(row));
	}
	memcpy(ended->name, owner->name, NAME_BYTES);
	(void)crypto_generichash_final(&owner->live->state, ended->digest, TRACE_HASH_BYTES);
	free(owner->live);
	owner->live = NULL;
	return 0;
}

/* `tid` belongs to a new thread called by the hash of `parent` (may be NULL) and `ordinal`. */
static int adopt(struct trace_canonical *canonical, uint32_t tid, const uint8_t *parent,
		 uint32_t ordinal, struct owner **ret_owner)
{
	uint8_t seed[NAME_BYTES + 4] = {0};
	struct owner *owner;

	if (tid == 0 || canonical->n_ended + canonical->n_owners >= TRACE_THREADS_MAX) {
		canonical->overflow = true;
		return -E2BIG;
	}
	if (parent)
		memcpy(seed, parent, NAME_BYTES);
	for (unsigned int i = 0; i < 4; i++)
		seed[NAME_BYTES + i] = (uint8_t)(ordinal >> (8 * i));
	if (canonical->n_owners >= canonical->n_slots / 2 && grow(canonical) < 0)
		return -ENOMEM;
	owner = slot_of(canonical, tid);
	if (retire(canonical, owner) < 0)
		return -ENOMEM;
	canonical->n_owners += owner->tid == 0;
	*owner = (struct owner){.tid = tid,
				.live = aligned_alloc(_Alignof(struct live), sizeof(struct live))};
	if (!owner->live)
		return -ENOMEM;
	memset(owner->live->signals, 0, sizeof(owner->live->signals));
	(void)crypto_generichash_init(&owner->live->state, NULL, 0, TRACE_HASH_BYTES);
	(void)crypto_generichash(owner->name, NAME_BYTES, seed, sizeof(seed), NULL, 0);
	*ret_owner = owner;
	return 0;
}

/* Who made the event; somebody unseen so far is named by the order of appearance. */
static int owner_of(struct trace_canonical *canonical, uint32_t tid, struct owner **ret_owner)
{
	struct owner *owner = canonical->latest;

	if (!owner || owner->tid != tid)
		owner = slot_of(canonical, tid);
	if (owner->tid == 0 || !owner->live) {
		int r = adopt(canonical, tid, NULL, canonical->unknown, &owner);

		if (r < 0)
			return r;
		canonical->unknown++;
	}
	*ret_owner = canonical->latest = owner;
	return 0;
}

/* --- one event as bytes --- */

static void put_byte(struct trace_canonical *canonical, uint8_t byte)
{
	canonical->record[canonical->n++] = byte;
}

/* LEB128. */
static void put_number(struct trace_canonical *canonical, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		put_byte(canonical, (uint8_t)(value | 0x80));
	put_byte(canonical, (uint8_t)value);
}

/* A process number: 0 and -1 mean something of their own, a negative one is a group. */
static void put_pid(struct trace_canonical *canonical, uint64_t value)
{
	int32_t pid = (int32_t)value;
	uint32_t number = pid < 0 ? 0U - (uint32_t)pid : (uint32_t)pid;

	if (pid == 0 || pid == -1) {
		put_byte(canonical, pid == 0 ? 0 : 1);
		return;
	}
	const struct owner *owner = slot_of(canonical, number);
	put_byte(canonical, (uint8_t)((pid < 0 ? 4 : 2) + (owner->tid == 0)));
	if (owner->tid != 0) {
		memcpy(canonical->record + canonical->n, owner->name, REF_BYTES);
		canonical->n += REF_BYTES;
	}
}

static void put_arg(struct trace_canonical *canonical, uint8_t kind, uint64_t value)
{
	switch (kind) {
	case SYSCALL_ARG_POINTER:
	case SYSCALL_ARG_PATH:
	case SYSCALL_ARG_ARGV:
	case SYSCALL_ARG_SOCKADDR:
		put_byte(canonical, value != 0);
		break;
	case SYSCALL_ARG_PID:
		put_pid(canonical, value);
		break;
	case SYSCALL_ARG_SIZE:
		put_number(canonical, value);
		break;
	case SYSCALL_ARG_HEX:
		put_number(canonical, MIN(value, (uint64_t)SMALL_HEX));
		break;
	default: /* the kernel takes 32 bits of these; what is above is left over */
		put_number(canonical, (uint32_t)value);
		break;
	}
}

static void put_result(struct trace_canonical *canonical, uint8_t kind, int64_t value)
{
	if (value < 0 && value >= -ERRNO_MAX) {
		put_byte(canonical, 1);
		put_number(canonical, (uint64_t)-value);
		return;
	}
	put_byte(canonical, 0);
	/* Which child a wait for any of them finds first is chance. */
	if (kind == SYSCALL_ARG_POINTER || kind == SYSCALL_ARG_PID)
		put_byte(canonical, value != 0);
	else
		put_number(canonical, (uint64_t)value);
}

static void put_call(struct trace_canonical *canonical, const struct event *event,
		     const struct trace_call *call)
{
	unsigned int n = call ? MIN(call->n_args, (unsigned int)EVENT_ARGS) : EVENT_ARGS;

	put_byte(canonical, (event->flags & EVENT_COMPAT) != 0);
	put_number(canonical, (uint64_t)((int64_t)event->nr + 1));
	for (unsigned int i = 0; i < n; i++)
		put_arg(canonical, call ? call->args[i] : SYSCALL_ARG_HEX, event->args[i]);
	if (event->kind == EVENT_SYSCALL)
		put_result(canonical, call ? call->returns : SYSCALL_ARG_INT, event->ret);
}

/* Numbers of the other kinds that mean the same in every run. */
static void put_facts(struct trace_canonical *canonical, const struct event *event)
{
	static const uint8_t n_args[EVENT_KIND_MAX] = {
		[EVENT_EXIT] = 1, [EVENT_NET] = 4, [EVENT_GAP] = 1};

	if (event->kind >= EVENT_KIND_MAX)
		return;
	for (unsigned int i = 0; i < n_args[event->kind]; i++)
		put_number(canonical, event->args[i]);
	if (event->kind != EVENT_NET)
		return;
	put_number(canonical, (uint64_t)((int64_t)event->nr + 1));
	if (event->nr >= 0)
		put_result(canonical, SYSCALL_ARG_INT, event->ret);
}

static bool is_left_out(const struct event *event)
{
	if (event->kind == EVENT_SAMPLE || event->kind == EVENT_END)
		return true;
	if (event->kind != EVENT_SYSCALL || (event->flags & EVENT_COMPAT))
		return false;
	return (event->flags & EVENT_RESTART) || event->nr == __NR_futex ||
	       event->nr == __NR_sched_yield || event->nr == __NR_restart_syscall ||
	       event->nr == __NR_rt_sigreturn;
}

/* How much of an address means something: what follows a path, or fills a struct up, is left over from before. */
static size_t address_size(const struct event_bytes *address)
{
	enum { FAMILY = sizeof(uint16_t), INET = 8 };
	uint16_t family = 0;

	if (address->size < FAMILY)
		return address->size;
	memcpy(&family, address->data, FAMILY);
	if (family == AF_INET)
		return MIN(address->size, (size_t)INET);
	if (family == AF_UNIX && address->size > FAMILY && address->data[FAMILY] != '\0')
		return FAMILY + strnlen(address->data + FAMILY, address->size - FAMILY);
	return address->size;
}

static void hash_texts(struct trace_canonical *canonical, struct owner *owner,
		       const struct event *event)
{
	for (unsigned int i = 0; i < EVENT_TEXT_MAX; i++) {
		const struct event_bytes *text = &event->text[i];
		bool is_known_better = i == EVENT_TEXT_CLAIM && event->text[EVENT_TEXT_PATH].data;

		if (!text->data || is_known_better || i == EVENT_TEXT_INODE)
			continue;
		canonical->n = 0;
		put_byte(canonical, 't');
		put_byte(canonical, (uint8_t)(i == EVENT_TEXT_CLAIM ? EVENT_TEXT_PATH : i));
		size_t size = i == EVENT_TEXT_SOCKADDR ? address_size(text) : text->size;
		put_number(canonical, size);
		(void)crypto_generichash_update(&owner->live->state, canonical->record,
						canonical->n);
		(void)crypto_generichash_update(&owner->live->state, (const uint8_t *)text->data,
						size);
	}
}

static int handle_fork(struct trace_canonical *canonical, struct owner *owner,
		       const struct event *event)
{
	uint8_t parent[NAME_BYTES];
	struct owner *child;

	memcpy(parent, owner->name, NAME_BYTES);
	return adopt(canonical, (uint32_t)event->args[0], parent, ++owner->forks, &child);
}

/* A thread that executes a program takes its process's number over, whose first thread is gone then. */
static int handle_exec(struct trace_canonical *canonical, const struct event *event)
{
	uint32_t before = (uint32_t)event->args[0];
	struct owner *from = slot_of(canonical, before), *to, moved;

	if (before == 0 || before == event->tid || from->tid == 0 || !from->live)
		return 0;
	moved = *from;
	from->live = NULL;
	int r = owner_of(canonical, event->tid, &to);
	if (r < 0 || (r = retire(canonical, to)) < 0) {
		free(moved.live);
		return r;
	}
	moved.tid = to->tid;
	*to = moved;
	return 0;
}

static int hash_event(struct trace_canonical *canonical, struct owner *owner,
		      const struct event *event, const struct trace_call *call)
{
	if (event->kind == EVENT_SIGNAL) {
		uint32_t *count = &owner->live->signals[MIN(event->args[0], (uint64_t)SIGNALS - 1)];

		/* Two of a kind that wait at once become one. */
		*count = event->args[0] < REALTIME ? 1 : *count + 1;
		return 0;
	}
	canonical->n = 0;
	put_byte(canonical, (uint8_t)event->kind);
	if (event->kind == EVENT_SYSCALL || event->kind == EVENT_DENIED)
		put_call(canonical, event, call);
	else
		put_facts(canonical, event);
	(void)crypto_generichash_update(&owner->live->state, canonical->record, canonical->n);
	hash_texts(canonical, owner, event);
	return event->kind == EVENT_EXIT ? retire(canonical, owner) : 0;
}

int trace_canonical_event(struct trace_canonical *canonical, const struct event *event,
			  const struct trace_call *call)
{
	/* A gap is nobody's: its thread number is 0, which marks free slots here. */
	uint32_t tid = event->tid ? event->tid : NOBODY;
	struct owner *owner;
	int r = 0;

	if (canonical->overflow || is_left_out(event))
		return 0;
	if (event->kind == EVENT_EXEC)
		r = handle_exec(canonical, event);
	if (r == 0)
		r = owner_of(canonical, tid, &owner);
	if (r == 0)
		r = hash_event(canonical, owner, event, call);
	if (r == 0 && event->kind == EVENT_FORK)
		r = handle_fork(canonical, owner, event);
	return r == -E2BIG ? 0 : r;
}

/* --- the end --- */

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct ended));
}

bool trace_canonical_finish(struct trace_canonical *canonical,
			    uint8_t ret_digest[static TRACE_HASH_BYTES])
{
	crypto_generichash_state state;

	for (uint32_t i = 0; i < canonical->n_slots; i++)
		if (retire(canonical, &canonical->owners[i]) < 0)
			return false;
	if (canonical->overflow)
		return false;
	if (canonical->n_ended > 0)
		qsort(canonical->ended, canonical->n_ended, sizeof(*canonical->ended), compare);
	(void)crypto_generichash_init(&state, NULL, 0, TRACE_HASH_BYTES);
	(void)crypto_generichash_update(&state, (const uint8_t *)canonical->ended,
					canonical->n_ended * sizeof(*canonical->ended));
	(void)crypto_generichash_final(&state, ret_digest, TRACE_HASH_BYTES);
	return true;
}

void trace_canonical_total(const uint8_t *digests, uint32_t n,
			   uint8_t ret_digest[static TRACE_HASH_BYTES])
{
	(void)crypto_generichash(ret_digest, TRACE_HASH_BYTES, digests,
				 (size_t)n * TRACE_HASH_BYTES, NULL, 0);
}
