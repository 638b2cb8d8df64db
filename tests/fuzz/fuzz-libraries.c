/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's ld.so.cache, whatever is in it: what a sandbox gets of it is a whole cache, whose texts all lie in it and end, and of which each path
 * is below a mount.
 */

#include "lib/base/mem.h"
#include "supervisor/sandbox/root.h"
#include "tests/fuzz/fuzz.h"

enum { HEADER_BYTES = 48, ENTRY_BYTES = 24, NAME_AT = 4, PATH_AT = 8, N_ENTRIES_AT = 20 };

static uint32_t number_at(const char *bytes, size_t at)
{
	uint32_t number;

	memcpy(&number, bytes + at, sizeof(number));
	return number;
}

static const char *text_at(const char *cache, size_t size, size_t at)
{
	uint32_t offset = number_at(cache, at);

	REQUIRE(offset >= HEADER_BYTES && offset < size);
	REQUIRE(memchr(cache + offset, '\0', size - offset) != NULL);
	return cache + offset;
}

/* Links of the host's may stand for directories in /usr. */
static bool is_below(const char *path)
{
	return strncmp(path, "/usr/lib/", 9) == 0 || strncmp(path, "/lib", 4) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy_mount mounts[] = {
		{.source = (char *)"/usr/lib", .target = (char *)"/usr/lib"},
		{.source = (char *)"/opt", .target = (char *)"/usr/lib/other"},
	};
	const struct root_request request = {.mounts = mounts, .n_mounts = 2};
	_cleanup_free_ char *cache = fuzz_string(data, size), *copy = NULL;
	size_t copy_size = 0;
	int n = root_libraries_copy(cache, size, &request, &copy, &copy_size);

	REQUIRE((n > 0) == (copy != NULL));
	if (n <= 0)
		return 0;
	REQUIRE(number_at(copy, N_ENTRIES_AT) == (uint32_t)n);
	REQUIRE(HEADER_BYTES + (size_t)n * ENTRY_BYTES <= copy_size);
	for (size_t i = 0; i < (size_t)n; i++) {
		size_t at = HEADER_BYTES + i * ENTRY_BYTES;
		const char *path = text_at(copy, copy_size, at + PATH_AT);

		(void)text_at(copy, copy_size, at + NAME_AT);
		REQUIRE(is_below(path) && strncmp(path, "/usr/lib/other/", 15) != 0);
	}
	return 0;
}
