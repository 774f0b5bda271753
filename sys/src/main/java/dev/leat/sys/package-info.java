/**
 * The only place of the program that calls native code: small, typed wrappers of Linux system calls, made through the
 * Foreign Function and Memory API.
 *
 * <p>Two conventions. The calls of the data path ({@link dev.leat.sys.Io}) allocate nothing and return the result or
 * the negated error number, as the kernel itself does. Everything else throws {@link dev.leat.sys.ErrnoException}. All
 * of them block the carrier when called on a virtual thread, so calls that may wait long belong on platform threads.
 */
@NullMarked
package dev.leat.sys;

import org.jspecify.annotations.NullMarked;
