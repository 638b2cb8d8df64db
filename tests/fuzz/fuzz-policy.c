/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy files and seccomp profiles. The input is read as a file of each grammar that may extend the packaged ones. What is
 * refused has a place and a sentence on one clean line; what is accepted as a profile lets no closed call through,
 * which the compiler of profiles says of itself and is asked again here.
 */

#include <errno.h>
#include <stdio.h>

#include <linux/audit.h>
#include <linux/seccomp.h>

#include "lib/base/mem.h"
#include "supervisor/policy/policy-load.h"
#include "supervisor/policy/seccomp-calls.h"
#include "supervisor/policy/seccomp-native.h"
#include "supervisor/policy/seccomp-profile.h"
#include "supervisor/policy/seccomp-simulate.h"
#include "tests/fuzz/fuzz.h"

static struct policy_dirs dirs(void)
{
	static char path[4096];
	const char *source = getenv("ASSAY_SOURCE");

	(void)snprintf(path, sizeof(path), "%s/policies", source ? source : ".");
	return (struct policy_dirs){.vendor = path};
}

/* "FILE:LINE:COLUMN: sentence". */
static void check_fault(int r, const struct fault *fault)
{
	unsigned int line = 0, column = 0;
	const char *colon = strchr(fault->text, ':');

	REQUIRE(r == -EINVAL);
	REQUIRE(fault->error == r);
	REQUIRE(fuzz_clean_line(fault->text));
	REQUIRE(colon && sscanf(colon, ":%u:%u: ", &line, &column) == 2);
	REQUIRE(line > 0 && column > 0);
}

static void check_closed(const struct policy_filter *filter)
{
	static const char *const closed[] = {"bpf",	"mount",  "ptrace",
					     "unshare", "clone3", "io_uring_setup"};

	for (size_t i = 0; i < ARRAY_SIZE(closed); i++) {
		struct seccomp_data data = {
			.nr = seccomp_call_number(closed[i]),
			.arch = SECCOMP_NATIVE_ARCH,
		};

		REQUIRE(seccomp_simulate(filter->instructions, filter->n_instructions, &data) !=
			SECCOMP_RET_ALLOW);
	}
}

static void check_profile(const struct policy_dirs *packaged, const uint8_t *data, size_t size)
{
	const struct policy_search search = {.dirs = packaged, .below = "/seccomp"};
	_cleanup_seccomp_profile_ struct seccomp_profile *profile = NULL;
	struct policy_filter filter = {.profile = NULL};
	struct fault fault = {.error = 0};
	int r = seccomp_profile_load_text(&search, "fuzz.yaml", data, size, &profile, &fault);

	if (r == 0)
		r = seccomp_profile_compile(profile, &filter, &fault);
	if (r < 0) {
		check_fault(r, &fault);
		return;
	}
	check_closed(&filter);
	free(filter.profile);
	free(filter.instructions);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct policy_dirs packaged = dirs();
	struct fault fault = {.error = 0};
	int r = policy_check_text(&packaged, "fuzz.yaml", data, size, &fault);

	if (r < 0)
		check_fault(r, &fault);
	check_profile(&packaged, data, size);
	return 0;
}
