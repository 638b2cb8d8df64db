/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Events as a run makes them, for tests, fixtures and measurements: a program reads files, writes, forks children that do the
 * like, and ends. The same seed makes the same stream; what differs from run to run (times, processes, addresses) follows from
 * `host`, so that two streams of one seed are two equal runs.
 */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "lib/trace/test-events.h"

static inline void stream_exec(struct stream *stream, const char *path, const char *argv,
			       size_t argv_size)
{
	struct event event = {
		.kind = EVENT_EXEC, .nr = -1, .args = {stream->pid}, .flags = EVENT_RESOLVED};

	event.text[EVENT_TEXT_PATH] = (struct event_bytes){path, strlen(path)};
	event.text[EVENT_TEXT_ARGV] = (struct event_bytes){argv, argv_size};
	stream_emit(stream, &event);
	STREAM_CALL(stream, __NR_execve, 0, NULL, stream->address, stream->address + 64,
		    stream->address + 128);
	STREAM_CALL(stream, __NR_brk, (int64_t)(stream->address + 0x1000), NULL, 0);
}

static inline void stream_file(struct stream *stream, const char *path)
{
	uint64_t size = stream_next(&stream->seed) & 0x7fff, buffer = stream->address + 0x4000;
	uint64_t scratch = stream_next(&stream->host); /* in a register that calls do not use */

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
	(void)snprintf(stream->path, sizeof(stream->path), "/data/%u.txt",
		       (unsigned int)(stream_next(&stream->seed) % 400));
	stream_file(stream, stream->path);
	stream->n_files++;
}

static inline void stream_exit(struct stream *stream)
{
	STREAM_CALL(stream, __NR_exit_group, 0, NULL, 0);
	stream_kind(stream, EVENT_EXIT, 0, 1, 0);
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
	for (; files > 0; files--)
		stream_some_file(stream);
	stream_exit(stream);
	stream->pid = parent;
	memcpy(stream->comm, "cat\0", 5);
	stream_kind(stream, EVENT_SIGNAL, SIGCHLD, CLD_EXITED, child);
	STREAM_CALL(stream, __NR_wait4, child, NULL, UINT64_MAX, stream->address, 0, 0);
}

static inline void stream_rare(struct stream *stream)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htobe16(80),
				      .sin_addr.s_addr = htobe32(0x7f000001)};
	struct event net = {.kind = EVENT_NET,
			    .nr = __NR_connect,
			    .ret = -ECONNREFUSED,
			    .args = {EVENT_NET_CONNECT, AF_INET, 1, 0},
			    .flags = EVENT_CLAIMED,
			    .text[EVENT_TEXT_SOCKADDR] = {(const char *)&address, sizeof(address)}};
	struct event denied = {.kind = EVENT_DENIED, .nr = __NR_ptrace, .args = {16, 1}};

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
	stream_exit(stream);
	stream_kind(stream, EVENT_END, stream->seq, stream->seq, 0);
	return stream->error;
}
