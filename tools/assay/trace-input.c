/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What every verb that reads a trace does first and last: opens the file, says where it stops making sense, and says when it is
 * cut. A cut trace is read as far as it goes, since that is what it is for; but nobody shall take it for whole.
 */

#include "tools/assay/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/strv.h"
#include "tools/assay/complain.h"

void trace_input_clear(struct trace_input *input)
{
	input->reader = trace_reader_free(input->reader);
	if (input->fd != STDIN_FILENO)
		input->fd = fd_close(input->fd);
}

int trace_input_open(const char *path, struct trace_input *ret_input)
{
	struct trace_input input = {.path = path};
	struct fault fault = {0};

	input.fd =
		strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (input.fd < 0) {
		complain(TRACE_VERB, "cannot open %s: %m", path);
		return EXIT_USAGE;
	}
	int r = trace_reader_new(input.fd, &input.reader, &fault);
	if (r < 0) {
		complain(TRACE_VERB, "%s: %s", path, fault.text);
		trace_input_clear(&input);
		return r == -EBADMSG || r == -ENODATA || r == -EISDIR ? EXIT_USAGE : EXIT_INTERNAL;
	}
	*ret_input = input;
	return -1;
}

const char *trace_input_name(const struct trace_input *input)
{
	const char *slash = strrchr(input->path, '/');

	if (strcmp(input->path, "-") == 0)
		return "standard input";
	return slash && slash[1] ? slash + 1 : input->path;
}

int trace_input_next(struct trace_input *input, struct trace_item *ret_item)
{
	struct fault fault = {0};
	int r = trace_reader_next(input->reader, ret_item, &fault);

	if (r < 0)
		complain(TRACE_VERB, "%s: %s; nothing after it is shown", input->path, fault.text);
	return r;
}

int trace_input_end(const struct trace_input *input)
{
	unsigned long long rest = trace_reader_rest(input->reader);

	unsigned long long end = trace_reader_offset(input->reader);

	if (trace_reader_state(input->reader) != TRACE_CUT && rest == 0)
		return EXIT_OK;
	if (trace_reader_state(input->reader) == TRACE_CUT)
		complain(TRACE_VERB,
			 "%s is cut: what is whole ends at byte %llu, without a receipt; %llu bytes of a part follow",
			 input->path, end, rest);
	else
		complain(TRACE_VERB, "%s: at byte %llu, where the trace is over, %llu bytes follow",
			 input->path, end, rest);
	return EXIT_NEGATIVE;
}
