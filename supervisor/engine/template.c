/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replacement is by word, never through a shell: what a submission calls its files or passes as arguments can never become more than one
 * argument of the command.
 */

#include "supervisor/engine/template.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/strv.h"

static int sources_append(char ***out, char *const *names)
{
	for (; names != NULL && *names != NULL; names++) {
		_cleanup_free_ char *word = NULL;
		int r;

		if (asprintf(&word, "./%s", *names) < 0) {
			word = NULL;
			return -ENOMEM;
		}
		r = strv_append(out, word);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The text that stands for what `at` begins with, and how much of `at` it replaces; NULL: nothing known. */
static const char *value_at(const char *at, const struct template_values *values,
			    char mebibytes[static 24], size_t *ret_length)
{
	static const char source[] = "{source}", memory[] = "{memory_mib}";

	if (strncmp(at, source, sizeof(source) - 1) == 0) {
		*ret_length = sizeof(source) - 1;
		return values->source != NULL ? values->source : "";
	}
	if (strncmp(at, memory, sizeof(memory) - 1) == 0) {
		uint64_t bytes = values->memory_bytes == LIMIT_NONE ? 0 : values->memory_bytes;

		*ret_length = sizeof(memory) - 1;
		(void)snprintf(mebibytes, 24, "%llu", (unsigned long long)(bytes >> 20));
		return mebibytes;
	}
	return NULL;
}

static int word_expand(const char *word, const struct template_values *values, char **ret_word)
{
	char *text = NULL;
	size_t size;
	FILE *stream;

	/* Nearly all words: a stream for each costs more than all else that is done for a command. */
	if (strchr(word, '{') == NULL) {
		*ret_word = strdup(word);
		return *ret_word != NULL ? 0 : -ENOMEM;
	}
	stream = open_memstream(&text, &size);
	if (stream == NULL)
		return -ENOMEM;
	/* A word that begins with the name could be taken for an option: the name is a path then. */
	if (strncmp(word, "{source}", 8) == 0)
		(void)fputs("./", stream);
	while (*word != '\0') {
		char mebibytes[24];
		size_t length;
		const char *value = value_at(word, values, mebibytes, &length);

		if (value != NULL) {
			(void)fputs(value, stream);
			word += length;
		} else {
			(void)fputc(*word++, stream);
		}
	}
	if (fclose(stream) != 0) {
		free(text);
		return -ENOMEM;
	}
	*ret_word = text;
	return 0;
}

int template_expand(char *const *words, const struct template_values *values, char ***ret_words)
{
	_cleanup_strv_ char **out = NULL;

	for (; words != NULL && *words != NULL; words++) {
		char *word;
		int r;

		if (strcmp(*words, "{args}") == 0)
			r = strv_extend(&out, values->args);
		else if (strcmp(*words, "{sources}") == 0)
			r = sources_append(&out, values->sources);
		else if ((r = word_expand(*words, values, &word)) == 0)
			r = strv_consume(&out, word);
		if (r < 0)
			return r;
	}
	*ret_words = TAKE_PTR(out);
	return 0;
}
