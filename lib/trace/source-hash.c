/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A trace must say of which submission it is, and whoever has the files must be able to tell. So the hash is over what a submission is, in a
 * form that no other submission has: each text and each file with its size before it.
 *
 *	BLAKE2b-256 of: number of files (u64), for each: name, contents; number of arguments (u64), each; number of
 *	variables (u64), each. A text or contents is its size (u64) and its bytes. Numbers are little-endian.
 */

#include "lib/trace/source-hash.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "lib/base/strv.h"
#include "lib/trace/frame.h"

enum { BLOCK_BYTES = 64 * 1024 };

static void put_number(crypto_generichash_state *state, uint64_t number)
{
	number = htole64(number);
	(void)crypto_generichash_update(state, (const uint8_t *)&number, sizeof(number));
}

static void put_text(crypto_generichash_state *state, const char *text)
{
	put_number(state, strlen(text));
	(void)crypto_generichash_update(state, (const uint8_t *)text, strlen(text));
}

static void put_texts(crypto_generichash_state *state, char *const *texts)
{
	put_number(state, strv_length(texts));
	for (; texts && *texts; texts++)
		put_text(state, *texts);
}

static int put_file(crypto_generichash_state *state, const struct submission_file *file)
{
	_cleanup_free_ uint8_t *block = malloc(BLOCK_BYTES);

	if (!block)
		return -ENOMEM;
	put_text(state, file->name);
	put_number(state, file->size);
	for (uint64_t at = 0; at < file->size;) {
		size_t wanted = (size_t)MIN(file->size - at, (uint64_t)BLOCK_BYTES);
		ssize_t n = fd_pread_full(file->fd, block, wanted, at);

		if (n < 0)
			return (int)n;
		if ((size_t)n != wanted)
			return -EIO;
		(void)crypto_generichash_update(state, block, wanted);
		at += wanted;
	}
	return 0;
}

int trace_source_hash(const struct submission *submission, char ret_hex[static TRACE_HASH_HEX])
{
	crypto_generichash_state state;
	uint8_t hash[TRACE_HASH_BYTES];
	int r = sodium_init() < 0 ? -EIO : 0;

	(void)crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	put_number(&state, submission->n_files);
	for (size_t i = 0; r == 0 && i < submission->n_files; i++)
		r = put_file(&state, &submission->files[i]);
	put_texts(&state, submission->args);
	put_texts(&state, submission->env);
	if (r < 0)
		return r;
	(void)crypto_generichash_final(&state, hash, sizeof(hash));
	trace_hex(hash, sizeof(hash), ret_hex);
	return 0;
}
