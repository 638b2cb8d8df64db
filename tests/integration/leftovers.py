# SPDX-License-Identifier: Apache-2.0
"""What stands on the host that is assay's: groups, processes, mounts, files. For tests that say that nothing is left."""

import os
import time

from tap import SCALE, is_


def cgroups():
    """Groups of assay on every tree."""
    found = []
    for top, directories, _ in os.walk("/sys/fs/cgroup"):
        found += [os.path.join(top, d) for d in directories if d == "assay" or d.startswith(("slot-", "assay-slot-"))]
    return sorted(found)


def processes():
    """Launchers and whatever runs under a slot's uid."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/status") as status:
                fields = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
        except OSError:
            continue
        if fields["State"].startswith("Z"):
            continue
        uid = int(fields["Uid"].split()[0])
        if fields["Name"] == "assay-launcher" or 0x70000000 <= uid < 0x74000000:
            found.append((pid, fields["Name"], uid))
    return found


def host_mounts():
    with open("/proc/self/mounts") as mounts:
        return mounts.read().splitlines()


def host():
    temporary = sorted(name for name in os.listdir("/tmp") if "assay" in name and not name.startswith("assay-test"))
    return {"cgroups": cgroups(), "processes": processes(), "mounts": host_mounts(), "files": temporary,
            # Policies are kept, at most 64, and not left.
            "state": sorted(name for name in os.listdir("/run/assay") if name != "policies")}


def settled(before, name, seconds=20 * SCALE):
    """Passes once the host is as it was before; shows what is new or gone otherwise."""
    end = time.monotonic() + seconds
    while (now := host()) != before and time.monotonic() < end:
        time.sleep(0.05)
    new = {key: [item for item in now[key] if item not in before[key]] for key in now}
    gone = {key: [item for item in before[key] if item not in now[key]] for key in now}
    is_((new, gone), ({key: [] for key in now}, {key: [] for key in now}), name)
