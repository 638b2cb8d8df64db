/* SPDX-License-Identifier: Apache-2.0 */
/* Loads a file of the host as a library. */
public class Main {
	public static void main(String[] a) {
		try {
			System.load("@SECRET@");
		} catch (UnsatisfiedLinkError e) {
			System.exit(77);
		}
	}
}
