/**
 * Hadoop file systems by their HTTP interface. The native protocol is a connector of its own, module {@code hdfs}.
 */
@NullMarked
package dev.leat.dataset.hdfs;

import org.jspecify.annotations.NullMarked;
