/* SPDX-License-Identifier: Apache-2.0 */
/* Hides the end of a comment in an escape. */
/* \u002a\u002f class Hidden { static { System.exit(43); } } // */
public class Main {
	public static void main(String[] a) {
	}
}
