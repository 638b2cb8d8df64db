/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program of i386, whose first instruction makes it one of x86-64: its execve returns with a number of the one architecture, and its calls are
 * those of the other, which filters let pass. A thousand getppid(), then exit_group(0).
 */

	.globl _start
	.code32
_start:
	ljmp	$0x33, $wide
	.code64
wide:
	mov	$1000, %ebx
again:
	mov	$110, %eax
	syscall
	dec	%ebx
	jnz	again
	mov	$231, %eax
	xor	%edi, %edi
	syscall
	.section .note.GNU-stack, "", @progbits
