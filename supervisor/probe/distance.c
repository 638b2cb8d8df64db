/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the kernel notes, per CPU, what was taken from tasks: by the hypervisor (steal_time) and by interrupts (cpu_irqtime). Their addresses are not
 * told by every kernel, but its types tell where each variable lies among those that every CPU has: so the distance from the CPU's
 * run queue, which programs know, is the same on all CPUs.
 */

#include "supervisor/probe/distance.h"

#include <bpf/btf.h>
#include <string.h>

static int64_t offset_of(const struct btf *types, const struct btf_type *section, const char *name)
{
	const struct btf_var_secinfo *variable = btf_var_secinfos(section);

	for (unsigned i = 0; i < btf_vlen(section); i++) {
		const struct btf_type *type = btf__type_by_id(types, variable[i].type);
		const char *found = type != NULL ? btf__name_by_offset(types, type->name_off) : NULL;

		if (found != NULL && strcmp(found, name) == 0)
			return variable[i].offset;
	}
	return -1;
}

struct distances distances_find(void)
{
	struct btf *types = btf__load_vmlinux_btf();
	int id = types != NULL ? btf__find_by_name_kind(types, ".data..percpu", BTF_KIND_DATASEC) :
				 -1;
	const struct btf_type *section = id > 0 ? btf__type_by_id(types, (__u32)id) : NULL;
	struct distances distances = {0};

	if (section != NULL) {
		int64_t from = offset_of(types, section, "runqueues");
		int64_t steal = offset_of(types, section, "steal_time");
		int64_t irq = offset_of(types, section, "cpu_irqtime");

		if (from >= 0 && steal >= 0)
			distances.steal = steal - from;
		if (from >= 0 && irq >= 0)
			distances.irq = irq - from;
	}
	btf__free(types);
	return distances;
}
