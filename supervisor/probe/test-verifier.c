/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel's verifier has to look at, per program: the time of loading, and how far a program is from being refused. The counts
 * for each kernel stand in bpf/verifier.tsv; one that grows by more than a tenth fails, so that it is noticed when it happens.
 *
 * ASSAY_VERIFIER_PRINT=1 prints the lines for this kernel, to be put into the file.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "supervisor/probe/capture.h"
#include "supervisor/probe/probe-internal.h"
#include "supervisor/probe/skeleton.h"

enum { RING_BYTES = 1 << 20 };

static int silent(enum libbpf_print_level level _unused_, const char *format _unused_,
		  va_list args _unused_)
{
	return 0;
}

/* "6.18" of "6.18.44-anything". */
static void kernel_series(char series[static 16])
{
	struct utsname host = {0};
	size_t length;

	(void)uname(&host);
	length = strspn(host.release, "0123456789");
	assert_int_equal(host.release[length], '.');
	length += 1 + strspn(host.release + length + 1, "0123456789");
	(void)snprintf(series, 16, "%.*s", (int)length, host.release);
}

/* The committed count, or 0. */
static unsigned long committed(const char *series, const char *program)
{
	const char *top = getenv("ASSAY_SOURCE");
	char path[4096], line[256];
	unsigned long found = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/bpf/verifier.tsv", top != NULL ? top : ".");
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		char *at = line, *kernel = strsep(&at, "\t"), *name = strsep(&at, "\t");

		if (at != NULL && strcmp(kernel, series) == 0 && strcmp(name, program) == 0)
			found = strtoul(at, NULL, 10);
	}
	(void)fclose(file);
	return found;
}

static unsigned long verified(const struct bpf_program *program)
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size), 0);
	return info.verified_insns;
}

static void program_check(const char *series, const char *name, unsigned long count)
{
	unsigned long before = committed(series, name);

	if (getenv("ASSAY_VERIFIER_PRINT") != NULL) {
		(void)printf("%s\t%s\t%lu\n", series, name, count);
		return;
	}
	if (before == 0)
		print_message("# %s on %s: %lu instructions, and no count in bpf/verifier.tsv\n",
			      name, series, count);
	else if (count > before + before / 10)
		fail_msg("%s on %s: %lu instructions instead of %lu; make it simpler, or correct bpf/verifier.tsv",
			 name, series, count, before);
}

static void test_no_program_grows(void **state _unused_)
{
	struct bpf_program *program;
	struct probe_bpf *skeleton;
	char series[16];

	(void)libbpf_set_print(silent);
	skeleton = probe_bpf__open();
	assert_non_null(skeleton);
	/* What is constant is known to the verifier: as it is in earnest. */
	skeleton->rodata->sandbox_level = 3;
	skeleton->rodata->ring_watermark = RING_BYTES / 8;
	skeleton->rodata->ring_half = RING_BYTES / 2;
	skeleton->rodata->cpus_n = 2;
	capture_ops((__u32 *)(uintptr_t)skeleton->rodata->call_ops);
	probe_hooks_choose(skeleton, probe_hooks_allowed());
	if (probe_bpf__load(skeleton) < 0) {
		probe_bpf__destroy(skeleton);
		print_message("# missing: bpf\n");
		skip();
	}
	kernel_series(series);
	bpf_object__for_each_program(program, skeleton->obj) if (bpf_program__autoload(program))
		program_check(series, bpf_program__name(program), verified(program));
	probe_bpf__destroy(skeleton);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_program_grows)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
