/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files of a directory make which cases.
 *
 * Judges lose points of real people when a case is silently left out, so this part refuses rather than guesses: an
 * input without an answer is not "a case without expectation" but a file that somebody forgot, and of two answers neither is
 * taken. Files with other endings (notes, images, generators) and hidden ones are nobody's case and are passed over.
 *
 * All names are collected first and sorted once by name; the parts of a case are then neighbours and one walk
 * finds every kind of mistake, in the same order on every machine, whatever order the file system lists them in.
 * strverscmp(3) is not used: it takes "01" for a fraction, and orders 1, 01, 02, 2 in a way that surprises.
 *
 * Invariants: each name is a string of at least one byte without '/' and without control bytes; the result is in
 * strictly ascending version order.
 */

#include "lib/testset/case-names.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/escape.h"
#include "lib/testset/testset.h"

struct case_file {
	char *name; /* without its ending */
	enum case_part part;
};

enum {
	FILES_MAX =
		3 *
		TESTSET_CASES_MAX, /* every case with all three parts: enough to say what is wrong */
	FILES_FIRST = 64,
	SHOWN_BYTES = 96, /* of a name in a sentence that says it twice */
};

static const struct ending {
	const char *text;
	enum case_part part;
} endings[] = {
	{".in", CASE_PART_INPUT},
	{".ans", CASE_PART_ANS},
	{".out", CASE_PART_OUT},
};

static const char *ending_of(enum case_part part)
{
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		if (endings[i].part == part)
			return endings[i].text;
	}
	return "";
}

enum case_part case_part_of(const char *file_name, size_t *ret_length)
{
	size_t length = strlen(file_name);

	if (file_name[0] == '.')
		return CASE_PART_NONE;
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		size_t n = strlen(endings[i].text);

		if (length > n && strcmp(file_name + length - n, endings[i].text) == 0) {
			*ret_length = length - n;
			return endings[i].part;
		}
	}
	return CASE_PART_NONE;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Steps over leading zeros; the run of digits that then stands at *at has the length that is returned. */
static size_t number_at(const char **at)
{
	const char *end;

	while ((*at)[0] == '0' && is_digit((*at)[1]))
		(*at)++;
	for (end = *at; is_digit(*end); end++)
		;
	return (size_t)(end - *at);
}

int case_name_compare(const char *a, const char *b)
{
	const char *x = a, *y = b;

	while (*x && *y) {
		if (is_digit(*x) && is_digit(*y)) {
			size_t n = number_at(&x), m = number_at(&y);
			int order = n == m ? memcmp(x, y, n) : n < m ? -1 : 1;

			if (order != 0)
				return order;
			x += n;
			y += m;
		} else if (*x != *y) {
			break;
		} else {
			x++;
			y++;
		}
	}
	if (*x != *y)
		return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
	return strcmp(a, b);
}

static bool has_control(const char *name)
{
	for (; *name; name++) {
		if ((unsigned char)*name < 0x20 || *name == 0x7f)
			return true;
	}
	return false;
}

static int make_room(struct case_files *files)
{
	size_t room = MAX(2 * files->room, (size_t)FILES_FIRST);
	struct case_file *larger;

	if (files->n >= FILES_MAX)
		return -E2BIG;
	if (files->n < files->room)
		return 0;
	larger = reallocarray(files->files, room, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	files->files = larger;
	files->room = room;
	return 0;
}

int case_files_add(struct case_files *files, const char *file_name)
{
	size_t length;
	enum case_part part = case_part_of(file_name, &length);
	char *name;
	int r;

	if (part == CASE_PART_NONE)
		return 0;
	if (has_control(file_name))
		return -EINVAL;
	r = make_room(files);
	if (r < 0)
		return r;
	name = strndup(file_name, length);
	if (!name)
		return -ENOMEM;
	files->files[files->n++] = (struct case_file){name, part};
	return 0;
}

void case_files_clear(struct case_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free(files->files[i].name);
	free(files->files);
	*files = (struct case_files){0};
}

static int compare_files(const void *a, const void *b)
{
	const struct case_file *x = a, *y = b;
	int order = case_name_compare(x->name, y->name);

	return order ? order : (int)x->part - (int)y->part;
}

/* Whether the parts make a case. */
static int check_parts(const char *name, unsigned parts, const char *group, struct fault *fault)
{
	char shown[SHOWN_BYTES];

	if (parts == (CASE_PART_INPUT | CASE_PART_ANS) || parts == (CASE_PART_INPUT | CASE_PART_OUT))
		return 0;
	(void)escape_string(shown, sizeof(shown), name);
	if (parts == CASE_PART_INPUT)
		return fault_say(fault, -EINVAL, "testset",
				 "%s%s.in has no answer; expected %s%s.ans or %s%s.out beside it",
				 group, shown, group, shown, group, shown);
	if (parts & CASE_PART_INPUT || parts == (CASE_PART_ANS | CASE_PART_OUT))
		return fault_say(fault, -EINVAL, "testset",
				 "%s%s has two answers, .ans and .out; expected one of them", group,
				 shown);
	return fault_say(fault, -EINVAL, "testset",
			 "%s%s%s has no input; expected %s%s.in beside it", group, shown,
			 ending_of((enum case_part)parts), group, shown);
}

/* How many files, from `first` on, have its name; *ret_parts is the union of their parts. */
static size_t same_name(const struct case_files *files, size_t first, unsigned *ret_parts)
{
	size_t n = 0;
	unsigned parts = 0;

	while (first + n < files->n &&
	       strcmp(files->files[first + n].name, files->files[first].name) == 0)
		parts |= files->files[first + n++].part;
	*ret_parts = parts;
	return n;
}

int case_files_pair(struct case_files *files, const char *group, struct case_name **ret_names,
		    size_t *ret_n, struct fault *fault)
{
	struct case_name *names = NULL;
	size_t n = 0;
	unsigned parts;

	if (files->n > 0) {
		qsort(files->files, files->n, sizeof(files->files[0]), compare_files);
		names = new0(struct case_name, files->n);
		if (!names)
			return fault_set(fault, -ENOMEM, "testset", "cannot list the cases");
	}
	for (size_t i = 0, same; i < files->n; i += same) {
		int r;

		same = same_name(files, i, &parts);
		r = check_parts(files->files[i].name, parts, group, fault);
		if (r < 0) {
			(void)case_names_free(names, n);
			return r;
		}
		names[n].name = TAKE_PTR(files->files[i].name);
		names[n].answer_ending = ending_of((enum case_part)(parts & ~CASE_PART_INPUT));
		n++;
	}
	*ret_names = names;
	*ret_n = n;
	return 0;
}

struct case_name *case_names_free(struct case_name *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i].name);
	free(names);
	return NULL;
}
