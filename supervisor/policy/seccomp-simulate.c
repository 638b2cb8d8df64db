/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: a filter is only as right as the library that made it: how libseccomp orders rules that
 * overlap is not written down, and a mistake here is a hole or a program that dies for nothing.
 *
 * Design: an interpreter of the instructions that seccomp(2) accepts. seccomp-compile.c asks it
 * about every call and condition of a profile after the filter is made, so a filter that leaves
 * this module has been seen to answer what the profile says. What the kernel would refuse to load
 * answers "kill" here.
 *
 * Where arguments are not known, all ways through the filter are followed that they could take: jumps only go forward, so one pass over
 * the instructions does it, with what the accumulator holds at each: the number, the architecture, or anything.
 */

#include "supervisor/policy/seccomp-simulate.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/mem.h"

/* In the accumulator, before an instruction. */
enum held { HELD_UNREACHED = 0, HELD_NUMBER, HELD_ARCH, HELD_ANYTHING };

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

static void reach(uint8_t *held, size_t n, size_t at, uint8_t with)
{
	if (at < n)
		held[at] = held[at] == HELD_UNREACHED || held[at] == with ? with : HELD_ANYTHING;
}

static uint8_t held_after(const struct sock_filter *in, uint8_t before, bool any_number)
{
	bool loads = in->code == (BPF_LD | BPF_W | BPF_ABS);

	if (loads && in->k == offsetof(struct seccomp_data, nr))
		return any_number ? HELD_ANYTHING : HELD_NUMBER;
	if (loads && in->k == offsetof(struct seccomp_data, arch))
		return HELD_ARCH;
	switch (BPF_CLASS(in->code)) {
	case BPF_LDX:
	case BPF_ST:
	case BPF_STX:
		return before;
	default:
		return HELD_ANYTHING;
	}
}

/* Where the jump at `at` may go. */
static void reach_by_jump(const struct sock_filter *filter, size_t n, size_t at,
			  const struct seccomp_data *data, uint8_t *held)
{
	const struct sock_filter *in = &filter[at];
	bool known = held[at] == HELD_NUMBER || held[at] == HELD_ARCH;
	struct machine machine = {.a = held[at] == HELD_ARCH ? data->arch : (uint32_t)data->nr};

	if (BPF_OP(in->code) == BPF_JA || (known && BPF_SRC(in->code) == BPF_K)) {
		size_t skip = jump(&machine, in);

		reach(held, n, skip < n ? at + 1 + skip : n, held[at]);
		return;
	}
	reach(held, n, at + 1 + in->jt, held[at]);
	reach(held, n, at + 1 + in->jf, held[at]);
}

/* What is asked of every way through a filter. */
struct question {
	const struct seccomp_data *data;
	bool any_number; /* that of `data` does not count */
	/* Whether an answer is meant. */
	bool (*is)(uint32_t answer, uint32_t asked);
	uint32_t asked;
};

static enum seccomp_answered ask_all(const struct sock_filter *filter, size_t n,
				     const struct question *question)
{
	uint8_t held[BPF_MAXINSNS] = {HELD_ANYTHING};
	bool may = false, may_not = false;

	for (size_t at = 0; at < n && at < BPF_MAXINSNS; at++) {
		const struct sock_filter *in = &filter[at];

		if (held[at] == HELD_UNREACHED)
			continue;
		if (BPF_CLASS(in->code) == BPF_RET) {
			bool written = in->code == (BPF_RET | BPF_K);
			bool is = written && question->is(in->k, question->asked);

			may |= is || !written;
			may_not |= !is;
		} else if (BPF_CLASS(in->code) == BPF_JMP) {
			reach_by_jump(filter, n, at, question->data, held);
		} else {
			reach(held, n, at + 1, held_after(in, held[at], question->any_number));
		}
	}
	if (!may)
		return SECCOMP_NEVER;
	return may_not ? SECCOMP_PERHAPS : SECCOMP_ALWAYS;
}

static bool is_same(uint32_t answer, uint32_t asked)
{
	return answer == asked;
}

enum seccomp_answered seccomp_answers(const struct sock_filter *filter, size_t n, int nr,
				      uint32_t arch, uint32_t answer)
{
	const struct seccomp_data data = {.nr = nr, .arch = arch};

	return ask_all(filter, n, &(struct question){&data, false, is_same, answer});
}

/* Not SECCOMP_RET_TRACE and SECCOMP_RET_LOG, after which a call can go on, nor what this does not know. */
static bool is_refusal(uint32_t answer, uint32_t asked _unused_)
{
	switch (answer & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_KILL_PROCESS:
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_TRAP:
	case SECCOMP_RET_ERRNO:
	case SECCOMP_RET_USER_NOTIF:
		return true;
	default:
		return false;
	}
}

bool seccomp_refuses(const struct sock_filter *filter, size_t n, int nr, uint32_t arch)
{
	const struct seccomp_data data = {.nr = nr, .arch = arch};

	return ask_all(filter, n, &(struct question){&data, false, is_refusal, 0}) == SECCOMP_ALWAYS;
}

bool seccomp_refuses_all(const struct sock_filter *filter, size_t n, uint32_t arch)
{
	const struct seccomp_data data = {.arch = arch};

	return ask_all(filter, n, &(struct question){&data, true, is_refusal, 0}) == SECCOMP_ALWAYS;
}
