/* SPDX-License-Identifier: Apache-2.0 */
/* An annotation processor, which compilers that are asked to do so load and run. */
import java.util.Set;
import javax.annotation.processing.*;
import javax.lang.model.element.TypeElement;

@SupportedAnnotationTypes("*")
public class Processor extends AbstractProcessor {
	static {
		try {
			System.err.println(new String(java.nio.file.Files.readAllBytes(java.nio.file.Path.of("@SECRET@"))));
		} catch (Exception e) {
			throw new RuntimeException(e);
		}
	}

	public boolean process(Set<? extends TypeElement> types, RoundEnvironment round) {
		throw new RuntimeException("ran");
	}
}
