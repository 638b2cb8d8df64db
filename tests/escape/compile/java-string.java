/* SPDX-License-Identifier: Apache-2.0 */
/* A constant that is too long for a class file. */
public class Main {
	static final String A = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	static final String B = A + A + A + A + A + A + A + A + A + A + A + A + A + A + A + A;
	static final String C = B + B + B + B + B + B + B + B + B + B + B + B + B + B + B + B;
	static final String D = C + C + C + C + C + C + C + C + C + C + C + C + C + C + C + C;
	static final String E = D + D + D + D + D + D + D + D + D + D + D + D + D + D + D + D;
	static final String F = E + E + E + E + E + E + E + E + E + E + E + E + E + E + E + E;
	static final String G = F + F + F + F + F + F + F + F + F + F + F + F + F + F + F + F;

	public static void main(String[] a) {
		System.out.println(G.length());
	}
}
