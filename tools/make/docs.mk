# SPDX-License-Identifier: Apache-2.0
#
# Pages of which a part is written from data. tests/lint/run-gas-doc.py fails when the page is not what this writes.

.PHONY: gas-doc
gas-doc: programs ## write the lists of docs/gas.md from policies/gas
	$(Q)tools/make/gas-doc $(ASSAY) docs/gas.md
