/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A policy, resolved: what the sandbox of a language looks like in its two phases. supervisor/policy makes it from
 * YAML; the engine and the sandbox only read it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/mem.h"
#include "lib/contract/gas.h"
#include "lib/contract/limits.h"

enum policy_network {
	POLICY_NETWORK_NONE,	 /* a network namespace with no interface up */
	POLICY_NETWORK_LOOPBACK, /* lo is up, nothing else */
};

/* Whom sockets may reach: bits. */
enum policy_peer {
	POLICY_PEER_UNIX = 1 << 0,
	POLICY_PEER_INTERNET =
		1 << 1, /* IPv4 and IPv6: a socket of the one reaches addresses of the other */
	POLICY_PEER_OTHER = 1 << 2, /* every other family */
};

/* What the kernel's security hooks refuse, with EACCES. Paths are those of the sandbox. */
struct policy_deny {
	char **exec;	  /* files that are not started */
	char **open;	  /* files that are not opened, nor started */
	unsigned connect; /* enum policy_peer: connections and addressed messages */
};

/* A read-only bind mount (nosuid, nodev) of a host directory or file into the sandbox. */
struct policy_mount {
	char *source; /* absolute host path, no symlink resolution beyond the administrator's own */
	char *target; /* absolute path in the sandbox; equals source when the policy names none */
	bool optional; /* left out when the source does not exist */
};

/* A seccomp filter, ready for seccomp(2): an array of struct sock_filter. */
struct policy_filter {
	char *profile;	       /* "strict", "runtime", "compile", ... */
	void *instructions;    /* struct sock_filter[n_instructions] */
	size_t n_instructions; /* at most 4096, the kernel's BPF_MAXINSNS */
	bool notifies; /* some call answers SECCOMP_RET_USER_NOTIF: the supervisor must listen, and kills */
	bool ipc_closed; /* certain: no call that it lets through has to do with an ipc namespace */
};

/*
 * One phase: the compile step or the run step. In argv and env these words are replaced: {source} the main
 * source's name in the work directory, {sources} (a whole word) all submitted names in order, {args} (a whole word) the arguments
 * given with the submission, {memory_mib} the memory limit.
 */
struct policy_phase {
	char **argv; /* NULL: the phase does not exist (no compile step) */
	char **env;  /* "K=V", NULL-terminated; the whole environment */
	struct policy_mount *mounts;
	size_t n_mounts;
	struct limits limits;
	struct policy_filter filter;
	enum policy_network network;
	bool ple_kills; /* hitting the process limit is a verdict of its own */
	struct policy_deny deny;
};

/* A program that the policy needs on the host, and the Debian package that brings it. */
struct policy_need {
	char *path;
	char *package;
};

struct policy {
	char *name;
	char *file;    /* where it was read from */
	char *summary; /* one line */
	char hash[65]; /* hex BLAKE2b-256 or SHA-256 over the resolved policy, stable across hosts */
	char **extensions; /* ".c", ...: `assay run` chooses by the first FILE */
	char *source_name; /* name that the main source gets in the work directory; NULL: keeps its own */
	bool source_executable; /* native: the file itself is run, mode 0755 */
	/*
	 * Time limits that come with a problem (made for compiled programs) are multiplied by this many thousandths.
	 * The policy's own limits and those of a person (--limit) are not.
	 */
	unsigned int time_multiplier_permille;
	struct gas_schedule *gas; /* what both phases are charged by; never NULL in a loaded policy */
	struct policy_phase compile, run;
	struct policy_need *needs;
	size_t n_needs;
};

/* Whether the phase denies anything that it could do otherwise. */
bool policy_phase_denies(const struct policy_phase *phase);

/* Frees a policy and all in it. Returns NULL; `policy` may be NULL. */
struct policy *policy_free(struct policy *policy);

static inline void policy_free_ptr(struct policy **policy)
{
	(void)policy_free(*policy);
}

#define _cleanup_policy_ _cleanup_(policy_free_ptr)
