/**
 * The FUSE protocol as bytes: constants, decoders of requests and encoders of replies, up to protocol 7.45 (Linux
 * 6.18). It holds no policy, no threads and no file descriptors. Numbers are in the byte order of the machine, as the
 * kernel writes them.
 */
@NullMarked
package dev.leat.fuse.wire;

import org.jspecify.annotations.NullMarked;
