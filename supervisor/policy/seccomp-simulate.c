/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: a filter is only as right as the library that made it: how libseccomp orders rules that
 * overlap is not written down, and a mistake here is a hole or a program that dies for nothing.
 *
 * Design: an interpreter of the instructions that seccomp(2) accepts. seccomp-compile.c asks it
 * about every call and condition of a profile after the filter is made, so a filter that leaves
 * this module has been seen to answer what the profile says. What the kernel would refuse to load
 * answers "kill" here.
 */

#include "supervisor/policy/seccomp-simulate.h"

#include <string.h>

struct machine {
	uint32_t a, x;
	uint32_t memory[BPF_MEMWORDS];
	const struct seccomp_data *data;
};

static bool load(struct machine *machine, const struct sock_filter *in)
{
	switch (in->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		if (in->k % 4 != 0 || in->k > sizeof(*machine->data) - 4)
			return false;
		memcpy(&machine->a, (const char *)machine->data + in->k, 4);
		return true;
	case BPF_LD | BPF_W | BPF_LEN:
		machine->a = sizeof(*machine->data);
		return true;
	case BPF_LD | BPF_IMM:
		machine->a = in->k;
		return true;
	case BPF_LDX | BPF_IMM:
		machine->x = in->k;
		return true;
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
		if (in->k >= BPF_MEMWORDS)
			return false;
		*(BPF_CLASS(in->code) == BPF_LD ? &machine->a : &machine->x) =
			machine->memory[in->k];
		return true;
	default:
		return false;
	}
}

static bool alu(struct machine *machine, const struct sock_filter *in)
{
	uint32_t operand = BPF_SRC(in->code) == BPF_X ? machine->x : in->k;

	switch (BPF_OP(in->code)) {
	case BPF_ADD:
		machine->a += operand;
		return true;
	case BPF_SUB:
		machine->a -= operand;
		return true;
	case BPF_AND:
		machine->a &= operand;
		return true;
	case BPF_OR:
		machine->a |= operand;
		return true;
	case BPF_XOR:
		machine->a ^= operand;
		return true;
	case BPF_LSH:
		machine->a = operand < 32 ? machine->a << operand : 0;
		return true;
	case BPF_RSH:
		machine->a = operand < 32 ? machine->a >> operand : 0;
		return true;
	default:
		return false; /* libseccomp emits no multiplication, division or negation */
	}
}

/* How many instructions to skip, or SIZE_MAX for one that does not exist. */
static size_t jump(const struct machine *machine, const struct sock_filter *in)
{
	uint32_t operand = BPF_SRC(in->code) == BPF_X ? machine->x : in->k;

	switch (BPF_OP(in->code)) {
	case BPF_JA:
		return in->k;
	case BPF_JEQ:
		return machine->a == operand ? in->jt : in->jf;
	case BPF_JGT:
		return machine->a > operand ? in->jt : in->jf;
	case BPF_JGE:
		return machine->a >= operand ? in->jt : in->jf;
	case BPF_JSET:
		return machine->a & operand ? in->jt : in->jf;
	default:
		return SIZE_MAX;
	}
}

static bool store(struct machine *machine, const struct sock_filter *in)
{
	if (in->k >= BPF_MEMWORDS)
		return false;
	machine->memory[in->k] = BPF_CLASS(in->code) == BPF_ST ? machine->a : machine->x;
	return true;
}

static bool transfer(struct machine *machine, const struct sock_filter *in)
{
	if (BPF_MISCOP(in->code) == BPF_TAX)
		machine->x = machine->a;
	else
		machine->a = machine->x;
	return true;
}

static bool step(struct machine *machine, const struct sock_filter *in, size_t *ret_skip)
{
	*ret_skip = 0;
	switch (BPF_CLASS(in->code)) {
	case BPF_LD:
	case BPF_LDX:
		return load(machine, in);
	case BPF_ST:
	case BPF_STX:
		return store(machine, in);
	case BPF_ALU:
		return alu(machine, in);
	case BPF_JMP:
		*ret_skip = jump(machine, in);
		return *ret_skip != SIZE_MAX;
	case BPF_MISC:
		return transfer(machine, in);
	default:
		return false;
	}
}

uint32_t seccomp_simulate(const struct sock_filter *filter, size_t n,
			  const struct seccomp_data *data)
{
	struct machine machine = {.data = data};

	/* Jumps only go forward, so this ends. */
	for (size_t pc = 0, skip; pc < n; pc += skip + 1) {
		const struct sock_filter *in = &filter[pc];

		if (in->code == (BPF_RET | BPF_K))
			return in->k;
		if (in->code == (BPF_RET | BPF_A))
			return machine.a;
		if (!step(&machine, in, &skip) || skip >= n)
			break;
	}
	return SECCOMP_RET_KILL_PROCESS;
}
