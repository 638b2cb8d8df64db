/* SPDX-License-Identifier: Apache-2.0 */
/* A module that opens everything to everybody. */
open module secret {
	requires java.base;
	provides java.lang.Runnable with Main;
}
