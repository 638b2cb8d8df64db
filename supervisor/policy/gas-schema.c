/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: the shape of a gas schedule's file, as a table.
 *
 * Design: as in policy-schema.c, every key is optional to libcyaml and every scalar is text: it would read "-1" and "0x10" as
 * numbers, and would not say where a missing key was expected.
 */

#include "supervisor/policy/gas-schema.h"

#include "lib/contract/gas.h"

enum {
	WORD_BYTES_MAX = 32,
	SUMMARY_BYTES_MAX = 200,
	REASON_BYTES_MAX = 400,
};

/* An optional scalar. */
#define TEXT(key, type, member, max) \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_OPTIONAL, type, member, 1, max)
/* An optional list; the member's count is called member_count. */
#define LIST(key, type, member, entry, max)                                                      \
	CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, entry, \
			     1, max)
/* An optional mapping that is a price. */
#define PRICE(key, member, fields) \
	CYAML_FIELD_MAPPING_PTR(key, CYAML_FLAG_OPTIONAL, struct gas_doc, member, fields)

static const cyaml_schema_value_t call_schema = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, WORD_BYTES_MAX),
};

static const cyaml_schema_field_t bytes_fields[] = {
	TEXT("price", struct gas_price_doc, price, WORD_BYTES_MAX),
	TEXT("unit", struct gas_price_doc, unit, WORD_BYTES_MAX),
	TEXT("reason", struct gas_price_doc, reason, REASON_BYTES_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t price_fields[] = {
	TEXT("price", struct gas_price_doc, price, WORD_BYTES_MAX),
	TEXT("reason", struct gas_price_doc, reason, REASON_BYTES_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t class_fields[] = {
	TEXT("name", struct gas_class_doc, name, WORD_BYTES_MAX),
	TEXT("price", struct gas_class_doc, price, WORD_BYTES_MAX),
	TEXT("extra", struct gas_class_doc, extra, WORD_BYTES_MAX),
	TEXT("reason", struct gas_class_doc, reason, REASON_BYTES_MAX),
	LIST("calls", struct gas_class_doc, calls, &call_schema, GAS_CALLS_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t class_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct gas_class_doc, class_fields),
};

static const cyaml_schema_field_t fields[] = {
	TEXT("id", struct gas_doc, id, WORD_BYTES_MAX),
	TEXT("version", struct gas_doc, version, WORD_BYTES_MAX),
	TEXT("summary", struct gas_doc, summary, SUMMARY_BYTES_MAX),
	TEXT("unknown", struct gas_doc, unknown, WORD_BYTES_MAX),
	PRICE("bytes", bytes, bytes_fields),
	PRICE("pages", pages, price_fields),
	PRICE("forks", forks, price_fields),
	PRICE("execs", execs, price_fields),
	LIST("classes", struct gas_doc, classes, &class_schema, GAS_CLASSES_MAX),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t gas_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct gas_doc, fields),
};
