/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans. First byte even: the rest is read as a plan; what is accepted can be looked at to its last byte. Odd: the
 * rest is cut into words, of which the supervisor writes a plan that the agent must accept and read the same words from.
 */

#include <sys/mman.h>
#include <unistd.h>

#include "agent/plan-view.h"
#include "lib/base/fd.h"
#include "supervisor/sandbox/plan-build.h"
#include "tests/fuzz/fuzz.h"

enum { WORDS_MAX = 64 };

static volatile unsigned char sink;

static void bytes_touch(const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sink = (unsigned char)(sink ^ (unsigned char)data[i]);
}

static void words_touch(const struct plan_op *op, const char *data)
{
	static const char *words[PLAN_STRINGS_MAX];
	long used = plan_words(data, op->data_size, (size_t)op->arg[0], words, PLAN_STRINGS_MAX);

	if (used < 0)
		return;
	REQUIRE((size_t)used <= op->data_size && op->arg[0] < PLAN_STRINGS_MAX);
	REQUIRE(words[op->arg[0]] == NULL);
	for (size_t i = 0; i < op->arg[0]; i++)
		REQUIRE(words[i] + strlen(words[i]) < data + used);
}

static void plan_touch(const void *bytes, size_t size)
{
	struct plan_view view = {0};

	if (plan_view_parse(bytes, size, &view) < 0) {
		REQUIRE(view.header == NULL);
		return;
	}
	REQUIRE(view.header->n_ops <= PLAN_OPS_MAX);
	for (uint32_t i = 0; i < view.header->n_ops; i++) {
		const struct plan_op *op = &view.ops[i];
		const char *data = plan_data(&view, op);

		REQUIRE((data == NULL) == (op->data_size == 0));
		if (data == NULL)
			continue;
		bytes_touch(data, op->data_size);
		words_touch(op, data);
	}
}

/* A block of its own: what is read behind the plan is seen. */
static void raw_check(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);

	REQUIRE(copy);
	memcpy(copy, data, size);
	plan_touch(copy, size);
	free(copy);
}

static size_t words_cut(char *text, size_t size, char **words)
{
	size_t n = 0;

	for (size_t at = 0; at < size && n < WORDS_MAX; at += strlen(text + at) + 1)
		words[n++] = text + at;
	words[n] = NULL;
	return n;
}

static void built_check(int fd, char *const *argv, size_t argc)
{
	static const char *words[PLAN_STRINGS_MAX];
	struct plan_view view;
	const struct plan_op *op;

	REQUIRE(plan_view_map(fd, &view) == 0);
	op = &view.ops[view.header->n_ops - 1];
	REQUIRE(op->kind == PLAN_STEP_EXEC && op->arg[0] == argc && op->arg[1] == argc);
	REQUIRE(plan_words(plan_data(&view, op), op->data_size, argc * 2, words,
			   PLAN_STRINGS_MAX) == (long)op->data_size);
	for (size_t i = 0; i < argc; i++) {
		REQUIRE(strcmp(words[i], argv[i]) == 0);
		REQUIRE(strcmp(words[argc + i], argv[i]) == 0);
	}
	REQUIRE(op[-1].kind == PLAN_INIT_RELEASE && op[-1].arg[0] <= 1);
	REQUIRE(munmap((void *)(uintptr_t)view.header, view.header->size) == 0);
}

static void words_check(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size), *words[WORDS_MAX + 1];
	size_t n = words_cut(text, size, words);
	struct limits limits = {0};
	const struct plan_spec spec = {
		.argv = words,
		.env = words,
		.limits = &limits,
		.n_stdio = 3,
		.stage = size % 3 == 0,
		.held = size % 2 == 0,
	};
	char *plan = NULL;
	int plan_size = n == 0 ? -EBADF : plan_build(&spec, &plan, NULL);
	int fd = plan_size < 0 ? plan_size : plan_seal(plan, (size_t)plan_size, NULL);

	REQUIRE(n == 0 || fd >= 0);
	if (fd >= 0) {
		built_check(fd, words, n);
		(void)close(fd);
	}
	free(plan);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] % 2 == 0)
		raw_check(data + 1, size - 1);
	else
		words_check(data + 1, size - 1);
	return 0;
}
