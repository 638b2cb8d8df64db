/* SPDX-License-Identifier: Apache-2.0 */
/* Types that contain themselves. */
import java.util.*;

public class Main {
	interface N<Z> {}
	interface C<X, Y> extends N<N<? super C<C<X, Y>, C<Y, X>>>> {}

	N<? super C<Byte, Byte>> cast(C<Byte, Byte> c) {
		return c;
	}
}
