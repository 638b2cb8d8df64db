/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The reader has compared each frame with the one before. What is left is what the records say: the counts and the canonical digest of
 * each step are computed again from its events, steps and totals are compared with the receipt, the seal with the
 * hash of the receipt and the list of keys.
 *
 * Steps may run side by side, so each has a state of its own while it is under way.
 */

#include "lib/trace/verify.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/trace/canonical.h"
#include "lib/trace/counts.h"
#include "lib/trace/frame.h"

struct step {
	struct trace_counts *counts; /* NULL before its first event and when it is over */
	struct trace_canonical *canonical;
	bool over;
};

struct verify {
	struct trace_reader *reader;
	struct step *steps;
	uint8_t *digests;
	uint32_t n_steps, n_allocated; /* n_steps: one more than the highest number seen */
	bool no_canonical;
	struct trace_check *check;
	struct fault *fault;
};

static void verify_clear(struct verify *verify)
{
	for (uint32_t i = 0; verify->steps && i < verify->n_steps; i++) {
		free(verify->steps[i].counts);
		(void)trace_canonical_free(verify->steps[i].canonical);
	}
	free(verify->steps);
	free(verify->digests);
	verify->reader = trace_reader_free(verify->reader);
}

#define _cleanup_verify_ _cleanup_(verify_clear)

static _printf_(2, 3) int refuse(struct verify *verify, const char *format, ...)
{
	char what[FAULT_TEXT_BYTES];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return fault_say(verify->fault, -EBADMSG, "trace", "before byte %llu: %s",
			 (unsigned long long)trace_reader_offset(verify->reader), what);
}

/* Room for the step of this number, which is below TRACE_STEPS_MAX. */
static int reserve(struct verify *verify, uint32_t number)
{
	uint32_t n = verify->n_allocated;

	if (number < n)
		return 0;
	for (n = MAX(n, UINT32_C(8)); n <= number;)
		n *= 2;
	struct step *steps = reallocarray(verify->steps, n, sizeof(*steps));
	if (!steps)
		return -ENOMEM;
	memset(steps + verify->n_allocated, 0, (n - verify->n_allocated) * sizeof(*steps));
	verify->steps = steps;
	uint8_t *digests = reallocarray(verify->digests, n, TRACE_HASH_BYTES);
	if (!digests)
		return -ENOMEM;
	verify->digests = digests;
	memset(digests + (size_t)verify->n_allocated * TRACE_HASH_BYTES, 0,
	       (size_t)(n - verify->n_allocated) * TRACE_HASH_BYTES);
	verify->n_allocated = n;
	return 0;
}

/* The step of this number, under way; NULL with the error and a sentence when it is not. */
static struct step *step_open(struct verify *verify, uint32_t number, int *ret_error)
{
	struct step *step;

	*ret_error = reserve(verify, number);
	if (*ret_error < 0)
		return NULL;
	step = &verify->steps[number];
	if (step->over) {
		*ret_error = refuse(verify, "step %u goes on after its end", number);
		return NULL;
	}
	if (!step->counts) {
		step->counts = new0(struct trace_counts, 1);
		if (!step->counts || trace_canonical_new(&step->canonical) < 0) {
			*ret_error = -ENOMEM;
			return NULL;
		}
		verify->n_steps = MAX(verify->n_steps, number + 1);
	}
	return step;
}

static int take_event(struct verify *verify, const struct trace_item *item)
{
	int error = 0;
	struct step *step = step_open(verify, item->step, &error);

	if (!step)
		return error;
	trace_counts_event(step->counts, item->event);
	verify->check->events++;
	return trace_canonical_event(step->canonical, item->event, item->call);
}

/* Whether the digest that a record names is the one that was computed. */
static int compare_digest(struct verify *verify, const struct trace_record *record,
			  const uint8_t *digest, bool is_there, const char *of)
{
	const char *said = trace_record_text(record, "digest.canonical");
	char hex[TRACE_HASH_HEX] = "";

	if (is_there)
		trace_hex(digest, TRACE_HASH_BYTES, hex);
	if (!said || strcmp(said, hex) != 0)
		return refuse(verify, "the canonical digest of %s is not that of its events", of);
	return 0;
}

static int take_step(struct verify *verify, uint32_t number, const struct trace_record *record)
{
	char of[32];
	int r = 0;
	struct step *step = step_open(verify, number, &r);

	if (!step)
		return r;
	uint8_t *digest = verify->digests + (size_t)number * TRACE_HASH_BYTES;
	(void)snprintf(of, sizeof(of), "step %u", number);
	const char *key = trace_counts_compare(step->counts, record);
	if (key)
		return refuse(verify, "%s counts another number of '%s' than there are", of, key);
	const char *wrong = trace_counts_check(step->counts);
	if (wrong)
		return refuse(verify, "%s %s", of, wrong);
	bool is_there = trace_canonical_finish(step->canonical, digest);
	verify->no_canonical = verify->no_canonical || !is_there;
	r = compare_digest(verify, record, digest, is_there, of);
	verify->check->lost += step->counts->lost;
	verify->check->steps++;
	step->canonical = trace_canonical_free(step->canonical);
	free(step->counts);
	step->counts = NULL;
	step->over = true;
	return r;
}

static int compare_total(struct verify *verify, const struct trace_record *record, const char *key,
			 uint64_t number)
{
	uint64_t said;

	if (trace_record_number(record, key, &said) < 0 || said != number)
		return refuse(verify, "the receipt counts another number of '%s' than there are",
			      key);
	return 0;
}

static int take_receipt(struct verify *verify, const struct trace_record *record)
{
	struct trace_check *check = verify->check;
	uint8_t digest[TRACE_HASH_BYTES];
	int r = 0;

	if (check->steps != verify->n_steps)
		r = refuse(verify, "the receipt comes before the end of every step");
	if (r == 0)
		r = compare_total(verify, record, "steps", check->steps);
	if (r == 0)
		r = compare_total(verify, record, "events", check->events);
	if (r == 0)
		r = compare_total(verify, record, "lost", check->lost);
	if (r < 0)
		return r;
	trace_canonical_total(verify->digests, verify->n_steps, digest);
	if (!verify->no_canonical)
		trace_hex(digest, sizeof(digest), check->canonical_digest);
	trace_hex(trace_reader_hash(verify->reader), TRACE_HASH_BYTES, check->digest);
	return compare_digest(verify, record, digest, !verify->no_canonical, "the trace");
}

static int take_seal(struct verify *verify)
{
	const uint8_t *seal = trace_reader_seal(verify->reader);

	trace_hex(seal, TRACE_PUBLIC_BYTES, verify->check->key);
	if (!trace_seal_is_of(seal, trace_reader_hash(verify->reader)))
		return refuse(verify,
			      "the signature is not of this trace, or not by the key that it names");
	return 0;
}

static int take(struct verify *verify, const struct trace_item *item)
{
	switch (item->kind) {
	case TRACE_ITEM_EVENT:
		return take_event(verify, item);
	case TRACE_ITEM_STEP:
		return take_step(verify, item->step, item->record);
	case TRACE_ITEM_RECEIPT:
		return take_receipt(verify, item->record);
	case TRACE_ITEM_SEAL:
		return take_seal(verify);
	}
	return -EINVAL;
}

/* What a trace that holds up to its end is worth. */
static void judge(struct verify *verify, const struct trace_trusted *trusted)
{
	static const char *const unsealed = "the trace is not sealed: nobody vouches for it";
	struct trace_check *check = verify->check;
	uint8_t key[TRACE_PUBLIC_BYTES] = {0};

	if (trace_reader_state(verify->reader) == TRACE_CUT) {
		check->validity = TRACE_INCOMPLETE;
		(void)fault_say(
			verify->fault, -ENODATA, "trace",
			"the trace is cut: what is whole ends at byte %llu, without a receipt; %llu bytes of a part follow",
			(unsigned long long)check->bytes, (unsigned long long)check->rest);
	} else if (check->rest > 0) {
		bool is_sealed = trace_reader_state(verify->reader) == TRACE_SEALED;

		check->validity = is_sealed ? TRACE_INVALID : TRACE_INCOMPLETE;
		(void)fault_say(verify->fault, -EBADMSG, "trace", "at byte %llu: %s (%llu bytes)",
				(unsigned long long)check->bytes,
				is_sealed ? "something follows the seal" :
					    "what follows the receipt is no whole seal",
				(unsigned long long)check->rest);
	} else if (trace_reader_state(verify->reader) == TRACE_CLOSED) {
		check->validity = TRACE_UNSEALED;
		(void)fault_say(verify->fault, -ENODATA, "trace", "%s", unsealed);
	} else {
		(void)trace_unhex(check->key, key, sizeof(key));
		check->validity =
			trusted && trace_trusted_has(trusted, key) ? TRACE_VALID : TRACE_UNTRUSTED;
		if (check->validity == TRACE_UNTRUSTED)
			(void)fault_say(verify->fault, -ENOKEY, "trace",
					"the key that sealed it is not trusted: %s", check->key);
	}
}

static int read_all(struct verify *verify)
{
	struct trace_item item;
	int r;

	while ((r = trace_reader_next(verify->reader, &item, verify->fault)) == 1) {
		r = take(verify, &item);
		if (r == -ENOMEM)
			return fault_set(verify->fault, r, "trace", "cannot verify");
		if (r < 0)
			return r;
	}
	return r;
}

int trace_verify(int fd, const struct trace_trusted *trusted, struct trace_check *ret_check,
		 struct fault *fault)
{
	struct trace_check check = {.validity = TRACE_INVALID};
	_cleanup_verify_ struct verify verify = {.check = &check, .fault = fault};
	int r;

	r = trace_reader_new(fd, &verify.reader, fault);
	if (r == 0)
		r = read_all(&verify);
	if (verify.reader) {
		check.bytes = trace_reader_offset(verify.reader);
		check.rest = trace_reader_rest(verify.reader);
	}
	if (r == 0)
		judge(&verify, trusted);
	else if (r == -ENODATA)
		check.validity = TRACE_INCOMPLETE;
	else if (r != -EBADMSG)
		return r;
	*ret_check = check;
	return 0;
}
