/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A gas schedule's file as libcyaml reads it: text only, meaning is given in gas-read.c. NULL: the key is not there. */

#include <cyaml/cyaml.h>

/* What is counted beside calls. `unit` belongs to bytes alone. */
struct gas_price_doc {
	char *price, *unit, *reason;
};

struct gas_class_doc {
	char *name, *price, *extra, *reason;
	char **calls;
	unsigned int calls_count;
};

struct gas_doc {
	char *id, *version, *summary, *unknown;
	struct gas_price_doc *bytes, *pages, *forks, *execs;
	struct gas_class_doc *classes;
	unsigned int classes_count;
};

/* A mapping behind a pointer: struct gas_doc. */
extern const cyaml_schema_value_t gas_schema;
