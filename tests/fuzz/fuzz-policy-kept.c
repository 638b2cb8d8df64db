/* SPDX-License-Identifier: Apache-2.0 */
/* Policies that are kept in a file: what is taken for one is written again as the same bytes, and what is not leaves nothing behind. */

#include <stdio.h>

#include "lib/base/mem.h"
#include "supervisor/policy/policy-pack.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_policy_ struct policy *policy = NULL;
	_cleanup_free_ char *again = NULL;
	size_t again_size = 0;
	FILE *stream;

	if (policy_unpack(data, size, &policy) < 0) {
		REQUIRE(policy == NULL);
		return 0;
	}
	stream = open_memstream(&again, &again_size);
	REQUIRE(stream != NULL);
	policy_pack(policy, stream);
	REQUIRE(fclose(stream) == 0);
	REQUIRE(again_size == size && memcmp(again, data, size) == 0);
	return 0;
}
