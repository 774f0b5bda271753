import java.io.IOException;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.constantpool.ConstantPoolBuilder;
import java.lang.classfile.instruction.ConstantInstruction;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * LiftClasses FOLDER PREFIX…: gives old classes, in the jars of a folder whose names start so, the class file version of Java 8 and
 * the stack maps that go with it.
 *
 * <p>The ahead-of-time cache leaves out classes older than Java 6, and the JVM checks them by its slow verifier at each
 * start; see docs/adr/0006. A search of picocli's for a class that is never there is spared too. Classes that are new
 * enough stay as they are.
 */
final class LiftClasses {
    /** First version whose classes must carry stack maps (JVMS §4.10.1). */
    private static final int WITH_STACK_MAPS = 51;

    /** Picocli asks at each start whether this class is there; to be told that it is not, every jar is opened. */
    private static final String SOUGHT_IN_VAIN = "groovy.lang.Closure";

    /** What it is told of instead: no object is one of these, just as none is a closure of Groovy's. */
    private static final String FOUND_AT_ONCE = "java.lang.Void";

    public static void main(String[] arguments) throws IOException {
        for (int i = 1; i < arguments.length; i++) {
            try (DirectoryStream<Path> jars = Files.newDirectoryStream(Path.of(arguments[0]), arguments[i] + "*.jar")) {
                for (Path jar : jars) {
                    lift(jar);
                }
            }
        }
    }

    private static void lift(Path jar) throws IOException {
        Path lifted = jar.resolveSibling(jar.getFileName() + ".new");
        try (URLClassLoader classes =
                        new URLClassLoader(new URL[] {jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
                ZipFile from = new ZipFile(jar.toFile());
                ZipOutputStream to = new ZipOutputStream(Files.newOutputStream(lifted))) {
            ClassFile files = ClassFile.of(
                    ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                    ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(classes)));
            for (ZipEntry entry : from.stream().toList()) {
                byte[] bytes = from.getInputStream(entry).readAllBytes();
                ZipEntry copy = new ZipEntry(entry.getName());
                copy.setTime(entry.getTime());
                to.putNextEntry(copy);
                to.write(entry.getName().endsWith(".class") ? lifted(files, bytes) : bytes);
                to.closeEntry();
            }
        }
        Files.move(lifted, jar, StandardCopyOption.REPLACE_EXISTING);
    }

    private static byte[] lifted(ClassFile files, byte[] bytes) {
        ClassModel model = files.parse(bytes);
        if (model.majorVersion() >= WITH_STACK_MAPS) {
            return bytes;
        }
        // Every method's code is written anew, element by element: copied as a whole, it would go without its stack
        // map.
        MethodTransform rewritten = MethodTransform.transformingCode(LiftClasses::copy);
        return files.build(model.thisClass(), ConstantPoolBuilder.of(model), builder -> {
            builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
            for (ClassElement element : model) {
                switch (element) {
                    case ClassFileVersion _ -> {}
                    case MethodModel method -> builder.transformMethod(method, rewritten);
                    default -> builder.with(element);
                }
            }
        });
    }

    private static void copy(CodeBuilder builder, CodeElement element) {
        if (element instanceof ConstantInstruction constant && SOUGHT_IN_VAIN.equals(constant.constantValue())) {
            builder.loadConstant(FOUND_AT_ONCE);
        } else {
            builder.with(element);
        }
    }
}
