/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay gas schedule --json`. The keys are a contract (assay-gas(1)): a value that is not set is null, and keys are only ever
 * added. Everything that the schedule's file says is here, so that documentation can be written from it.
 *
 * json_pack() takes ownership of what it is given and answers NULL when any part is NULL, so a failed allocation anywhere makes the
 * whole NULL.
 */

#include "tools/assay/gas.h"
#include "tools/assay/json-line.h"

json_t *gas_json_head(const struct gas_view *view)
{
	const struct gas_schedule *schedule = view->schedule;

	return json_pack("{s:s, s:I, s:s, s:o, s:o}", "id", schedule->id, "version",
			 (json_int_t)schedule->version, "hash", schedule->hash, "file",
			 json_line_text(view->notes->file), "summary",
			 json_line_text(view->notes->summary));
}

static json_t *item_json(const struct gas_view *view, enum gas_item item)
{
	json_int_t price = (json_int_t)gas_item_price(view->schedule, item);
	json_t *reason = json_line_text(view->notes->reasons[item]);

	if (item != GAS_ITEM_BYTES)
		return json_pack("{s:I, s:o}", "price", price, "reason", reason);
	return json_pack("{s:I, s:I, s:o}", "price", price, "unit",
			 (json_int_t)view->schedule->bytes_unit, "reason", reason);
}

static json_t *calls_json(const struct gas_schedule *schedule, size_t class)
{
	const char *calls[GAS_CALLS_MAX];
	size_t n = gas_calls_of(schedule, class, calls);
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++) {
		if (json_array_append_new(array, json_string(calls[i])) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *classes_json(const struct gas_view *view)
{
	json_t *array = json_array();

	for (size_t i = 0; i < view->schedule->n_classes; i++) {
		const struct gas_class *class = &view->schedule->classes[i];
		json_t *object =
			json_pack("{s:s, s:I, s:s?, s:o, s:o}", "name", class->name, "price",
				  (json_int_t) class->price, "extra", gas_extra_name(class->extra),
				  "reason", json_line_text(view->notes->reasons[i]), "calls",
				  calls_json(view->schedule, i));

		if (json_array_append_new(array, object) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

json_t *gas_show_json(const struct gas_view *view)
{
	const struct gas_schedule *schedule = view->schedule;

	return json_pack("{s:i, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "version", 1, "schedule",
			 gas_json_head(view), "unknown",
			 schedule->classes[schedule->class_unknown].name, "bytes",
			 item_json(view, GAS_ITEM_BYTES), "pages", item_json(view, GAS_ITEM_PAGES),
			 "forks", item_json(view, GAS_ITEM_FORKS), "execs",
			 item_json(view, GAS_ITEM_EXECS), "classes", classes_json(view));
}
