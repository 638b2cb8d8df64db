/* SPDX-License-Identifier: Apache-2.0 */
/* A second source; its name is the attack. */
int extra;
