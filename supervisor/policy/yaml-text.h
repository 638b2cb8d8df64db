/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The text of one YAML file and the place of everything in it: what a strict reader needs to say
 * "FILE:LINE:COLUMN". Files that a reader could misunderstand (anchors, tags, keys given twice, a
 * second document) are refused here.
 */

#include <stdbool.h>
#include <stddef.h>

#include <cyaml/cyaml.h>

#include "lib/base/fault.h"
#include "lib/base/mem.h"

enum {
	YAML_BYTES_MAX = 256 << 10, /* a policy of 100 lines has 3 KiB; more is not a policy */
	YAML_NODES_MAX = 4096,	    /* the largest seccomp profile has about 400 */
	YAML_DEPTH_MAX = 8,	    /* policy, run, mounts, entry, source: five */
	YAML_KEY_BYTES_MAX = 64,
	YAML_PATH_BYTES = YAML_DEPTH_MAX * (YAML_KEY_BYTES_MAX + 2),
};

struct yaml_text;

/*
 * Reads `path` (relative to the working directory). 0; -EINVAL when the content is refused, or
 * -errno; the fault's text then begins with "PATH:". The caller frees *ret_text. Any thread.
 */
int yaml_text_read(const char *path, struct yaml_text **ret_text, struct fault *fault);

/* The same from `size` bytes of memory, which are copied; `file` is the name to use in messages. */
int yaml_text_parse(const char *file, const void *data, size_t size, struct yaml_text **ret_text,
		    struct fault *fault);

/* Frees the text. Returns NULL; `text` may be NULL. */
struct yaml_text *yaml_text_free(struct yaml_text *text);

static inline void yaml_text_free_ptr(struct yaml_text **text)
{
	(void)yaml_text_free(*text);
}

#define _cleanup_yaml_text_ _cleanup_(yaml_text_free_ptr)

/* The file's name as given. Lives as long as the text. */
const char *yaml_text_file(const struct yaml_text *text);

/*
 * The bytes of the file, ended by a NUL that *ret_size does not count. Lives as long as the text.
 */
const char *yaml_text_data(const struct yaml_text *text, size_t *ret_size);

/* Whether the file has a value at `path`, written "run.mounts[0].source". */
bool yaml_text_has(const struct yaml_text *text, const char *path);

/*
 * Says what is wrong with the value at `path` (or with its nearest parent that the file has): fills
 * `fault` with "FILE:LINE:COLUMN: " and the text, and returns -EINVAL. The text is "what is wrong;
 * what was expected".
 */
int yaml_text_fault(const struct yaml_text *text, struct fault *fault, const char *path,
		    const char *format, ...) _printf_(4, 5);

/*
 * The same, pointing at the key of `path` instead of its value: for keys that should not be there.
 */
int yaml_text_fault_key(const struct yaml_text *text, struct fault *fault, const char *path,
			const char *format, ...) _printf_(4, 5);

/*
 * Loads the text into the C structures that `schema` (a mapping behind a pointer) describes. 0,
 * -EINVAL with a fault as above, or -ENOMEM. The caller frees *ret_data with yaml_text_unload.
 * Source: libcyaml's docs/guide.md, cyaml_load_data.
 */
int yaml_text_load(const struct yaml_text *text, const cyaml_schema_value_t *schema,
		   void **ret_data, struct fault *fault);

/* Frees what yaml_text_load made. `data` may be NULL. */
void yaml_text_unload(const cyaml_schema_value_t *schema, void *data);
