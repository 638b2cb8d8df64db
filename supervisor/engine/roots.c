/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key is the list of mounts itself, so two policies that show the same share a root and a changed policy gets its own. A
 * descriptor that makes room is closed; sandboxes that run already have their copy.
 */

#include "supervisor/engine/roots.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/fd.h"
#include "supervisor/sandbox/namespaces.h"

static int key_make(const struct policy_mount *mounts, size_t n_mounts, char **ret_key,
		    size_t *ret_size)
{
	FILE *stream = open_memstream(ret_key, ret_size);

	if (stream == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n_mounts; i++)
		(void)fprintf(stream, "%s%c%s%c%d", mounts[i].source, 0, mounts[i].target, 0,
			      mounts[i].optional);
	return fclose(stream) == 0 ? 0 : -ENOMEM;
}

/* Takes `text` with its end off the front of the key, if that is what stands there. */
static bool text_take(const char **key, const char *end, const char *text)
{
	size_t size = strlen(text) + 1;

	if ((size_t)(end - *key) < size || memcmp(*key, text, size) != 0)
		return false;
	*key += size;
	return true;
}

/* Whether it is what key_make() would write, which is not done for each step that asks. */
static bool key_is(const char *key, size_t size, const struct policy_mount *mounts, size_t n_mounts)
{
	const char *end = key + size;

	for (size_t i = 0; i < n_mounts; i++) {
		if (!text_take(&key, end, mounts[i].source) ||
		    !text_take(&key, end, mounts[i].target) || key == end ||
		    *key++ != (mounts[i].optional ? '1' : '0'))
			return false;
	}
	return key == end;
}

static void oldest_drop(struct roots *roots)
{
	free(roots->entry[0].key);
	(void)fd_close(roots->entry[0].fd);
	memmove(&roots->entry[0], &roots->entry[1], (roots->n - 1) * sizeof(roots->entry[0]));
	roots->n--;
}

int roots_get(struct roots *roots, const struct policy_mount *mounts, size_t n_mounts,
	      struct fault *fault)
{
	_cleanup_free_ char *key = NULL;
	size_t size = 0;
	int fd;

	for (size_t i = 0; i < roots->n; i++)
		if (key_is(roots->entry[i].key, roots->entry[i].key_size, mounts, n_mounts))
			return roots->entry[i].fd;
	if (key_make(mounts, n_mounts, &key, &size) < 0)
		return fault_set(fault, -ENOMEM, "mounts", "root");
	fd = namespace_root_create(mounts, n_mounts, fault);
	if (fd < 0)
		return fd;
	if (roots->n == ROOTS_MAX)
		oldest_drop(roots);
	roots->entry[roots->n].key = TAKE_PTR(key);
	roots->entry[roots->n].key_size = size;
	roots->entry[roots->n].fd = fd;
	roots->n++;
	return fd;
}

void roots_clear(struct roots *roots)
{
	while (roots->n > 0)
		oldest_drop(roots);
}
