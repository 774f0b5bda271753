/** A mounted file system: what binds the kernel's requests to open files and metadata, and the daemon's life. */
@NullMarked
package dev.leat.cli.mount;

import org.jspecify.annotations.NullMarked;
