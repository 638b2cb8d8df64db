# SPDX-License-Identifier: Apache-2.0
#
# Calls mount as a 32-bit program would, from machine code that it writes itself.
import ctypes
import mmap

# mov eax, 21 (mount); int 0x80; ret
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(b"\xb8\x15\x00\x00\x00\xcd\x80\xc3")
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
