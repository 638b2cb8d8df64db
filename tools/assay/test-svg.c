/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures of little, of nothing, and of names that are long or mean. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"
#include "tools/assay/flame-svg.h"
#include "tools/assay/plot-svg.h"
#include "tools/assay/svg.h"

static char *picture;
static size_t picture_size;

static FILE *begin(void)
{
	free(picture);
	picture = NULL;
	FILE *stream = open_memstream(&picture, &picture_size);

	assert_non_null(stream);
	return stream;
}

static const char *text_of(double width, const char *data, size_t size)
{
	FILE *stream = begin();

	svg_text(stream, 1, 2, width, "start", SVG_LABEL, data, size);
	assert_int_equal(fclose(stream), 0);
	return picture;
}

static unsigned int count(const char *what)
{
	unsigned int n = 0;

	for (const char *at = picture; (at = strstr(at, what)); at++)
		n++;
	return n;
}

static void texts_fit(void **state _unused_)
{
	static const char letters[] = "\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F"; /* four, of two bytes */

	assert_non_null(strstr(text_of(100, "short", 5), ">short</text>"));
	assert_non_null(
		strstr(text_of(60, "a name that is long", 19), ">a name \xE2\x80\xA6</text>"));
	assert_non_null(strstr(text_of(30, letters, 8), "\xC3\x9F</text>"));
	assert_non_null(strstr(text_of(22, letters, 8), ">\xC3\xA4\xC3\xB6\xE2\x80\xA6</text>"));
	assert_string_equal(text_of(7, "long", 4), "");
	assert_string_equal(text_of(-5, "long", 4), "");
}

static void texts_are_no_markup(void **state _unused_)
{
	static const char text[] = "</text><script>&\"'\x1b\n\xff";

	assert_non_null(strstr(text_of(900, text, sizeof(text) - 1),
			       ">&lt;/text&gt;&lt;script&gt;&amp;&quot;&#39;\\x1b\\n\\xff</text>"));
}

static void times_have_units(void **state _unused_)
{
	char buffer[32];

	assert_string_equal(svg_time(0, buffer), "0.0 us");
	assert_string_equal(svg_time(999900, buffer), "999.9 us");
	assert_string_equal(svg_time(1000000, buffer), "1.000 ms");
	assert_string_equal(svg_time(UINT64_C(61500000000), buffer), "61.500 s");
}

static void flame_of(const char *const *keys, const uint64_t *ns)
{
	_cleanup_tally_ struct tally tally = {0};
	FILE *stream = begin();

	for (; *keys; keys++)
		tally_row(&tally, *keys, strlen(*keys))->ns += *ns++;
	flame_svg_write(stream, &tally, "title");
	assert_int_equal(fclose(stream), 0);
}

static void flames(void **state _unused_)
{
	static const char *const keys[] = {"1;cat;read", "1;cat;write", "1;cat;sort;read", NULL};

	/* Blocks: a step, two programs, three calls; the legend has three and the ground one. */
	flame_of(keys, (const uint64_t[]){1000000, 2000000, 3000000});
	assert_int_equal(count("<g>"), 6);
	assert_int_equal(count("<rect"), 6 + 3 + 1);
	assert_non_null(strstr(picture, "<title>1;cat;sort: 3.000 ms, 50.00%</title>"));
	assert_non_null(strstr(picture, "Where 6.000 ms of threads"));
	/* No time at all, nothing at all. */
	flame_of(keys, (const uint64_t[]){0, 0, 0});
	assert_int_equal(count("<g>"), 0);
	assert_non_null(strstr(picture, "is no time"));
	flame_of(&keys[3], (const uint64_t[]){0});
	assert_int_equal(count("<g>"), 0);
	assert_null(strstr(picture, "nan"));
}

/* More stacks than are kept apart: the picture has their time. */
static void flames_of_too_many(void **state _unused_)
{
	_cleanup_tally_ struct tally tally = {0};
	FILE *stream = begin();
	char key[32];

	for (unsigned int i = 0; i < 2 * TALLY_ROWS_MAX; i++) {
		(void)snprintf(key, sizeof(key), "1;p;%u", i);
		tally_row(&tally, key, strlen(key))->ns += 1000;
	}
	flame_svg_write(stream, &tally, "title");
	assert_int_equal(fclose(stream), 0);
	assert_non_null(strstr(picture, "<title>(others): "));
	assert_non_null(strstr(picture, ", 50.00%</title><rect x=\"600.0\""));
}

static void plot_of(uint32_t n, uint64_t most)
{
	struct plot_picture *plot = new0(struct plot_picture, 1);
	FILE *stream = begin();

	assert_non_null(plot);
	plot->n_points = n;
	plot->n_steps = 1;
	memset(plot->steps[0].name, 'n', PLOT_NAME_BYTES - 1);
	for (uint32_t i = 0; i < n; i++) {
		plot->points[i].at_ns = plot->end_ns = i * UINT64_C(1000000);
		for (unsigned int series = 0; series < PLOT_SERIES; series++)
			plot->points[i].values[series] = n > 1 ? most / (n - 1) * i : most;
	}
	plot_svg_write(stream, plot, "title");
	free(plot);
	assert_int_equal(fclose(stream), 0);
	assert_null(strstr(picture, "nan"));
	assert_null(strstr(picture, "inf"));
	assert_int_equal(count("<polyline"), PLOT_SERIES);
}

static void plots(void **state _unused_)
{
	/* One sample is seen, also one of nothing, and at the very beginning. */
	plot_of(1, 0);
	assert_int_equal(count("<circle"), PLOT_SERIES);
	plot_of(1, UINT64_MAX);
	assert_int_equal(count("<circle"), PLOT_SERIES);
	plot_of(3, 200 << 20);
	assert_int_equal(count("<circle"), 0);
	assert_int_equal(count("fill-opacity"), 3 * PLOT_SERIES);
	assert_non_null(strstr(picture, "memory, at most 200 MiB<"));
	assert_non_null(strstr(picture, "at 1.000 ms: 100 MiB</title>"));
	plot_of(PLOT_POINTS_MAX, UINT64_MAX);
	assert_int_equal(count("fill-opacity"), 256 * PLOT_SERIES);
}

/* Marks of an axis are few enough to be read. */
static void axes_are_readable(void **state _unused_)
{
	for (uint64_t most = 1; most < UINT64_C(1) << 62; most = most * 3 + 1) {
		plot_of(2, most);
		assert_in_range(count("stroke=\"#d9d9d9\""), 2 * PLOT_SERIES, 7 * PLOT_SERIES);
	}
}

static int clear(void **state _unused_)
{
	free(picture);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_fit),	      cmocka_unit_test(texts_are_no_markup),
		cmocka_unit_test(times_have_units),   cmocka_unit_test(flames),
		cmocka_unit_test(flames_of_too_many), cmocka_unit_test(plots),
		cmocka_unit_test(axes_are_readable),
	};

	return cmocka_run_group_tests(tests, NULL, clear);
}
