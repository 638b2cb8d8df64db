/* SPDX-License-Identifier: Apache-2.0 */
/* Lambdas within lambdas, whose types are exponentially many. */
import java.util.function.*;

public class Main {
	static <T> T f(Supplier<T> s) { return s.get(); }
	static <T> T f(Callback<T> s) { return null; }
	interface Callback<T> { T call(); }
	Object x = f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> 1))))))))))))));

	public static void main(String[] a) {
	}
}
