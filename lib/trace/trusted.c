/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which keys a reader believes. A signature that is right says only that somebody holds the key that is named in the file itself;
 * so verifying needs a list of keys from elsewhere: lines of hexadecimal, as `assay key export` prints them.
 */

#include "lib/trace/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/trace/frame.h"

enum { FILE_BYTES_MAX = 1 << 20 };

void trace_trusted_clear(struct trace_trusted *trusted)
{
	free(trusted->keys);
	*trusted = (struct trace_trusted){0};
}

bool trace_trusted_has(const struct trace_trusted *trusted, const uint8_t *public_key)
{
	for (uint32_t i = 0; i < trusted->n; i++)
		if (memcmp(trusted->keys[i], public_key, TRACE_PUBLIC_BYTES) == 0)
			return true;
	return false;
}

int trace_trusted_add(struct trace_trusted *trusted, const uint8_t *public_key)
{
	void *keys;

	if (trace_trusted_has(trusted, public_key))
		return 0;
	if (trusted->n == TRACE_TRUSTED_MAX)
		return -E2BIG;
	keys = reallocarray(trusted->keys, trusted->n + 1, sizeof(*trusted->keys));
	if (!keys)
		return -ENOMEM;
	trusted->keys = keys;
	memcpy(trusted->keys[trusted->n++], public_key, TRACE_PUBLIC_BYTES);
	return 0;
}

/* One line without its end. 0, -EINVAL or as trace_trusted_add(). */
static int read_line(struct trace_trusted *trusted, const char *line, size_t length)
{
	uint8_t key[TRACE_PUBLIC_BYTES];
	char hex[TRACE_PUBLIC_HEX];
	size_t word = strcspn(line, " \t\n");

	word = MIN(word, length);
	if (length == 0 || line[0] == '#')
		return 0;
	if (word != sizeof(hex) - 1)
		return -EINVAL;
	memcpy(hex, line, word);
	hex[word] = '\0';
	return trace_unhex(hex, key, sizeof(key)) < 0 ? -EINVAL : trace_trusted_add(trusted, key);
}

int trace_trusted_read(struct trace_trusted *trusted, const char *path, struct fault *fault)
{
	_cleanup_free_ char *text = NULL;
	size_t size, number = 1;
	int r = file_read_whole(AT_FDCWD, path, FILE_BYTES_MAX, &text, &size);

	if (r == -EINVAL)
		return fault_say(fault, r, "key", "the list of keys %s is no regular file", path);
	if (r < 0)
		return fault_set(fault, r, "key", "cannot read the list of keys %s", path);
	for (const char *line = text; line < text + size; number++) {
		size_t length = strcspn(line, "\n");

		r = read_line(trusted, line, length);
		if (r == -EINVAL)
			return fault_say(
				fault, r, "key",
				"%s:%zu: no key; expected 64 hexadecimal digits, as 'assay key export' prints them",
				path, number);
		if (r < 0)
			return fault_set(fault, r, "key", "%s:%zu: cannot add the key", path,
					 number);
		line += length + 1;
	}
	return 0;
}

int trace_trusted_add_own(struct trace_trusted *trusted, const char *dir)
{
	static const char *const names[] = {"node.pub", "retired.keys"};
	int r = 0;

	for (size_t i = 0; r != -ENOMEM && i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s/%s", dir, names[i]) < 0)
			return -ENOMEM;
		r = trace_trusted_read(trusted, path, NULL);
	}
	return r == -ENOMEM ? r : 0;
}
