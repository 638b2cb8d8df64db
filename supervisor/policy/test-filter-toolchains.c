/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: a profile that looks right and stops a compiler in the middle of its work.
 *
 * Design: every language's policy is loaded from policies/, and its compile and run commands are
 * carried out on a small program under the policy's real filter, with the environment of the policy
 * and as a user without privilege. Where a filter notifies, this process listens in the
 * supervisor's place, notes the call and answers ENOSYS, so that one run shows all that is missing.
 * The program's output must be what was expected and nothing may have been noted. No namespaces and
 * no limits: those are the sandbox's, and have tests of their own. A language whose toolchain is
 * not installed is skipped by name.
 */

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include "lib/base/fd.h"
#include "lib/base/strv.h"
#include "lib/base/test-scale.h"
#include "supervisor/policy/policy-load.h"

enum {
	USER = 65534,	/* who runs the commands when this test is root */
	NOTED_MAX = 16, /* calls worth showing */
	TIME_LIMIT_S =
		60, /* of one step, times ASSAY_TIME_SCALE; the slowest takes 9 s on a busy machine */
	OUTPUT_BYTES = 1 << 16,
};

/* A program that uses what people use: threads, files, processes, numbers. */
struct language {
	const char *policy, *file, *text, *output;
};

static const struct language languages[] = {
	{
		"c",
		"main.c",
		"#include <math.h>\n#include <pthread.h>\n#include <stdio.h>\n#include <stdlib.h>\n"
		"#include <sys/wait.h>\n#include <time.h>\n#include <unistd.h>\n"
		"static void *add(void *p) { *(int *)p += 40; return p; }\n"
		"static int cmp(const void *a, const void *b) { return *(int *)a - *(int *)b; }\n"
		"int main(void) { int n = 2, v[9] = {3, 1, 2}; pthread_t t; FILE *f; char b[9] = {0};\n"
		" struct timespec ts = {0, 1000}; nanosleep(&ts, NULL); qsort(v, 9, 4, cmp);\n"
		" if (pthread_create(&t, NULL, add, &n)) return 3; pthread_join(t, NULL);\n"
		" f = tmpfile(); fputs(\"file\", f); rewind(f); if (!fgets(b, 9, f)) return 4;\n"
		" if (fork() == 0) _exit(0); wait(NULL);\n"
		" printf(\"%d %s %.3f %ld\\n\", n, b, sqrt(2.0 * n), time(NULL) > 0 ? 1l : 0l); return 0; }\n",
		"42 file 9.165 1\n",
	},
	{
		"cpp",
		"main.cpp",
		"#include <bits/stdc++.h>\nint main() { std::vector<int> v{3, 1, 2}; std::ranges::sort(v);\n"
		" auto f = std::async(std::launch::async, [] { return 7; });\n"
		" std::mutex m; std::jthread t([&] { std::scoped_lock l(m); v.push_back(f.get()); }); t.join();\n"
		" std::ofstream(\"out\") << 5; int n; std::ifstream(\"out\") >> n; v.push_back(n);\n"
		" std::random_device r; (void)r();\n"
		" try { throw std::runtime_error(\"x\"); } catch (...) { }\n"
		" std::filesystem::remove(\"out\"); for (int i : v) std::cout << i << ' '; std::cout << std::endl; }\n",
		"1 2 3 7 5 \n",
	},
	{
		"rust",
		"main.rs",
		"use std::{collections::HashMap, fs, io::Read, thread};\n"
		"fn main() { let mut m = HashMap::new(); m.insert(1, 2);\n"
		" let t = thread::spawn(move || m[&1] + 40); fs::write(\"f\", \"x\").unwrap();\n"
		" let mut s = String::new(); fs::File::open(\"f\").unwrap().read_to_string(&mut s).unwrap();\n"
		" let r = std::panic::catch_unwind(|| { panic!(\"p\") }).is_err();\n"
		" println!(\"{} {} {}\", t.join().unwrap(), s, r); }\n",
		"42 x true\n",
	},
	{
		"go",
		"main.go",
		"package main\nimport (\"fmt\"; \"os\"; \"sync\"; \"time\"; \"math/big\"; \"sort\"; \"bufio\")\n"
		"func main() { var w sync.WaitGroup; s := make([]int, 8)\n"
		" for i := range s { w.Add(1); go func(i int) { defer w.Done(); s[i] = 7 - i; time.Sleep(time.Millisecond) }(i) }\n"
		" w.Wait(); sort.Ints(s); os.WriteFile(\"f\", []byte(\"x\"), 0600); b, _ := os.ReadFile(\"f\")\n"
		" n := new(big.Int).Exp(big.NewInt(2), big.NewInt(70), nil)\n"
		" o := bufio.NewWriter(os.Stdout); fmt.Fprintln(o, s, string(b), n); o.Flush() }\n",
		"[0 1 2 3 4 5 6 7] x 1180591620717411303424\n",
	},
	{
		"java",
		"Main.java",
		"import java.util.*; import java.util.stream.*; import java.util.concurrent.*; import java.nio.file.*;\n"
		"public class Main { public static void main(String[] a) throws Exception {\n"
		" ExecutorService e = Executors.newFixedThreadPool(4); Future<Integer> f = e.submit(() -> 42);\n"
		" Files.writeString(Path.of(\"f\"), \"x\"); int s = IntStream.range(0, 1000).parallel().sum();\n"
		" System.out.println(f.get() + Files.readString(Path.of(\"f\")) + s + new Scanner(\"5\").nextInt());\n"
		" e.shutdown(); } }\n",
		"42x4995005\n",
	},
	{
		"python",
		"main.py",
		"import json, threading, subprocess, os, math, random, time, hashlib, collections, multiprocessing, sys\n"
		"r = []\nt = threading.Thread(target=lambda: r.append(42)); t.start(); t.join()\n"
		"open('f', 'w').write('x')\nwith open('f') as f: r.append(f.read())\n"
		"r.append(subprocess.run([sys.executable, '-c', 'print(7)'], capture_output=True, text=True).stdout.strip())\n"
		"p = multiprocessing.Process(target=lambda: None); p.start(); p.join(); r.append(p.exitcode)\n"
		"time.sleep(0.01); os.cpu_count(); random.random(); sys.setrecursionlimit(10000)\n"
		"print(json.dumps(r), hash('a') == hash('a'), math.isqrt(99))\n",
		"[42, \"x\", \"7\", 0] True 9\n",
	},
	{
		"javascript",
		"main.js",
		"const fs = require('fs'), cp = require('child_process'), os = require('os');\n"
		"const { Worker, isMainThread, parentPort } = require('worker_threads');\n"
		"fs.writeFileSync('f', 'x'); os.cpus(); require('crypto').randomBytes(4);\n"
		"const out = cp.execFileSync(process.execPath, ['-e', 'console.log(7)']).toString().trim();\n"
		"const w = new Worker('require(\"worker_threads\").parentPort.postMessage(42)', { eval: true });\n"
		"w.on('message', m => { w.terminate(); setTimeout(() => fs.promises.readFile('f', 'utf8').then(t =>\n"
		" console.log(m, t, out, [3, 1, 2].sort().join())), 5); });\n",
		"42 x 7 1,2,3\n",
	},
	{
		"shell",
		"main.sh",
		"set -eu\nprintf '%s\\n' b a | sort | head -1\necho x > f; cat f; mkdir d; cp f d/g; ls d; rm -r d\n"
		"mkfifo p; (echo through > p) & cat p; wait\n"
		"echo $(seq 1 5 | wc -l) $((6 * 7)); cat <(echo sub); date +%Z; mktemp -d >/dev/null; sleep 0.01\n"
		"find . -name f; sed s/x/y/ f; grep -c x f; tr a b <<<a; test -t 0 || nproc >/dev/null; timeout 5 true\n",
		"a\nx\ng\nthrough\n5 42\nsub\nUTC\n./f\ny\n1\nb\n",
	},
};

struct scratch {
	char path[64];
};

/* What one command did. */
struct outcome {
	int status; /* of waitpid(2) */
	char output[OUTPUT_BYTES];
	char noted[NOTED_MAX][128];
	size_t n_noted;
};

static const char *policies_dir(void)
{
	static char path[4096];
	const char *source = getenv("ASSAY_SOURCE");

	(void)snprintf(path, sizeof(path), "%s/policies", source ? source : ".");
	return path;
}

static void write_text(const char *directory, const char *name, const char *text)
{
	char path[512];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
	if (geteuid() == 0)
		assert_int_equal(fchown(fd, USER, USER), 0);
	(void)close(fd);
}

static int scratch_make(void **state)
{
	struct scratch *scratch = new0(struct scratch, 1);

	(void)snprintf(scratch->path, sizeof(scratch->path), "/tmp/assay-toolchains-XXXXXX");
	if (!mkdtemp(scratch->path) || (geteuid() == 0 && chown(scratch->path, USER, USER) < 0))
		return -1;
	*state = scratch;
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *place)
{
	(void)st;
	(void)type;
	(void)place;
	return remove(path);
}

static int scratch_remove(void **state)
{
	struct scratch *scratch = *state;
	int r = nftw(scratch->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);

	free(scratch);
	return r;
}

/* The engine's words, replaced for one file without arguments. */
static char **expand_argv(char *const *argv, const char *source)
{
	char **expanded = NULL;

	for (; *argv; argv++) {
		char *word = strstr(*argv, "{memory_mib}"), text[512];

		if (strcmp(*argv, "{args}") == 0)
			continue;
		(void)snprintf(text, sizeof(text), "%s", *argv);
		if (strcmp(*argv, "{source}") == 0 || strcmp(*argv, "{sources}") == 0)
			(void)snprintf(text, sizeof(text), "%s", source);
		else if (strcmp(*argv, "./{source}") == 0)
			(void)snprintf(text, sizeof(text), "./%s", source);
		else if (word)
			(void)snprintf(text, sizeof(text), "%.*s512%s", (int)(word - *argv), *argv,
				       word + strlen("{memory_mib}"));
		assert_int_equal(strv_append(&expanded, text), 0);
	}
	return expanded;
}

/*
 * In the child: everything before the filter, then the filter, then the listener's number to the
 * parent.
 */
static void child(const struct policy_phase *phase, char **argv, const char *directory, int output,
		  int report, int go)
{
	struct sock_fprog program = {
		.len = (unsigned short)phase->filter.n_instructions,
		.filter = phase->filter.instructions,
	};
	unsigned int flags = phase->filter.notifies ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
	int listener, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char byte;

	(void)dup2(null, 0);
	(void)dup2(output, 1);
	(void)dup2(output, 2);
	if (chdir(directory) < 0)
		_exit(101);
	if (geteuid() == 0 && (setresgid(USER, USER, USER) < 0 || setresuid(USER, USER, USER) < 0))
		_exit(102);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(103);
	listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (listener < 0)
		_exit(104);
	if (write(report, &listener, sizeof(listener)) != sizeof(listener))
		_exit(105);
	(void)!read(go, &byte, 1);
	if (listener > 0)
		(void)close(listener);
	(void)execve(argv[0], argv, phase->env);
	_exit(106);
}

static void note(struct outcome *outcome, const struct seccomp_notif *request)
{
	_cleanup_free_ char *name =
		seccomp_syscall_resolve_num_arch(request->data.arch, request->data.nr);

	if (outcome->n_noted == NOTED_MAX)
		return;
	(void)snprintf(outcome->noted[outcome->n_noted++], sizeof(outcome->noted[0]),
		       "%s(%#llx, %#llx, %#llx)", name ? name : "?", request->data.args[0],
		       request->data.args[1], request->data.args[2]);
}

static void answer(struct outcome *outcome, int listener)
{
	struct seccomp_notif request = {.id = 0};
	struct seccomp_notif_resp response = {.error = -ENOSYS};

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0)
		return;
	note(outcome, &request);
	response.id = request.id;
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

static void take_output(struct outcome *outcome, int fd, size_t *at)
{
	ssize_t n = read(fd, outcome->output + *at, sizeof(outcome->output) - 1 - *at);

	if (n > 0)
		*at += (size_t)n;
	outcome->output[*at] = '\0';
}

/* The parent's part until the command has ended. */
static void watch(struct outcome *outcome, int pidfd, int output, int listener)
{
	size_t at = 0;

	for (;;) {
		struct pollfd fds[] = {
			{.fd = listener, .events = POLLIN},
			{.fd = output, .events = POLLIN},
			{.fd = pidfd, .events = POLLIN},
		};

		if (poll(fds, 3, (int)(TIME_LIMIT_S * time_scale() * 1000)) <= 0) {
			(void)pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
			return;
		}
		if (fds[0].revents & POLLIN)
			answer(outcome, listener);
		else if (fds[1].revents & POLLIN)
			take_output(outcome, output, &at);
		else if (fds[2].revents & POLLIN)
			return;
	}
}

static void run_phase(const struct policy_phase *phase, char **argv, const char *directory,
		      struct outcome *outcome)
{
	int output[2], report[2], go[2], pidfd, listener = -1;
	pid_t pid;

	memset(outcome, 0, sizeof(*outcome));
	assert_int_equal(fd_pipe(&output[0], &output[1]), 0);
	assert_int_equal(fd_pipe(&report[0], &report[1]), 0);
	assert_int_equal(fd_pipe(&go[0], &go[1]), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child(phase, argv, directory, output[1], report[1], go[0]);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	(void)close(output[1]);
	(void)close(report[1]);
	if (read(report[0], &listener, sizeof(listener)) == sizeof(listener) && listener > 0)
		listener = (int)syscall(SYS_pidfd_getfd, pidfd, listener, 0);
	else
		listener = -1;
	assert_int_equal(write(go[1], "x", 1), 1);
	watch(outcome, pidfd, output[0], listener);
	assert_int_equal(waitpid(pid, &outcome->status, 0), pid);
	for (size_t i = 0; i < 2; i++) {
		(void)close(go[i]);
		(void)close(i == 0 ? output[0] : report[0]);
	}
	(void)close(pidfd);
	(void)fd_close(listener);
}

static void expect_quiet(const char *policy, const char *step, const struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->n_noted; i++)
		print_error("%s, %s step: the filter would end the run at %s\n", policy, step,
			    outcome->noted[i]);
	if (outcome->status != 0)
		print_error("%s, %s step: status %#x, output:\n%s\n", policy, step,
			    (unsigned int)outcome->status, outcome->output);
	assert_int_equal(outcome->n_noted, 0);
	assert_int_equal(outcome->status, 0);
}

static void skip_without_toolchain(const struct policy *policy)
{
	for (size_t i = 0; i < policy->n_needs; i++) {
		if (access(policy->needs[i].path, F_OK) == 0)
			continue;
		print_message("# skip: %s is not there (Debian package %s)\n",
			      policy->needs[i].path, policy->needs[i].package);
		skip();
	}
}

static void load_policy(const char *name, struct policy **ret_policy)
{
	const struct policy_dirs dirs = {.vendor = policies_dir()};
	struct fault fault = {.error = 0};

	if (policy_load(&dirs, name, ret_policy, &fault) < 0)
		fail_msg("%s", fault.text);
}

static void test_language(void **state, const char *name)
{
	const struct scratch *scratch = *state;
	const struct language *language = languages;
	_cleanup_policy_ struct policy *policy = NULL;
	static struct outcome outcome;

	while (strcmp(language->policy, name) != 0)
		language++;
	load_policy(name, &policy);
	skip_without_toolchain(policy);
	write_text(scratch->path, language->file, language->text);
	if (policy->compile.argv) {
		_cleanup_strv_ char **argv = expand_argv(policy->compile.argv, language->file);

		run_phase(&policy->compile, argv, scratch->path, &outcome);
		expect_quiet(name, "compile", &outcome);
	}
	_cleanup_strv_ char **argv = expand_argv(policy->run.argv, language->file);
	run_phase(&policy->run, argv, scratch->path, &outcome);
	expect_quiet(name, "run", &outcome);
	/* A runtime may say something on stderr before (the panic that Rust's program catches). */
	assert_true(strlen(outcome.output) >= strlen(language->output));
	assert_string_equal(outcome.output + strlen(outcome.output) - strlen(language->output),
			    language->output);
}

#define LANGUAGE_TEST(name)                    \
	static void name##_lives(void **state) \
	{                                      \
		test_language(state, #name);   \
	}

LANGUAGE_TEST(c)
LANGUAGE_TEST(cpp)
LANGUAGE_TEST(rust)
LANGUAGE_TEST(go)
LANGUAGE_TEST(java)
LANGUAGE_TEST(python)
LANGUAGE_TEST(javascript)
LANGUAGE_TEST(shell)

/* Programs of the host that everybody has. */
static void native_lives(void **state)
{
	const struct scratch *scratch = *state;
	static const char *const programs[] = {"/usr/bin/true", "/usr/bin/echo", "/usr/bin/ls"};
	_cleanup_policy_ struct policy *policy = NULL;
	static struct outcome outcome;

	load_policy("native", &policy);
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		char *argv[] = {(char *)(uintptr_t)programs[i], NULL};

		run_phase(&policy->run, argv, scratch->path, &outcome);
		expect_quiet("native", programs[i], &outcome);
	}
}

/* What a hostile program tries, by interpreter: the supervisor must hear of it. */
static void python_is_stopped(void **state)
{
	static const struct {
		const char *text, *call;
	} attacks[] = {
		{"import socket; socket.socket(socket.AF_INET)", "socket("},
		{"import ctypes; ctypes.CDLL(None).unshare(0x10000000)", "unshare("},
		{"import ctypes; ctypes.CDLL(None).ptrace(0, 0, 0, 0)", "ptrace("},
		{"import ctypes; ctypes.CDLL(None).mount(b'', b'/', b'tmpfs', 0, None)", "mount("},
		{"import ctypes; ctypes.CDLL(None).syscall(56, 0x10000000, 0, 0, 0, 0)", "clone("},
		{"import ctypes; ctypes.CDLL(None).syscall(321, 0, 0, 0)", "bpf("},
		{"import ctypes; ctypes.CDLL(None).syscall(0x40000000 + 39)", ""},
	};
	const struct scratch *scratch = *state;
	_cleanup_policy_ struct policy *policy = NULL;
	static struct outcome outcome;

#ifndef __x86_64__
	skip();
#endif
	load_policy("python", &policy);
	skip_without_toolchain(policy);
	for (size_t i = 0; i < ARRAY_SIZE(attacks); i++) {
		char *argv[] = {
			(char *)(uintptr_t) "/usr/bin/python3",
			(char *)(uintptr_t) "-c",
			(char *)(uintptr_t)attacks[i].text,
			NULL,
		};

		run_phase(&policy->run, argv, scratch->path, &outcome);
		if (outcome.n_noted != 1 || !strstr(outcome.noted[0], attacks[i].call))
			print_error("%s: %zu calls noted, %s\n", attacks[i].text, outcome.n_noted,
				    outcome.noted[0]);
		assert_int_equal(outcome.n_noted, 1);
		assert_non_null(strstr(outcome.noted[0], attacks[i].call));
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)
	const struct CMUnitTest tests[] = {
		TEST(c_lives),		 TEST(cpp_lives),	 TEST(rust_lives),
		TEST(go_lives),		 TEST(java_lives),	 TEST(python_lives),
		TEST(shell_lives),	 TEST(javascript_lives), TEST(native_lives),
		TEST(python_is_stopped),
	};

	/*
	 * The filters are the same on every kernel; where a compiler takes a minute,
	 * tests/integration/test_languages.py runs each of them under its filter, once.
	 */
	const struct CMUnitTest quick[] = {
		TEST(c_lives),	    TEST(python_lives),	     TEST(shell_lives),
		TEST(native_lives), TEST(python_is_stopped),
	};

	if (time_scale() > 1)
		return cmocka_run_group_tests_name("filter-toolchains", quick, NULL, NULL);
	return cmocka_run_group_tests_name("filter-toolchains", tests, NULL, NULL);
}
