/**
 * Hadoop file systems by their own protocol: the one module that knows Hadoop's client. It is loaded, with its jars, when such a
 * file system is mounted, and by nobody else.
 */
@NullMarked
package dev.leat.hdfs;

import org.jspecify.annotations.NullMarked;
