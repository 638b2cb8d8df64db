/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: libcyaml turns YAML into C structures, but it takes the last document's word in silence:
 * a second document is ignored, an anchor may be expanded, and positions are those of the event
 * before. A policy is read by people first, so what is in the file must be what is in force, and an
 * error must point at the character.
 *
 * Design: one pass over libyaml's events before libcyaml sees the text. It refuses everything that
 * has a surprising meaning, and keeps an index of every node: its path ("run.mounts[0].source"),
 * the mark of its key and the mark of its value. Checks that come later only know the path, and ask
 * here for the place.
 *
 * Invariants:
 * - The index holds at most YAML_NODES_MAX nodes and is at most YAML_DEPTH_MAX deep: the work is
 * linear in the file.
 * - No two nodes have the same path (keys are refused when given twice).
 * - Scalars hold no NUL, so that a C string has all of it.
 */

#include "supervisor/policy/yaml-text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <yaml.h>

#include "lib/base/escape.h"
#include "lib/base/file.h"
#include "supervisor/policy/policy-reads.h"

#define LAYER "policy"

struct node {
	char *path;
	size_t key_line,
		key_column;  /* counted from 1; of the key, or of the value where there is no key */
	size_t line, column; /* of the value */
};

struct yaml_text {
	char *file;
	char *data;
	size_t size;
	struct node *nodes;
	size_t n_nodes;
};

/* One open mapping or sequence. */
struct level {
	bool is_mapping;
	bool has_key; /* a key was read, its value comes next */
	size_t n_entries;
	size_t path_length; /* of the container itself */
	yaml_mark_t key_mark;
};

struct scan {
	struct yaml_text *text;
	struct fault *fault;
	struct level levels[YAML_DEPTH_MAX];
	size_t depth;
	size_t n_documents;
	char path[YAML_PATH_BYTES]; /* of the node that comes next */
};

static int say_at(const struct yaml_text *text, struct fault *fault, size_t line, size_t column,
		  const char *what)
{
	return fault_say(fault, -EINVAL, LAYER, "%s:%zu:%zu: %s", text->file, line, column, what);
}

static int refuse(struct scan *scan, yaml_mark_t mark, const char *what)
{
	return say_at(scan->text, scan->fault, mark.line + 1, mark.column + 1, what);
}

static const struct node *find(const struct yaml_text *text, const char *path, size_t length)
{
	for (size_t i = 0; i < text->n_nodes; i++) {
		const char *candidate = text->nodes[i].path;

		if (strncmp(candidate, path, length) == 0 && candidate[length] == '\0')
			return &text->nodes[i];
	}
	return NULL;
}

static int add_node(struct scan *scan, yaml_mark_t key_mark, yaml_mark_t mark)
{
	struct yaml_text *text = scan->text;
	struct node *node = &text->nodes[text->n_nodes];

	if (text->n_nodes == YAML_NODES_MAX)
		return refuse(scan, mark, "too many values; a policy has at most 4096");
	node->path = strdup(scan->path);
	if (!node->path)
		return -ENOMEM;
	node->key_line = key_mark.line + 1;
	node->key_column = key_mark.column + 1;
	node->line = mark.line + 1;
	node->column = mark.column + 1;
	text->n_nodes++;
	return 0;
}

/* Takes a mapping's key: scan->path becomes the path of the value that follows. */
static int take_key(struct scan *scan, struct level *level, const yaml_event_t *event)
{
	const char *key = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;
	size_t at = level->path_length;

	if (length == 0 || length > YAML_KEY_BYTES_MAX || strlen(key) != length)
		return refuse(scan, event->start_mark, "bad key; expected 1 to 64 bytes");
	(void)snprintf(scan->path + at, sizeof(scan->path) - at, "%s%s", at ? "." : "", key);
	if (find(scan->text, scan->path, strlen(scan->path)))
		return refuse(scan, event->start_mark,
			      "key given twice; expected each key once in a mapping");
	level->has_key = true;
	level->key_mark = event->start_mark;
	return 0;
}

/* Enters a value into the index, whatever container it stands in. */
static int take_value(struct scan *scan, yaml_mark_t mark)
{
	struct level *level = scan->depth > 0 ? &scan->levels[scan->depth - 1] : NULL;
	yaml_mark_t key_mark = mark;

	if (!level)
		return add_node(scan, mark, mark);
	if (level->is_mapping) {
		key_mark = level->key_mark;
		level->has_key = false;
	} else {
		size_t at = level->path_length;

		(void)snprintf(scan->path + at, sizeof(scan->path) - at, "[%zu]",
			       level->n_entries++);
	}
	return add_node(scan, key_mark, mark);
}

static bool expects_key(const struct scan *scan)
{
	return scan->depth > 0 && scan->levels[scan->depth - 1].is_mapping &&
	       !scan->levels[scan->depth - 1].has_key;
}

static int on_scalar(struct scan *scan, const yaml_event_t *event)
{
	if (event->data.scalar.anchor)
		return refuse(scan, event->start_mark, "anchor; expected a plain value");
	if (event->data.scalar.tag)
		return refuse(scan, event->start_mark, "tag; expected a plain value");
	if (memchr(event->data.scalar.value, '\0', event->data.scalar.length))
		return refuse(scan, event->start_mark, "NUL in a value; expected text");
	if (expects_key(scan))
		return take_key(scan, &scan->levels[scan->depth - 1], event);
	return take_value(scan, event->start_mark);
}

static int on_start(struct scan *scan, const yaml_event_t *event, bool is_mapping)
{
	const yaml_char_t *anchor =
		is_mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	const yaml_char_t *tag =
		is_mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag;
	int r;

	if (anchor || tag)
		return refuse(scan, event->start_mark, "anchor or tag; expected a plain value");
	if (expects_key(scan))
		return refuse(scan, event->start_mark, "key is a collection; expected a word");
	if (scan->depth == YAML_DEPTH_MAX)
		return refuse(scan, event->start_mark, "nested too deep; expected at most 8 levels");
	r = take_value(scan, event->start_mark);
	if (r < 0)
		return r;
	scan->levels[scan->depth++] = (struct level){
		.is_mapping = is_mapping,
		.path_length = strlen(scan->path),
	};
	return 0;
}

static int on_end(struct scan *scan)
{
	/* The path goes back to the container's own, then to its parent's with the next key. */
	scan->path[scan->levels[--scan->depth].path_length] = '\0';
	return 0;
}

static int on_document(struct scan *scan, const yaml_event_t *event)
{
	if (scan->n_documents++ > 0)
		return refuse(scan, event->start_mark, "second document; expected one in a file");
	return 0;
}

static int on_event(struct scan *scan, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return on_scalar(scan, event);
	case YAML_MAPPING_START_EVENT:
		return on_start(scan, event, true);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(scan, event, false);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		return on_end(scan);
	case YAML_DOCUMENT_START_EVENT:
		return on_document(scan, event);
	case YAML_ALIAS_EVENT:
		return refuse(scan, event->start_mark, "alias; expected the value itself");
	default:
		return 0;
	}
}

/* The mark of a byte: libyaml gives only its offset for bytes that it cannot read. */
static yaml_mark_t mark_of(const struct yaml_text *text, size_t offset)
{
	yaml_mark_t mark = {.index = offset};

	for (size_t i = 0; i < offset && i < text->size; i++) {
		mark.column++;
		if (text->data[i] == '\n') {
			mark.line++;
			mark.column = 0;
		}
	}
	return mark;
}

static int on_parser_error(struct scan *scan, const yaml_parser_t *parser)
{
	yaml_mark_t mark = parser->error == YAML_READER_ERROR ?
				   mark_of(scan->text, parser->problem_offset) :
				   parser->problem_mark;
	char what[256];

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	(void)snprintf(what, sizeof(what),
		       "not YAML: %s%s%s; expected the grammar of assay-policy(5)",
		       parser->problem ? parser->problem : "unreadable", parser->context ? " " : "",
		       parser->context ? parser->context : "");
	return refuse(scan, mark, what);
}

static int scan_events(struct scan *scan, yaml_parser_t *parser)
{
	bool more = true;

	while (more) {
		yaml_event_t event;
		int r;

		if (!yaml_parser_parse(parser, &event))
			return on_parser_error(scan, parser);
		r = on_event(scan, &event);
		more = event.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
		if (r < 0)
			return r;
	}
	if (scan->n_documents == 0)
		return say_at(scan->text, scan->fault, 1, 1,
			      "empty file; expected a mapping of keys to values");
	return 0;
}

static int build_index(struct yaml_text *text, struct fault *fault)
{
	struct scan scan = {.text = text, .fault = fault};
	yaml_parser_t parser;
	int r;

	text->nodes = new0(struct node, YAML_NODES_MAX);
	if (!text->nodes || !yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text->data, text->size);
	r = scan_events(&scan, &parser);
	yaml_parser_delete(&parser);
	return r;
}

static int check_utf8(const struct yaml_text *text, struct fault *fault)
{
	const unsigned char *s = (const unsigned char *)text->data;
	size_t line = 1, column = 1;

	for (size_t i = 0, n; i < text->size; i += n, column++) {
		n = utf8_length(s + i, text->size - i);
		if (n == 0 || s[i] == '\0')
			return say_at(text, fault, line, column,
				      "bytes that are no UTF-8 text; expected UTF-8");
		if (s[i] == '\n') {
			line++;
			column = 0;
		}
	}
	return 0;
}

int yaml_text_parse(const char *file, const void *data, size_t size, struct yaml_text **ret_text,
		    struct fault *fault)
{
	_cleanup_yaml_text_ struct yaml_text *text = new0(struct yaml_text, 1);
	int r;

	if (!text)
		return fault_set(fault, -ENOMEM, LAYER, "cannot read %s", file);
	text->file = strdup(file);
	text->data = malloc(size + 1);
	if (!text->file || !text->data)
		return fault_set(fault, -ENOMEM, LAYER, "cannot read %s", file);
	if (size > 0)
		memcpy(text->data, data, size);
	text->data[size] = '\0';
	text->size = size;
	if (size > YAML_BYTES_MAX)
		return say_at(text, fault, 1, 1, "file too long; expected at most 256 KiB");
	r = check_utf8(text, fault);
	if (r == 0)
		r = build_index(text, fault);
	if (r == -ENOMEM)
		return fault_set(fault, r, LAYER, "cannot read %s", file);
	if (r < 0)
		return r;
	*ret_text = TAKE_PTR(text);
	return 0;
}

int yaml_text_read(const char *path, struct yaml_text **ret_text, struct fault *fault)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	int r;

	r = file_read_whole(AT_FDCWD, path, YAML_BYTES_MAX, &data, &size);
	if (r < 0)
		policy_reads_spoil();
	if (r == -EFBIG)
		return fault_say(fault, -EINVAL, LAYER,
				 "%s:1:1: file too long; expected at most 256 KiB", path);
	if (r < 0)
		return fault_set(fault, r, LAYER, "cannot read %s", path);
	policy_reads_file(path, data, size);
	return yaml_text_parse(path, data, size, ret_text, fault);
}

struct yaml_text *yaml_text_free(struct yaml_text *text)
{
	if (!text)
		return NULL;
	for (size_t i = 0; i < text->n_nodes; i++)
		free(text->nodes[i].path);
	free(text->nodes);
	free(text->file);
	free(text->data);
	free(text);
	return NULL;
}

const char *yaml_text_file(const struct yaml_text *text)
{
	return text->file;
}

const char *yaml_text_data(const struct yaml_text *text, size_t *ret_size)
{
	*ret_size = text->size;
	return text->data;
}

bool yaml_text_has(const struct yaml_text *text, const char *path)
{
	return find(text, path, strlen(path)) != NULL;
}

/* The length of the parent's path: "a.b[0]" -> "a.b" -> "a" -> "" (the document). */
static size_t parent_length(const char *path, size_t length)
{
	while (length > 0) {
		length--;
		if (path[length] == '.' || path[length] == '[')
			break;
	}
	return length;
}

_printf_(5, 0) static int fault_at(const struct yaml_text *text, struct fault *fault,
				   const char *path, bool key, const char *format, va_list args)
{
	size_t length = strlen(path);
	const struct node *node;
	char said[FAULT_TEXT_BYTES], what[FAULT_TEXT_BYTES];

	/* The sentence quotes the file, which may be anybody's. */
	(void)vsnprintf(said, sizeof(said), format, args);
	(void)escape_line(what, sizeof(what), said, strlen(said));
	while (!(node = find(text, path, length)) && length > 0)
		length = parent_length(path, length);
	if (!node)
		return say_at(text, fault, 1, 1, what);
	if (key)
		return say_at(text, fault, node->key_line, node->key_column, what);
	return say_at(text, fault, node->line, node->column, what);
}

int yaml_text_fault(const struct yaml_text *text, struct fault *fault, const char *path,
		    const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = fault_at(text, fault, path, false, format, args);
	va_end(args);
	return r;
}

int yaml_text_fault_key(const struct yaml_text *text, struct fault *fault, const char *path,
			const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = fault_at(text, fault, path, true, format, args);
	va_end(args);
	return r;
}
