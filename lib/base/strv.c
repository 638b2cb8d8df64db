/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NULL-terminated arrays of owned strings.
 *
 * They are argument vectors and environments: tens of strings, built once. So an append is a realloc(3) of the exact
 * size and a length is counted, and there is no capacity to keep right.
 *
 * Invariants: an array that is not NULL always ends in NULL; an operation that fails leaves the array as it was.
 */

#include "lib/base/strv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

size_t strv_length(char *const *strings)
{
	size_t n = 0;

	if (strings) {
		while (strings[n])
			n++;
	}
	return n;
}

char **strv_free(char **strings)
{
	if (strings) {
		for (size_t i = 0; strings[i]; i++)
			free(strings[i]);
		free(strings);
	}
	return NULL;
}

/* Room for `more` strings behind the `n` that there are; the array's end stays where it is. */
static int reserve(char ***strings, size_t n, size_t more)
{
	char **larger = reallocarray(*strings, n + more + 1, sizeof(char *));

	if (!larger)
		return -ENOMEM;
	larger[n] = NULL;
	*strings = larger;
	return 0;
}

int strv_consume(char ***strings, char *string)
{
	_cleanup_free_ char *owned = string;
	size_t n = strv_length(*strings);

	if (!owned || reserve(strings, n, 1) < 0)
		return -ENOMEM;
	(*strings)[n] = TAKE_PTR(owned);
	(*strings)[n + 1] = NULL;
	return 0;
}

int strv_append(char ***strings, const char *string)
{
	return strv_consume(strings, strdup(string));
}

int strv_copy(char *const *strings, char ***ret_copy)
{
	size_t n = strv_length(strings);
	_cleanup_strv_ char **copy = NULL;

	if (!strings) {
		*ret_copy = NULL;
		return 0;
	}
	copy = new0(char *, n + 1);
	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		copy[i] = strdup(strings[i]);
		if (!copy[i])
			return -ENOMEM;
	}
	*ret_copy = TAKE_PTR(copy);
	return 0;
}

int strv_extend(char ***strings, char *const *more)
{
	size_t n = strv_length(*strings), n_more = strv_length(more);
	_cleanup_strv_ char **copy = NULL;
	int r;

	if (!more || n_more == 0)
		return 0;
	/* All copies are made before the array moves: `more` may be the array itself. */
	r = strv_copy(more, &copy);
	if (r < 0)
		return r;
	r = reserve(strings, n, n_more);
	if (r < 0)
		return r;
	for (size_t i = 0; i <= n_more; i++) /* with the end */
		(*strings)[n + i] = copy[i];
	free(TAKE_PTR(copy));
	return 0;
}

bool strv_contains(char *const *strings, const char *string)
{
	if (strings) {
		for (size_t i = 0; strings[i]; i++) {
			if (strcmp(strings[i], string) == 0)
				return true;
		}
	}
	return false;
}

char *strv_join(char *const *strings, size_t n, const char *separator)
{
	char *joined = NULL;
	size_t size;
	FILE *stream = open_memstream(&joined, &size);

	if (!stream)
		return NULL;
	for (size_t i = 0; i < n; i++)
		(void)fprintf(stream, "%s%s", i > 0 ? separator : "", strings[i]);
	if (fclose(stream) == 0)
		return joined;
	free(joined);
	return NULL;
}
