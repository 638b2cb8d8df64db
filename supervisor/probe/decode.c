/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records are small because they leave out what user space can know: the names of threads are carried by those that change them, a path
 * comes as its components from the object upwards. Here both are put together. Every size in a record is checked
 * against the record, although the kernel side is ours: the memory is shared.
 */

#include "supervisor/probe/decode.h"

#include <linux/types.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "lib/base/mem.h"
#include "lib/contract/syscall.h"

_Static_assert((int)PROBE_START == (int)EVENT_START && (int)PROBE_OOM == (int)EVENT_OOM &&
		       (int)PROBE_SIGNAL == (int)EVENT_SIGNAL,
	       "kinds are events' kinds");
_Static_assert((int)PROBE_LSM == (int)EVENT_LSM && (int)PROBE_DENIED == (int)EVENT_DENIED &&
		       (int)PROBE_UNRESOLVED == (int)EVENT_UNRESOLVED,
	       "flags are events' flags");
_Static_assert((int)PROBE_TAIL_INODE == (int)EVENT_TEXT_INODE, "texts are events' texts");

enum { THREADS = 32768 }; /* pid_max where nobody raised it; higher numbers share places */

struct thread_name {
	uint32_t tid;
	char comm[EVENT_COMM_BYTES];
};

struct decoder {
	uint64_t start_ns; /* of the first record */
	struct thread_name *names;
	char path[PROBE_TEXT_LONG + PROBE_NAME_BYTES + 2];
};

struct decoder *decoder_new(void)
{
	struct decoder *decoder = new0(struct decoder, 1);

	if (decoder == NULL)
		return NULL;
	/* Untouched pages of it cost nothing. */
	decoder->names = new0(struct thread_name, THREADS);
	return decoder->names != NULL ? decoder : decoder_free(decoder);
}

struct decoder *decoder_free(struct decoder *decoder)
{
	if (decoder != NULL)
		free(decoder->names);
	free(decoder);
	return NULL;
}

static void name_set(struct decoder *decoder, uint32_t tid, const char *comm)
{
	struct thread_name *name = &decoder->names[tid % THREADS];

	name->tid = tid;
	memcpy(name->comm, comm, sizeof(name->comm));
	name->comm[sizeof(name->comm) - 1] = '\0';
}

static void name_get(const struct decoder *decoder, uint32_t tid, char comm[static EVENT_COMM_BYTES])
{
	const struct thread_name *name = &decoder->names[tid % THREADS];

	if (name->tid == tid)
		memcpy(comm, name->comm, EVENT_COMM_BYTES);
}

/* "c\0b\0a\0" is "/a/b/c"; what has no root has no slash before it. */
static void path_join(struct decoder *decoder, const char *names, size_t size, bool rooted,
		      struct event_bytes *ret_path)
{
	char *end = decoder->path + sizeof(decoder->path) - 1, *at = end;

	for (size_t i = 0; i < size;) {
		size_t length = strnlen(names + i, size - i);

		if ((size_t)(at - decoder->path) < length + 1)
			break;
		at -= length;
		memcpy(at, names + i, length);
		*--at = '/';
		i += length + 1;
	}
	if (at == end)
		*--at = '/';
	if (!rooted)
		at++;
	*ret_path = (struct event_bytes){.data = at, .size = (size_t)(end - at)};
}

/*
 * The part of an address that says something. Programs hand over whole structures whose rest is whatever lay on their stack: the bytes after a
 * path's NUL, the padding of an IPv4 address. That is no evidence, and different in every run. Source: unix(7), ip(7).
 */
static size_t address_size(const char *data, size_t size)
{
	const size_t path = offsetof(struct sockaddr_un, sun_path);
	sa_family_t family = AF_UNSPEC;

	if (size >= sizeof(family))
		memcpy(&family, data, sizeof(family));
	if (family == AF_UNIX && size > path && data[path] != '\0')
		return path + strnlen(data + path, size - path);
	if (family == AF_INET)
		return MIN(size, offsetof(struct sockaddr_in, sin_zero));
	return size;
}

static void tail_take(struct decoder *decoder, const struct probe_tail *tail, const char *data,
		      struct event *event)
{
	if (tail->size == 0)
		return;
	if (tail->type == PROBE_TAIL_COMM) {
		name_set(decoder, event->tid, data);
	} else if (tail->type == PROBE_TAIL_ARGS) {
		memcpy(&event->args[PROBE_HEAD_ARGS], data,
		       MIN((size_t)tail->size, sizeof(uint64_t) * PROBE_TAIL_ARGS_N));
	} else if (tail->type == PROBE_TAIL_PATH) {
		path_join(decoder, data, tail->size, tail->rooted != 0,
			  &event->text[EVENT_TEXT_PATH]);
	} else if (tail->type == PROBE_TAIL_SOCKADDR) {
		event->text[EVENT_TEXT_SOCKADDR] =
			(struct event_bytes){.data = data, .size = address_size(data, tail->size)};
	} else if (tail->type < EVENT_TEXT_MAX) {
		bool string = tail->type == PROBE_TAIL_CLAIM || tail->type == PROBE_TAIL_CLAIM2;

		/* Strings come with their NUL. */
		event->text[tail->type] = (struct event_bytes){
			.data = data,
			.size = tail->size - (size_t)string,
		};
	}
}

static bool tails_take(struct decoder *decoder, const char *at, const char *end, struct event *event)
{
	while ((size_t)(end - at) >= sizeof(struct probe_tail)) {
		const struct probe_tail *tail = (const struct probe_tail *)(const void *)at;

		at += sizeof(*tail);
		if (tail->room > end - at || tail->size > tail->room)
			return false;
		tail_take(decoder, tail, at, event);
		at += tail->room;
	}
	return at == end;
}

static uint16_t family_of(const struct event *event)
{
	const struct event_bytes *address = &event->text[EVENT_TEXT_SOCKADDR];
	sa_family_t family = AF_UNSPEC;

	if (address->size >= sizeof(family))
		memcpy(&family, address->data, sizeof(family));
	return family;
}

/* Calls on sockets are events of their own kind, with the family in a fixed place. */
static void net_note(struct event *event)
{
	enum event_net net;

	switch (event->nr) {
	case SYS_socket:
		event->args[3] = event->args[2];
		event->args[2] = event->args[1];
		event->args[1] = event->args[0];
		event->args[0] = EVENT_NET_SOCKET;
		event->kind = EVENT_NET;
		return;
	case SYS_bind:
		net = EVENT_NET_BIND;
		break;
	case SYS_connect:
		net = EVENT_NET_CONNECT;
		break;
	case SYS_sendto:
	case SYS_sendmsg:
		net = EVENT_NET_SEND;
		break;
	default:
		return;
	}
	memset(event->args, 0, sizeof(event->args));
	event->args[0] = net;
	event->args[1] = family_of(event);
	event->kind = EVENT_NET;
}

/* A child has its parent's name; an end forgets one. */
static void kind_note(struct decoder *decoder, struct event *event)
{
	if (event->kind == EVENT_FORK)
		name_set(decoder, (uint32_t)event->args[0], event->comm);
	if (event->kind == EVENT_SIGNAL) {
		event->args[1] = (uint64_t)(int64_t)(int32_t)event->args[1];
		event->args[2] = (uint64_t)event->ret;
		event->ret = 0;
	}
}

void decode_finish(struct event *event)
{
	const struct syscall_info *info = event->nr >= 0 ? syscall_info(event->nr) : NULL;

	for (size_t i = info != NULL ? info->n_args : EVENT_ARGS; i < EVENT_ARGS; i++)
		event->args[i] = 0;
	if (event->kind == EVENT_SYSCALL)
		net_note(event);
}

bool decoder_time(const struct decoder *decoder, uint64_t ns, uint64_t *ret_ns)
{
	if (decoder->start_ns == 0 || ns < decoder->start_ns)
		return false;
	*ret_ns = ns - decoder->start_ns;
	return true;
}

bool decoder_event(struct decoder *decoder, const struct probe_head *record, size_t size,
		   struct event *ret_event)
{
	struct event *event = ret_event;

	if (size < sizeof(*record) || record->tail != size - sizeof(*record))
		return false;
	if (decoder->start_ns == 0)
		decoder->start_ns = record->ts_ns;
	*event = (struct event){
		.seq = record->seq,
		/* Two CPUs may have read their clocks in the other order. */
		.ts_ns = record->ts_ns > decoder->start_ns ? record->ts_ns - decoder->start_ns : 0,
		.pid = record->pid,
		.tid = record->tid,
		.kind = record->kind,
		.flags = record->flags,
		.nr = record->nr,
		.args = {record->args[0], record->args[1]},
		.ret = record->ret,
		.gas_after = record->gas_after,
	};
	_Static_assert(PROBE_HEAD_ARGS == 2, "the head's arguments are taken");
	if (!tails_take(decoder, (const char *)(record + 1), (const char *)record + size, event))
		return false;
	name_get(decoder, event->tid, event->comm);
	kind_note(decoder, event);
	return true;
}
