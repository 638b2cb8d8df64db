/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Events as a run makes them, for tests, fixtures and measurements: a program starts, maps its libraries, opens and reads files,
 * writes, forks a child that does the like, waits for it, and ends. The same seed makes the same stream; numbers that differ from
 * run to run (times, processes, addresses) follow from `host`, so that two streams of one seed are two equal runs.
 */

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "lib/contract/event.h"
#include "lib/contract/syscall.h"

struct stream {
	uint64_t seed, host; /* what the program does; what is by chance */
	uint64_t seq, ts_ns, gas, address;
	uint32_t pid, first_pid, n_files;
	char comm[EVENT_COMM_BYTES];
	char path[128];
	int (*emit)(void *context, const struct event *event);
	void *context;
	int error; /* of the first emit that failed */
};

static inline uint64_t stream_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static inline void stream_begin(struct stream *stream, uint64_t seed, uint64_t host,
				int (*emit)(void *, const struct event *), void *context)
{
	*stream = (struct stream){.seed = seed * UINT64_C(0x9e3779b97f4a7c15) + 1,
				  .host = host * UINT64_C(0xd1342543de82ef95) + 1,
				  .emit = emit,
				  .context = context,
				  .pid = 2 + (uint32_t)(host % 1000),
				  .comm = "cat"};
	stream->first_pid = stream->pid;
	stream->address = UINT64_C(0x7f0000000000) + (stream_next(&stream->host) & 0xfffffff000);
}

static inline void stream_emit(struct stream *stream, struct event *event)
{
	stream->ts_ns += 200 + (stream_next(&stream->host) & 0x7ff);
	event->seq = stream->seq;
	event->ts_ns = stream->ts_ns;
	event->pid = event->tid = stream->pid;
	event->gas_after = stream->gas;
	memcpy(event->comm, stream->comm, sizeof(event->comm));
	stream->seq += event->kind == EVENT_GAP ? event->args[0] : event->kind != EVENT_END;
	if (stream->error == 0)
		stream->error = stream->emit(stream->context, event);
}

static inline void stream_kind(struct stream *stream, enum event_kind kind, uint64_t a, uint64_t b,
			       uint64_t c)
{
	struct event event = {.kind = (uint16_t)kind, .nr = -1, .args = {a, b, c}};

	stream_emit(stream, &event);
}

static inline void stream_call(struct stream *stream, int nr,
			       const uint64_t args[static EVENT_ARGS], int64_t ret, const char *path)
{
	struct event event = {.kind = EVENT_SYSCALL, .nr = nr, .ret = ret};

	memcpy(event.args, args, sizeof(event.args));
	stream->gas += 100 + (unsigned int)nr % 7;
	if (path) {
		event.flags = EVENT_RESOLVED;
		event.text[EVENT_TEXT_PATH] = (struct event_bytes){path, strlen(path)};
	}
	stream_emit(stream, &event);
}

#define STREAM_CALL(stream, nr, ret, path, ...) \
	stream_call(stream, nr, (const uint64_t[EVENT_ARGS]){__VA_ARGS__}, ret, path)

static inline void stream_exec(struct stream *stream, const char *path, const char *argv,
			       size_t argv_size)
{
	struct event event = {.kind = EVENT_EXEC, .nr = -1, .args = {stream->pid}};

	event.flags = EVENT_RESOLVED;
	event.text[EVENT_TEXT_PATH] = (struct event_bytes){path, strlen(path)};
	event.text[EVENT_TEXT_ARGV] = (struct event_bytes){argv, argv_size};
	stream_emit(stream, &event);
	STREAM_CALL(stream, __NR_execve, 0, NULL, stream->address, stream->address + 64,
		    stream->address + 128);
	STREAM_CALL(stream, __NR_brk, (int64_t)(stream->address + 0x1000), NULL, 0);
}

/* Opens a file, reads it to its end and closes it: what most programs do most of the time. */
static inline void stream_file(struct stream *stream, const char *path)
{
	uint64_t size = stream_next(&stream->seed) & 0x7fff, buffer = stream->address + 0x4000;
	uint64_t scratch = stream_next(&stream->host); /* in a register that the call does not use */

	STREAM_CALL(stream, __NR_openat, 3, path, (uint64_t)(int64_t)AT_FDCWD, buffer,
		    O_RDONLY | O_CLOEXEC, 0, scratch);
	STREAM_CALL(stream, __NR_fstat, 0, NULL, 3, buffer, scratch);
	for (; size > 0x1000; size -= 0x1000)
		STREAM_CALL(stream, __NR_read, 0x1000, NULL, 3, buffer, 0x1000);
	STREAM_CALL(stream, __NR_read, (int64_t)size, NULL, 3, buffer, 0x1000);
	STREAM_CALL(stream, __NR_read, 0, NULL, 3, buffer, 0x1000);
	STREAM_CALL(stream, __NR_write, (int64_t)size, NULL, 1, buffer, size);
	STREAM_CALL(stream, __NR_close, 0, NULL, 3);
}

static inline void stream_library(struct stream *stream, const char *path)
{
	uint64_t size = (stream_next(&stream->seed) & 0x1ff) << 12;

	STREAM_CALL(stream, __NR_openat, 3, path, (uint64_t)(int64_t)AT_FDCWD, stream->address,
		    O_RDONLY | O_CLOEXEC, 0);
	STREAM_CALL(stream, __NR_read, 832, NULL, 3, stream->address, 832);
	stream->address -= size + 0x1000;
	STREAM_CALL(stream, __NR_mmap, (int64_t)stream->address, NULL, 0, size, PROT_READ,
		    MAP_PRIVATE | MAP_DENYWRITE, 3, 0);
	STREAM_CALL(stream, __NR_mprotect, 0, NULL, stream->address, size, PROT_NONE);
	STREAM_CALL(stream, __NR_close, 0, NULL, 3);
	STREAM_CALL(stream, __NR_newfstatat, -2, NULL, (uint64_t)(int64_t)AT_FDCWD, stream->address,
		    stream->address + 64, AT_SYMLINK_NOFOLLOW);
}

static inline void stream_some_file(struct stream *stream)
{
	(void)snprintf(stream->path, sizeof(stream->path), "/work/data/%u.txt",
		       (unsigned int)(stream_next(&stream->seed) % 400));
	stream_file(stream, stream->path);
	stream->n_files++;
}

/* A child: forked, executes a program, opens `files` files, ends; its parent waits for it. */
static inline void stream_child(struct stream *stream, unsigned int files)
{
	static const char argv[] = "sort\0-u";
	uint32_t parent = stream->pid,
		 child = parent + 1 + (uint32_t)(stream_next(&stream->host) % 9);

	stream_kind(stream, EVENT_FORK, child, child, 0);
	STREAM_CALL(stream, __NR_clone, child, NULL, SIGCHLD, 0, 0, 0, 0);
	stream->pid = child;
	memcpy(stream->comm, "sort", 5);
	stream_exec(stream, "/usr/bin/sort", argv, sizeof(argv));
	stream_library(stream, "/usr/lib/x86_64-linux-gnu/libc.so.6");
	while (files-- > 0)
		stream_some_file(stream);
	STREAM_CALL(stream, __NR_exit_group, 0, NULL, 0);
	stream_kind(stream, EVENT_EXIT, 0, 1, 0);
	stream->pid = parent;
	memcpy(stream->comm, "cat\0", 5);
	stream_kind(stream, EVENT_SIGNAL, SIGCHLD, CLD_EXITED, child);
	STREAM_CALL(stream, __NR_wait4, child, NULL, UINT64_MAX, stream->address, 0, 0);
}

/* One of each of the rarer kinds. */
static inline void stream_rare(struct stream *stream)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htobe16(80),
				      .sin_addr.s_addr = htobe32(0x7f000001)};
	struct event net = {.kind = EVENT_NET,
			    .nr = -1,
			    .args = {EVENT_NET_CONNECT, AF_INET, 1, 0},
			    .flags = EVENT_CLAIMED};
	struct event denied = {.kind = EVENT_DENIED, .nr = __NR_ptrace, .args = {16, 1}};

	net.text[EVENT_TEXT_SOCKADDR] =
		(struct event_bytes){(const char *)&address, sizeof(address)};
	stream_emit(stream, &net);
	stream_emit(stream, &denied);
	stream_kind(stream, EVENT_SAMPLE, 3 << 20, stream->ts_ns / 2, 1);
}

/* All of it: `files` files are read, every eighth by a child. */
static inline int stream_run(struct stream *stream, unsigned int files)
{
	static const char argv[] = "cat\0-";

	stream_kind(stream, EVENT_START, 0, 0, 0);
	stream_exec(stream, "/usr/bin/cat", argv, sizeof(argv));
	stream_library(stream, "/usr/lib/x86_64-linux-gnu/libc.so.6");
	stream_rare(stream);
	while (stream->n_files < files) {
		if (stream->n_files % 64 == 8)
			stream_child(stream, 8);
		else
			stream_some_file(stream);
		if (stream->n_files % 256 == 16)
			stream_kind(stream, EVENT_SAMPLE, 4 << 20, stream->ts_ns / 2, 1);
	}
	STREAM_CALL(stream, __NR_exit_group, 0, NULL, 0);
	stream_kind(stream, EVENT_EXIT, 0, 1, 0);
	stream_kind(stream, EVENT_END, stream->seq, stream->seq, 0);
	return stream->error;
}
