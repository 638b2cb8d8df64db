/* SPDX-License-Identifier: Apache-2.0 */
/* Does nothing: other files beside it are the attack. */
public class Main {
	public static void main(String[] a) {
	}
}
