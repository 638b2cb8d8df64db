/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: a policy's command line depends on the submission (names, arguments, the memory limit)
 * and on the machine (Debian's paths of Java hold the architecture's name), but is written down
 * once.
 *
 * Design: words in braces. Those of the submission are left for the engine, which replaces them at
 * each run; {arch} is replaced while loading, after the hash is taken, so the hash is that of the
 * policy and not of the host. A word that is not known is refused, since it would reach the program
 * as it stands; "{" before anything but a small letter, and "${", are not words: they belong to the
 * languages of shells and the like.
 */

#include "supervisor/policy/policy-words.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/mem.h"

#if defined(__x86_64__)
#define DEBIAN_ARCH "amd64"
#elif defined(__aarch64__)
#define DEBIAN_ARCH "arm64"
#else
#define DEBIAN_ARCH "unknown"
#endif

enum { WORD_NONE = 0, WORD_INSIDE, WORD_WHOLE };

struct word {
	const char *name;
	int kind; /* WORD_WHOLE: it stands for several arguments, so it must be one itself */
};

static const struct word words[] = {
	{"{source}", WORD_INSIDE},     {"{sources}", WORD_WHOLE}, {"{args}", WORD_WHOLE},
	{"{memory_mib}", WORD_INSIDE}, {"{arch}", WORD_INSIDE},
};

/* The length of what looks like a word at `text`, or 0. */
static size_t word_length(const char *text)
{
	size_t n = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz_");

	return n > 0 && text[n + 1] == '}' ? n + 2 : 0;
}

static int kind_of(const char *text, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strlen(words[i].name) == length && memcmp(words[i].name, text, length) == 0)
			return words[i].kind;
	return WORD_NONE;
}

static bool word_ok(const char *text, const char *at, size_t length, bool is_argument, char *error,
		    size_t error_size)
{
	int kind = kind_of(at, length);

	if (kind == WORD_INSIDE)
		return true;
	if (kind == WORD_NONE) {
		(void)snprintf(error, error_size,
			       "unknown word %.*s; expected {source} {sources} {args} {memory_mib} "
			       "or {arch}",
			       (int)MIN(length, 40u), at);
		return false;
	}
	if (is_argument && at == text && text[length] == '\0')
		return true;
	(void)snprintf(error, error_size,
		       "%.*s inside of other text; expected it as an argument of its own",
		       (int)length, at);
	return false;
}

bool policy_words_ok(const char *text, bool is_argument, char *error, size_t error_size)
{
	for (const char *at = strchr(text, '{'); at; at = strchr(at + 1, '{')) {
		size_t length = word_length(at);

		if (length == 0 || (at > text && at[-1] == '$'))
			continue;
		if (!word_ok(text, at, length, is_argument, error, error_size))
			return false;
	}
	return true;
}

char *policy_words_expand(const char *text)
{
	static const char word[] = "{arch}", with[] = DEBIAN_ARCH;
	_Static_assert(sizeof(with) <= sizeof(word) + 1,
		       "the copy has room for one more byte a word");
	char *copy = malloc(strlen(text) * 2 + 1), *to = copy;

	if (!copy)
		return NULL;
	while (*text) {
		if (strncmp(text, word, sizeof(word) - 1) == 0) {
			to = stpcpy(to, with);
			text += sizeof(word) - 1;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
	return copy;
}
