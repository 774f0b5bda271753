/**
 * A conversation with the kernel over one {@code /dev/fuse} descriptor: {@link dev.leat.fuse.session.FuseSession} reads
 * requests, {@link dev.leat.fuse.session.FuseOperations} answers them, {@link dev.leat.fuse.session.Notifier} tells the
 * kernel what has changed.
 */
@NullMarked
package dev.leat.fuse.session;

import org.jspecify.annotations.NullMarked;
