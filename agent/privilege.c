/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving up privilege for good. The caller has changed its ids already and still has every capability: the host's uid 0 is
 * not mapped in the sandbox's user namespace, so that change was not one from root to a user (capabilities(7)) and cleared
 * nothing. The bounding set goes first (that needs CAP_SETPCAP), then securebits, so that no later uid 0 brings
 * capabilities back, then every other set, then no_new_privs. Source: capabilities(7), prctl(2).
 */

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

#include "agent/call.h"
#include "agent/sandbox.h"

/* The kernel says EINVAL for the first number that is no capability. */
static int bounding_set_drop(void)
{
	long r = 0;

	for (long cap = 0; cap < 64; cap++) {
		r = CALL(prctl, PR_CAPBSET_DROP, cap);
		if (r < 0)
			return r == -EINVAL && cap > 0 ? 0 : (int)r;
	}
	return 0;
}

int privilege_drop(bool bounding)
{
	static const unsigned long securebits =
		SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
		SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
		SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
	long r = bounding ? bounding_set_drop() : 0;

	if (r == 0)
		r = CALL(prctl, PR_SET_SECUREBITS, securebits);
	if (r == 0)
		r = CALL(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
	if (r == 0)
		r = CALL(capset, &header, none);
	if (r == 0)
		r = CALL(prctl, PR_SET_NO_NEW_PRIVS, 1);
	return (int)r;
}
