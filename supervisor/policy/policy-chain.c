/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: a policy is said in several files, each of which extends at most one other.
 *
 * Design: the files are read leaf first into a chain that keeps text, document and identity of
 * each. The chain lives until the policy is finished, since any later check may need a place in any
 * of the files. What a file must say for itself (version, its own name) is checked here, so a wrong
 * file is found before its bases are looked for.
 *
 * Invariants: at most POLICY_EXTENDS_MAX bases, no file twice (by device and inode, whatever its
 * path is called).
 */

#include "supervisor/policy/policy-chain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LAYER "policy"

bool policy_is_abstract(const struct policy_layer *layer)
{
	return layer->doc->abstract && strcmp(layer->doc->abstract, "true") == 0;
}

int policy_chain_fault(const struct policy_chain *chain, struct fault *fault, const char *path,
		       const char *format, ...)
{
	const struct policy_layer *layer = &chain->layers[0];
	char text[FAULT_TEXT_BYTES];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (size_t i = 0; i < chain->n_layers; i++) {
		if (yaml_text_has(chain->layers[i].text, path)) {
			layer = &chain->layers[i];
			break;
		}
	}
	return yaml_text_fault(layer->text, fault, path, "%s", text);
}

static int check_head(const struct policy_layer *layer, struct fault *fault)
{
	const struct policy_doc *doc = layer->doc;
	_cleanup_free_ char *stem = policy_stem_of(layer->path);

	if (!stem)
		return fault_set(fault, -ENOMEM, LAYER, "cannot read %s", layer->path);
	if (!doc->version || strcmp(doc->version, "1") != 0)
		return yaml_text_fault(layer->text, fault, "version", "%s; expected 'version: 1'",
				       doc->version ? "unknown version" : "missing 'version'");
	if (!doc->name || strcmp(doc->name, stem) != 0)
		return yaml_text_fault(layer->text, fault, "name",
				       "%s; expected the file's name without .yaml: '%s'",
				       doc->name ? "wrong name" : "missing 'name'", stem);
	if (!policy_name_ok(doc->name))
		return yaml_text_fault(layer->text, fault, "name",
				       "bad name; expected a-z, 0-9 and dashes, 1 to %d bytes",
				       POLICY_NAME_BYTES_MAX);
	if (doc->abstract && !policy_is_abstract(layer) && strcmp(doc->abstract, "false") != 0)
		return yaml_text_fault(layer->text, fault, "abstract",
				       "'%s'; expected true or false", doc->abstract);
	if (doc->extends && !policy_name_ok(doc->extends))
		return yaml_text_fault(layer->text, fault, "extends",
				       "'%s'; expected the name of another policy", doc->extends);
	return 0;
}

void policy_chain_clear(struct policy_chain *chain)
{
	for (size_t i = 0; i < chain->n_layers; i++) {
		struct policy_layer *layer = &chain->layers[i];

		yaml_text_unload(policy_schema(), layer->doc);
		(void)yaml_text_free(layer->text);
		free(layer->path);
	}
	chain->n_layers = 0;
}

/* Adds a text as the next layer of the chain. Owns `text` in every case. */
int policy_chain_add(struct policy_chain *chain, struct yaml_text *text,
		     const struct policy_file_id *id, struct fault *fault)
{
	struct policy_layer *layer = &chain->layers[chain->n_layers++];
	void *doc = NULL;
	int r;

	*layer = (struct policy_layer){.text = text, .id = *id};
	layer->path = strdup(yaml_text_file(text));
	if (!layer->path)
		return fault_set(fault, -ENOMEM, LAYER, "cannot read %s", yaml_text_file(text));
	r = yaml_text_load(text, policy_schema(), &doc, fault);
	if (r < 0)
		return r;
	layer->doc = doc;
	return check_head(layer, fault);
}

int policy_chain_add_file(struct policy_chain *chain, const char *path,
			  const struct policy_file_id *id, struct fault *fault)
{
	struct yaml_text *text;
	int r = yaml_text_read(path, &text, fault);

	return r < 0 ? r : policy_chain_add(chain, text, id, fault);
}

static bool chain_has(const struct policy_chain *chain, const struct policy_file_id *id)
{
	for (size_t i = 0; i < chain->n_layers; i++)
		if (policy_file_same(&chain->layers[i].id, id))
			return true;
	return false;
}

/* Adds the base of the chain's last file. */
static int chain_extend(struct policy_chain *chain, const struct policy_search *search,
			struct fault *fault)
{
	const struct policy_layer *last = &chain->layers[chain->n_layers - 1];
	_cleanup_free_ char *path = NULL;
	const char *base = last->doc->extends;
	struct policy_file_id id;
	int r;

	r = policy_find(search, base, &last->id, &path, &id);
	if (r == -ENOENT)
		return yaml_text_fault(
			last->text, fault, "extends",
			"no other policy '%s'; expected the name of one that there is", base);
	if (r < 0)
		return fault_set(fault, r, LAYER, "cannot look for policy %s", base);
	if (chain_has(chain, &id))
		return yaml_text_fault(last->text, fault, "extends",
				       "'%s' extends this policy in turn; expected no circle", base);
	if (chain->n_layers == ARRAY_SIZE(chain->layers))
		return yaml_text_fault(last->text, fault, "extends",
				       "chain of 'extends' too long; expected at most %d bases",
				       POLICY_EXTENDS_MAX);
	return policy_chain_add_file(chain, path, &id, fault);
}

int policy_chain_complete(struct policy_chain *chain, const struct policy_search *search,
			  struct fault *fault)
{
	for (;;) {
		const struct policy_doc *last = chain->layers[chain->n_layers - 1].doc;
		int r;

		if (!last || !last->extends)
			return 0;
		r = chain_extend(chain, search, fault);
		if (r < 0)
			return r;
	}
}
